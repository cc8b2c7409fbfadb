/** Too much of something for one server. */

import type { Act, Host } from '../act.js';
import { type Cast, resolveMac, SECOND_US, talk } from '../talk.js';
import { BOTH, type Template } from '../template.js';

/** packets a second, for so many seconds; hping3 --fast has ten, --faster a hundred, -i u1000 a thousand */
const RATES = [1, 10, 50, 100, 500, 1000];
const SECONDS = 10;

function* times({ startUs, random }: Cast, rate: number): Generator<number> {
  const gapUs = SECOND_US / rate;
  for (let i = 0; i < rate * SECONDS; i++) yield Math.round(startUs + 1000 + (i + random.uniform() * 0.5) * gapUs);
}

/** Somebody that does not exist, as hping3 --rand-source has it: an address of anywhere, and the sender's own frames. */
function madeUp({ initiator, random }: Cast): Host {
  const { address, look } = initiator;
  const bytes = address.map((byte, i) => (address.length === 16 && i < 2 ? byte : random.integer(256)));
  if (address.length === 4) bytes[0] = 11 + random.integer(90);
  return { address: bytes, text: '', look };
}

function* synFlood(cast: Cast, rate: number, spoofed: boolean): Generator<Act> {
  const { initiator, target: server, port: serverPort } = cast;
  yield* resolveMac(initiator, server, cast.startUs);
  for (const startUs of times(cast, rate)) {
    const client = spoofed ? madeUp(cast) : initiator;
    // the sender's own kernel knows nothing of the connection, and resets it; nobody answers for an address that is made up
    yield talk(cast, { startUs, client, server, serverPort, outcome: spoofed ? 'silent' : 'half-open' });
  }
}

function* udpFlood(cast: Cast, rate: number): Generator<Act> {
  const { initiator: client, target: server, port: serverPort, startUs } = cast;
  yield* resolveMac(client, server, startUs);
  const part = { gapUs: SECOND_US / rate, fromClient: true, bytes: 512, content: { as: 'cipher' } as const };
  // one socket, as iperf3 -u: one conversation
  const exchanges = Array.from({ length: rate * SECONDS }, () => part);
  const more = { protocol: 'udp', outcome: 'silent', rate: 1e9 } as const;
  yield talk(cast, { startUs: startUs + 1000, client, server, serverPort, exchanges, ...more });
}

function* pingFlood(cast: Cast, rate: number): Generator<Act> {
  const { initiator: client, target: server, startUs, random } = cast;
  yield* resolveMac(client, server, startUs);
  const ping = { bytes: 56, content: { as: 'text' } as const };
  const pair = [
    { ...ping, gapUs: SECOND_US / rate, fromClient: true },
    { ...ping, gapUs: 0, fromClient: false },
  ];
  const exchanges = Array.from({ length: rate * SECONDS }, () => pair).flat();
  const more = { protocol: 'icmp', clientPort: random.integer(65_536), serverPort: 0, rate: 1e9 } as const;
  yield talk(cast, { startUs: startUs + 1000, client, server, exchanges, ...more });
}

const FLOOD = {
  unit: 'packets a second',
  sizes: RATES,
  inputs: BOTH,
  initiator: 'new host',
  target: 'server',
  about: 'target',
  lastsUs: () => (SECONDS + 2) * SECOND_US,
} as const;

export const FLOODS: readonly Template[] = [
  {
    ...FLOOD,
    name: 'SYN flood',
    names: ['SYN flood'],
    packets: (size) => 3 * size * SECONDS,
    source: 'hping3(8), -S; RFC 4987 section 2',
    acts: (cast, size) => synFlood(cast, size, false),
  },
  {
    ...FLOOD,
    name: 'SYN flood, spoofed',
    names: ['SYN flood'],
    packets: (size) => 2 * size * SECONDS,
    source: 'hping3(8), -S --rand-source; RFC 4987 section 2',
    acts: (cast, size) => synFlood(cast, size, true),
  },
  {
    ...FLOOD,
    name: 'UDP flood',
    names: ['UDP flood'],
    packets: (size) => size * SECONDS,
    source: 'hping3(8), --udp; RFC 768',
    acts: udpFlood,
  },
  {
    ...FLOOD,
    name: 'ping flood',
    names: ['ping flood'],
    packets: (size) => 2 * size * SECONDS,
    source: 'ping(8), -f and -i; RFC 792',
    acts: pingFlood,
  },
];
