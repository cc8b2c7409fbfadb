/** Talking to somebody outside: calls home, uploads, shells, mining. */

import type { Act, Exchange } from '../act.js';
import { letters } from '../messages/dns.js';
import {
  type Cast,
  data,
  ftpControl,
  http,
  lookup,
  MINUTE_US,
  SECOND_US,
  ssh,
  talk,
  textLookup,
  tls,
} from '../talk.js';
import { BOTH, type Template } from '../template.js';

/** s from call to call, the rarest first */
const PERIODS = [3600, 1800, 600, 300, 120, 60, 30, 10, 5];
/** a call home is woven in so often; it goes on for longer in life */
const CALLS = 12;
const BYTES = [1e5, 1e6, 3e6, 1e7, 3e7, 1e8, 1e9];
/** what a tunnel through names or pings takes hours for is left out */
const TUNNEL_BYTES = [1e3, 3e3, 1e4, 3e4, 1e5, 1e6, 1e7];
const MINUTES = [1, 5, 15, 60, 240];
/** bytes a second of an ordinary line, as `talk` has it */
const LINE_RATE = 5e6;
const PORTIONS = 10;
const SITE = 'files.example.net';

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

function* upload(
  cast: Cast,
  bytes: number,
  portions: number,
  port: number,
  exchanges: (part: number) => readonly Exchange[],
): Generator<Act> {
  const { initiator: client, target: server, startUs } = cast;
  yield* lookup(cast, client, startUs, SITE);
  const service = { 22: 'ssh', 443: 'ssl' }[port] ?? '';
  for (let i = 0; i < portions; i++) {
    const at = startUs + 60_000 + i * (pauseOf(portions) + (SECOND_US * bytes) / portions / LINE_RATE);
    yield talk(cast, {
      startUs: Math.round(at),
      client,
      server,
      serverPort: port,
      service,
      exchanges: exchanges(bytes / portions),
    });
  }
}

const pauseOf = (portions: number): number => (portions > 1 ? 4 * SECOND_US : 0);
const uploadUs = (portions: number) => (size: number) =>
  portions * pauseOf(portions) + SECOND_US * (1 + size / LINE_RATE);
const uploadPackets = (size: number): number => 30 + (1.5 * size) / 1448;

/** Log-in on one connection, the file on another that the server chose the port of (RFC 2428). */
function* ftpUpload(cast: Cast, bytes: number): Generator<Act> {
  const { initiator: client, target: server, startUs, random } = cast;
  const port = 30_000 + random.integer(10_000);
  yield talk(cast, {
    startUs,
    client,
    server,
    serverPort: 21,
    service: 'ftp',
    exchanges: ftpControl(port),
    end: 'left',
  });
  const exchanges = [data(true, bytes, 'cipher')];
  yield talk(cast, { startUs: startUs + 600_000, client, server, serverPort: port, service: 'ftp-data', exchanges });
}

/** makes names of half the length that is allowed (RFC 1035 section 2.3.4): a capture of 200 bytes a packet holds them whole */
const NAME_BYTES = 60;
/** iodine(8) asks again as soon as the answer is there */
const NAME_PACE_US = 50_000;
/** a label holds 63 bytes at most (RFC 1035 section 2.3.4) */
const LABEL = 55;

function* nameTunnel(cast: Cast, bytes: number): Generator<Act> {
  for (let i = 0; i * NAME_BYTES < bytes; i++) {
    const text = letters(cast.startUs + i, (NAME_BYTES * 8) / 5);
    const labels = text.match(new RegExp(`.{1,${LABEL}}`, 'g')) ?? [];
    const at = cast.startUs + i * NAME_PACE_US;
    yield* textLookup(cast, cast.initiator, at, `${labels.join('.')}.t.example.net`, 120);
  }
}

/** bytes of a ping of ptunnel(8) */
const PING_BYTES = 1_024;
const PING_PACE_US = 30_000;

function* pingTunnel(cast: Cast, bytes: number): Generator<Act> {
  const { initiator: client, target: server, startUs, random } = cast;
  const exchanges = Array.from({ length: Math.ceil(bytes / PING_BYTES) }, () => [
    data(true, PING_BYTES, 'cipher', PING_PACE_US),
    data(false, 60, 'cipher', 0),
  ]).flat();
  const clientPort = random.integer(65_536);
  yield talk(cast, { startUs, client, server, protocol: 'icmp', clientPort, serverPort: 0, exchanges });
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

const OUT = { inputs: BOTH, initiator: 'client', target: 'new remote' } as const;
const CALL = {
  ...OUT,
  unit: 's from call to call',
  sizes: PERIODS,
  names: ['beacon'],
  lastsUs: (s: number) => 1.1 * CALLS * s * SECOND_US,
  packets: () => 20 * CALLS,
} as const;
const UPLOAD = { ...OUT, unit: 'bytes', sizes: BYTES, names: ['large upload'], packets: uploadPackets } as const;
const tlsCall = (cast: Cast) => () =>
  tls(SITE, cast.random.integer(2 ** 30), [data(true, 300, 'records'), data(false, 500, 'records')]);
const sealed = (cast: Cast) => (bytes: number) =>
  tls(SITE, cast.random.integer(2 ** 30), [data(true, bytes, 'records'), data(false, 300, 'records')]);

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
    ...UPLOAD,
    name: 'upload by tls',
    lastsUs: uploadUs(1),
    source: 'ATT&CK T1048.002; RFC 8446',
    acts: (cast, size) => upload(cast, size, 1, 443, sealed(cast)),
  },
  {
    ...UPLOAD,
    name: 'upload by tls, in portions',
    lastsUs: uploadUs(PORTIONS),
    source: 'ATT&CK T1030; RFC 8446',
    acts: (cast, size) => upload(cast, size, PORTIONS, 443, sealed(cast)),
  },
  {
    ...UPLOAD,
    name: 'upload by ssh',
    lastsUs: uploadUs(1),
    source: 'ATT&CK T1048.002; scp(1), RFC 4253',
    acts: (cast, size) =>
      upload(cast, size, 1, 22, (bytes) =>
        ssh(cast.random.integer(2 ** 30), [data(true, bytes, 'cipher'), data(false, 60, 'cipher')]),
      ),
  },
  {
    ...UPLOAD,
    name: 'upload by ftp',
    lastsUs: uploadUs(1),
    source: 'ATT&CK T1048.003; RFC 959, RFC 2428',
    acts: ftpUpload,
  },
  {
    ...OUT,
    name: 'upload through names',
    asks: 'resolver',
    names: ['DNS tunnel'],
    unit: 'bytes',
    sizes: TUNNEL_BYTES,
    lastsUs: (size) => (size / NAME_BYTES) * NAME_PACE_US,
    packets: (size) => (2 * size) / NAME_BYTES,
    source: 'iodine(8); RFC 1035',
    acts: nameTunnel,
  },
  {
    ...OUT,
    name: 'upload through pings',
    names: ['ICMP tunnel', 'large upload'],
    unit: 'bytes',
    sizes: TUNNEL_BYTES,
    lastsUs: (size) => (size / PING_BYTES) * 2 * PING_PACE_US,
    packets: (size) => (2 * size) / PING_BYTES,
    source: 'ptunnel(8); RFC 792',
    acts: pingTunnel,
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
