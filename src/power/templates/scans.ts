/** Looking for what is there: ports of a host, hosts of a segment. */

import type { Act, Outcome } from '../act.js';
import { type Cast, resolveMac, SECOND_US, sorted, talk } from '../talk.js';
import { BOTH, type Template } from '../template.js';

/** nmap's default is a thousand ports; -F a hundred */
const PORT_COUNTS = [5, 10, 20, 50, 100, 200, 500, 1000];
const HOST_COUNTS = [4, 8, 16, 32, 64, 128, 250];
/** µs from probe to probe: a scan in no hurry (nmap -T3 on a segment has hundreds a second), and one slowed down (--scan-delay 1s) */
const PACE_US = 5_000;
const SLOW_US = SECOND_US;
/** fping(8) pings the next address after so long (-i), whether the one before answered or not */
const PING_US = 10_000;
/** Linux answers so many UDP probes a second with "unreachable" (icmp_ratelimit) */
const UNREACHABLE_US = SECOND_US;
const NMAP = 'nmap(1)';

/** Ports in a mixed order, those that are asked for most among them (as nmap's, which shuffles). */
function* portsOf({ random }: Cast, count: number): Generator<number> {
  const first = random.integer(1024);
  // 1021 is prime, so every port below comes once
  for (let i = 0; i < count; i++) yield 1 + ((first + i * 389) % 1021);
}

function* portScan(cast: Cast, size: number, paceUs: number, open: Outcome): Generator<Act> {
  const { initiator: client, target: server, startUs, random } = cast;
  yield* resolveMac(client, server, startUs);
  let at = startUs + 1000;
  for (const serverPort of portsOf(cast, size)) {
    const outcome = serverPort === cast.port ? open : 'refused';
    yield talk(cast, { startUs: at, client, server, serverPort, outcome, end: 'rst' });
    at += Math.round(paceUs * (0.5 + random.uniform()));
  }
}

function* udpScan(cast: Cast, size: number): Generator<Act> {
  const { initiator: client, target: server, startUs } = cast;
  yield* resolveMac(client, server, startUs);
  let answeredUs = 0;
  let at = startUs + 1000;
  for (const serverPort of portsOf(cast, size)) {
    const answered = at - answeredUs >= UNREACHABLE_US;
    if (answered) answeredUs = at;
    const exchanges = [{ gapUs: 0, fromClient: true, bytes: 0, content: { as: 'text' } as const }];
    yield talk(cast, {
      startUs: at,
      client,
      server,
      serverPort,
      protocol: 'udp',
      outcome: answered ? 'refused' : 'silent',
      exchanges,
    });
    at += 10 * PACE_US;
  }
}

/** Asks each address of the segment for one port. */
function* sweep(cast: Cast, size: number): Generator<Act> {
  const { initiator: client, startUs, neighbours } = cast;
  for (let i = 0; i < Math.min(size, neighbours.length); i++) {
    const { host: server, there } = neighbours[i];
    const at = startUs + i * 10 * PACE_US;
    const found = resolveMac(client, server, at, there);
    yield* found;
    // without an answer to ARP nothing more is sent
    if (!there && found.length > 0) continue;
    yield talk(cast, { startUs: at + 1000, client, server, serverPort: 445, outcome: there ? 'refused' : 'silent' });
  }
}

function* pingSweep(cast: Cast, size: number): Generator<Act> {
  const { initiator: client, startUs, neighbours, random } = cast;
  const clientPort = random.integer(65_536);
  for (let i = 0; i < Math.min(size, neighbours.length); i++) {
    const { host: server, there } = neighbours[i];
    const at = startUs + i * PING_US;
    const found = resolveMac(client, server, at, there);
    yield* found;
    if (!there && found.length > 0) continue;
    const ping = { gapUs: 0, bytes: 56, content: { as: 'text' } as const };
    const exchanges = there
      ? [
          { ...ping, fromClient: true },
          { ...ping, fromClient: false },
        ]
      : [{ ...ping, fromClient: true }];
    const more = { protocol: 'icmp', clientPort, serverPort: 0, outcome: there ? 'established' : 'silent' } as const;
    yield talk(cast, { startUs: at + 1000, client, server, exchanges, ...more });
  }
}

const SCAN = {
  unit: 'ports',
  sizes: PORT_COUNTS,
  inputs: BOTH,
  initiator: 'new host',
  target: 'server',
  source: NMAP,
} as const;
const SWEEP = { unit: 'hosts', sizes: HOST_COUNTS, inputs: BOTH, initiator: 'new host', target: 'segment' } as const;

export const SCANS: readonly Template[] = [
  {
    ...SCAN,
    name: 'SYN scan',
    names: ['port scan'],
    lastsUs: (size) => size * PACE_US,
    packets: (size) => 2 * size,
    acts: (cast, size) => portScan(cast, size, PACE_US, 'half-open'),
  },
  {
    ...SCAN,
    name: 'slow connect scan',
    // a scan with completed connections is told by what comes back, too: that nothing is there
    names: ['port scan', 'refused connections'],
    lastsUs: (size) => size * SLOW_US,
    packets: (size) => 2 * size,
    acts: (cast, size) => portScan(cast, size, SLOW_US, 'established'),
  },
  {
    ...SCAN,
    name: 'UDP scan',
    names: ['port scan', 'refused connections'],
    lastsUs: (size) => size * 10 * PACE_US,
    packets: (size) => 2 * size,
    acts: udpScan,
  },
  {
    ...SWEEP,
    name: 'host sweep',
    names: ['host sweep', 'ARP sweep', 'refused connections'],
    lastsUs: (size) => size * 10 * PACE_US + 2 * SECOND_US,
    packets: (size) => 2 * size,
    source: 'nmap(1), -sS on one port of each address; ARP by RFC 826',
    acts: (cast, size) => sorted(sweep(cast, size)),
  },
  {
    ...SWEEP,
    name: 'ping sweep',
    names: ['ping sweep', 'ARP sweep', 'host sweep'],
    lastsUs: (size) => size * PING_US + 2 * SECOND_US,
    packets: (size) => 3 * size,
    source: 'fping(8); echo by RFC 792, ARP by RFC 826',
    acts: (cast, size) => sorted(pingSweep(cast, size)),
  },
];
