/** Data on its way out: uploads, and what hides them in names and pings. */

import type { Act, Exchange } from '../act.js';
import { letters } from '../messages/dns.js';
import { type Cast, data, ftpControl, lookup, SECOND_US, ssh, talk, textLookup, tls } from '../talk.js';
import type { Template } from '../template.js';
import { OUT, SITE } from './channels.js';

const BYTES = [1e5, 1e6, 3e6, 1e7, 3e7, 1e8, 1e9];
/** what a tunnel through names or pings takes hours for is left out */
const TUNNEL_BYTES = [1e3, 3e3, 1e4, 3e4, 1e5, 1e6, 1e7];
/** bytes a second of an ordinary line, as `talk` has it */
const LINE_RATE = 5e6;
const PORTIONS = 10;

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

const UPLOAD = { ...OUT, unit: 'bytes', sizes: BYTES, names: ['large upload'], packets: uploadPackets } as const;
const sealed = (cast: Cast) => (bytes: number) =>
  tls(SITE, cast.random.integer(2 ** 30), [data(true, bytes, 'records'), data(false, 300, 'records')]);

export const UPLOADS: readonly Template[] = [
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
];
