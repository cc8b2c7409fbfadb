/** Talking to somebody outside: calls home, shells, mining. */

import type { Act, Exchange } from '../act.js';
import { letters } from '../messages/dns.js';
import { type Cast, data, http, lookup, MINUTE_US, SECOND_US, talk, textLookup, tls } from '../talk.js';
import { BOTH, type Template } from '../template.js';

/** s from call to call, the rarest first */
const PERIODS = [3600, 1800, 600, 300, 120, 60, 30, 10, 5];
/** a call home is woven in so often; it goes on for longer in life */
const CALLS = 12;
const MINUTES = [1, 5, 15, 60, 240];
export const SITE = 'files.example.net';

function startsOf({ startUs, random }: Cast, periodUs: number, jitter: number, count: number): number[] {
  const starts = [startUs];
  // Cobalt Strike's and Sliver's jitter shortens or lengthens the sleep by up to that share
  while (starts.length < count)
    starts.push((starts.at(-1) as number) + Math.round(periodUs * (1 + jitter * (2 * random.uniform() - 1))));
  return starts;
}

function* callHome(
  cast: Cast,
  period: number,
  jitter: number,
  port: number,
  exchanges: () => readonly Exchange[],
): Generator<Act> {
  const { initiator: client, target: server } = cast;
  const service = port === 443 ? 'ssl' : 'http';
  for (const at of startsOf(cast, period * SECOND_US, jitter, CALLS)) {
    if (at === cast.startUs) yield* lookup(cast, client, at, SITE);
    yield talk(cast, { startUs: at + 60_000, client, server, serverPort: port, service, exchanges: exchanges() });
  }
}

function* callByNames(cast: Cast, period: number): Generator<Act> {
  for (const at of startsOf(cast, period * SECOND_US, 0.2, CALLS)) {
    yield* textLookup(cast, cast.initiator, at, `${letters(at, 24)}.c.example.net`, 60);
  }
}

/** s between a shell's commands: somebody reads and types */
const COMMAND_S = 8;

/** The client connects, and then is told what to do: short commands in, their output out. */
function* reverseShell(cast: Cast, minutes: number): Generator<Act> {
  const { initiator: client, target: server, startUs, random } = cast;
  const exchanges = [data(true, 20, 'text')];
  for (let s = 0; s < minutes * 60; ) {
    const pause = COMMAND_S * (0.3 + 1.4 * random.uniform());
    s += pause;
    exchanges.push(
      data(false, 4 + random.integer(40), 'text', pause * SECOND_US),
      data(true, 60 + random.integer(2500), 'text', 5_000),
    );
  }
  yield talk(cast, { startUs, client, server, serverPort: 4444, exchanges, end: 'left' });
}

/** s between a pool's jobs, and between shares found (Stratum: both are small lines of JSON) */
const JOB_S = 30;

function* mining(cast: Cast, minutes: number): Generator<Act> {
  const { initiator: client, target: server, startUs, random } = cast;
  yield* lookup(cast, client, startUs, 'pool.example.net');
  const exchanges = [data(true, 250, 'text'), data(false, 420, 'text')];
  for (let s = 0; s < minutes * 60; s += JOB_S) {
    exchanges.push(
      data(false, 380, 'text', 10 * SECOND_US),
      data(true, 190, 'text', (5 + 30 * random.uniform()) * SECOND_US),
      data(false, 64, 'text'),
    );
  }
  yield talk(cast, { startUs: startUs + 60_000, client, server, serverPort: 3333, exchanges, end: 'left' });
}

/** a client of the network to somebody that it never dealt with */
export const OUT = { inputs: BOTH, initiator: 'client', target: 'new remote' } as const;
const CALL = {
  ...OUT,
  unit: 's from call to call',
  sizes: PERIODS,
  names: ['beacon'],
  lastsUs: (s: number) => 1.1 * CALLS * s * SECOND_US,
  packets: () => 20 * CALLS,
} as const;
const tlsCall = (cast: Cast) => () =>
  tls(SITE, cast.random.integer(2 ** 30), [data(true, 300, 'records'), data(false, 500, 'records')]);
export const CHANNELS: readonly Template[] = [
  {
    ...CALL,
    name: 'call home by http',
    source: 'ATT&CK T1071.001; Cobalt Strike manual, sleep with jitter 20 %',
    acts: (cast, size) => callHome(cast, size, 0.2, 80, () => http('GET', '/updates', SITE, 0, '200 OK', 48)),
  },
  {
    ...CALL,
    name: 'call home by tls',
    source: 'ATT&CK T1071.001; a clock without jitter',
    acts: (cast, size) => callHome(cast, size, 0, 443, tlsCall(cast)),
  },
  {
    ...CALL,
    name: 'call home by tls, jitter 50 %',
    source: 'ATT&CK T1071.001; Sliver, beacons with jitter',
    acts: (cast, size) => callHome(cast, size, 0.5, 443, tlsCall(cast)),
  },
  {
    ...CALL,
    name: 'call home by dns',
    asks: 'resolver',
    names: ['beacon', 'DNS tunnel'],
    packets: () => 2 * CALLS,
    source: 'ATT&CK T1071.004; Cobalt Strike manual, DNS beacon',
    acts: callByNames,
  },
  {
    ...OUT,
    name: 'reverse shell',
    names: ['reversed roles'],
    unit: 'minutes',
    sizes: MINUTES,
    lastsUs: (size) => size * 1.1 * MINUTE_US,
    packets: (size) => (size * 60 * 6) / COMMAND_S,
    source: 'ATT&CK T1059; ncat(1) with --exec',
    acts: reverseShell,
  },
  {
    ...OUT,
    name: 'mining',
    names: ['long session', 'unusual use', 'unusual protocol', 'beacon'],
    unit: 'minutes',
    sizes: MINUTES,
    lastsUs: (size) => (size + 1) * 1.1 * MINUTE_US,
    packets: (size) => size * 10,
    source: 'ATT&CK T1496; Stratum, as XMRig speaks it',
    acts: mining,
  },
];
