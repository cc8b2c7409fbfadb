/**
 * What a fleet costs, on loopback with a real nats-server: detection with a hub, without one and with one that is not there, in
 * turns; the sink on a backlog of many sensors, of calm ones and of a worm that all of them see, and how soon an event is kept; what
 * a sensor puts on the wire; what an idle connection costs the server. Beside FLEET's figures, which were estimated before there was
 * a program.
 *
 *     npm run bench -- fleet [packets, 1000000] [events of the backlog, 50000] [connections, 2000]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCarrier } from '../dist/fleet/carriers/open.js';
import { SUBJECTS } from '../dist/fleet/contract.js';
import { packetsOf, recordings, writeCapture } from './captures/repeat.js';
import { best } from './captures/run.js';
import { kept, manyEvents, openedIn, publishAll } from './fleet/bodies.js';
import { connections } from './fleet/connections.js';
import { detecting } from './fleet/detecting.js';
import { HubServer } from './fleet/server.js';
import { backlog, delays } from './fleet/sink.js';
import { wire } from './fleet/wire.js';
import { machine, table, thousands } from './model/common.js';

const PACKETS = Number(process.argv[2] ?? 1_000_000);
const EVENTS = Number(process.argv[3] ?? 50_000);
const CONNECTIONS = Number(process.argv[4] ?? 2_000);
const SENSORS = 1_000;
const ROUNDS = 5;
/** gentle: six a second, each a commit of its own as often as not */
const DELAYS = 300;
const EVERY_MS = 160;
/** FLEET, section 5 */
const FLEET_SENSORS = 10_000;
const INCIDENTS_A_DAY = 10;
const DAY_S = 86_400;
const HEARTBEAT_S = 30;
const WATERMARK_S = 30;
const POLICY_S = 600;
/** nothing listens there */
const DEAD = 'nats://127.0.0.1:1';

const root = join(import.meta.dirname, '..');
const program = join(root, 'bin', 'anomaly.js');
const folder = mkdtempSync(join(tmpdir(), 'anomaly-bench-'));
const servers = [];
const server = async (name) => {
  const one = await HubServer.start(join(folder, name));
  servers.push(one);
  return one;
};
const hubSide = (url) =>
  openCarrier({ hub: url, sensor: undefined, key: undefined, ca: undefined, note: () => undefined });
const mebibytes = (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

try {
  const hub = await server('hub');
  console.log(`${machine()}; nats-server ${hub.version}`);
  const side = await hubSide(hub.url);
  await side.prepare();
  await detection(hub);
  const { bodies, heartbeat } = await realBodies(hub, side);
  await side.close();
  await ofTheSink(openedIn(bodies));
  await onTheWire(bodies, heartbeat);
  await idle();
} finally {
  for (const one of servers) await one.end();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);

async function detection({ url }) {
  const sources = recordings(root);
  const benign = sources.find((path) => path.includes('benign-train')) ?? join(root, 'data', 'benign.pcap.gz');
  const [large, small] = ['large.pcap', 'small.pcap'].map((name) => join(folder, name));
  const others = sources.filter((path) => path !== benign).map(packetsOf);
  const packets = writeCapture(large, others, PACKETS);
  const few = writeCapture(
    small,
    [others.reduce((least, one) => (one.list.length < least.list.length ? one : least))],
    1,
  );
  const model = join(folder, 'model');
  await best(process.execPath, [program, 'train', '-q', '--power', 'off', '--seed', '1', '--model', model, benign], 1);
  const hubs = [
    ['no hub', undefined],
    ['a hub', url],
    ['a dead hub', DEAD],
  ];
  const captures = { large, small };
  const found = await detecting({ program, model, captures, folder, hubs, rounds: ROUNDS });
  for (const capture of [large, small]) rmSync(capture);
  const alone = found.get('no hub');
  const perPacket = ({ cpu, once }) => (cpu - once) / (packets - few);
  const rows = [...found].map(([name, one]) => [
    name,
    thousands(packets / one.written),
    (alone.written / one.written).toFixed(3),
    (1e6 * perPacket(one)).toFixed(2),
    (perPacket(one) / perPacket(alone)).toFixed(3),
    (one.once - alone.once).toFixed(2),
    mebibytes(one.peak),
    (one.seconds - one.written).toFixed(2),
  ]);
  console.log(`\ndetect -r, ${thousands(packets)} packets, the best of ${ROUNDS} rounds in turns (goal: within 3 %)`);
  const head = [
    ...[
      '',
      'packets/s',
      'of no hub',
      'µs of processor',
      'of no hub',
      's of it once',
      'memory',
      's from reports to end',
    ],
  ];
  console.log(table(head, rows));
}

/** What the recording with attacks tells of, and a heartbeat. */
async function realBodies({ url }, side) {
  const model = join(folder, 'model');
  const fleet = ['--hub', url, '--hub-name', 'mixed', '--spool', join(folder, 'spool-mixed')];
  const mixed = join(root, 'data', 'mixed.pcap.gz');
  await best(
    process.execPath,
    [program, 'detect', '-q', '--model', model, '-r', mixed, '--out', join(folder, 'mixed.txt'), ...fleet],
    1,
  );
  const bodies = await kept(side, SUBJECTS.incidents('mixed'));
  const [heartbeat] = await kept(side, SUBJECTS.heartbeat('mixed'));
  return { bodies, heartbeat };
}

async function ofTheSink(templates) {
  console.log(
    `\nsink: ${thousands(EVENTS)} events of ${thousands(SENSORS)} sensors wait at the hub, made of ${templates.length} real ones`,
  );
  const rows = [];
  for (const worm of [false, true]) {
    const hub = await server(worm ? 'worm' : 'calm');
    const side = await hubSide(hub.url);
    await side.prepare();
    await publishAll(side, manyEvents(templates, EVENTS, SENSORS, worm));
    await side.close();
    const { first, seconds, cpu, peak, ended } = await backlog(
      { program, hub: hub.url, folder, name: `backlog-${worm}` },
      EVENTS,
    );
    rows.push([
      worm ? 'one address at all of them' : 'no address at two of them',
      thousands(EVENTS / (seconds - first)),
      ((cpu / EVENTS) * 1e3).toFixed(2),
      mebibytes(peak),
      ended.toFixed(1),
    ]);
  }
  console.log(table(['', 'events/s', 'ms of processor', 'memory', 's to end'], rows));
  const hub = await server('delays');
  // else sensors would find none, and wait longer and longer
  const side = await hubSide(hub.url);
  await side.prepare();
  await side.close();
  const ms = await delays({ program, hub: hub.url, folder }, incidentOf, DELAYS, EVERY_MS);
  const at = (share) => Math.round(ms[Math.min(ms.length - 1, Math.floor(share * ms.length))]);
  console.log(
    `from a sensor's incident() to the sink's commit, ${(1000 / EVERY_MS).toFixed(0)} a second: median ${at(0.5)} ms, p99 ${at(0.99)} ms, at most ${at(1)} ms (${ms.length} of ${DELAYS})`,
  );
}

function incidentOf(id, uuid) {
  const nowUs = Date.now() * 1000;
  return {
    ...{
      id,
      uuid,
      uids: [],
      allow: [],
      others: [],
      frames: [1, 2, 3],
      kind: 'port scan',
      severity: 'high',
      closed: true,
    },
    ...{ title: `198.51.100.7 tried ${id} ports on 10.0.0.5`, initiator: '198.51.100.7', responder: '10.0.0.5' },
    ...{ firstUs: nowUs, openedUs: nowUs, alarmUs: nowUs, lastUs: nowUs, records: 240, anomalous: 120, bytes: 14_216 },
    ...{ initiatorPort: 51_532, servicePort: 22, protocol: 'TCP', protocolNumber: 6, communityId: '', peakScore: 4.2 },
    ...{ threshold: 1.9, lowConfidence: false },
    reasons: [{ feature: 'ports', value: 18, expected: 2, share: 0.4, text: '18 distinct ports; normal at most 2' }],
  };
}

async function onTheWire(bodies, heartbeat) {
  const hub = await server('wire');
  const side = await hubSide(hub.url);
  await side.prepare();
  const water = Buffer.from(JSON.stringify({ spool: '0123456789abcdef', seq: 1234 }));
  await side.publish(SUBJECTS.watermark('bench'), 'water', water);
  await side.close();
  const incident = SUBJECTS.incidents('bench');
  const found = await wire(hub, [
    ['heartbeat', (carrier) => carrier.publish(SUBJECTS.heartbeat('bench'), undefined, heartbeat)],
    ['watermark', (carrier) => carrier.last(SUBJECTS.watermark('bench'))],
    ['policy', (carrier) => carrier.last(SUBJECTS.policy('default'))],
    [
      'incident',
      (carrier, k) => carrier.publish(incident, `bench.0123456789abcdef.inc.${k + 1}.0`, bodies[k % bodies.length]),
    ],
  ]);
  const mean = bodies.reduce((sum, { length }) => sum + length, 0) / bodies.length;
  const bytes = (name) => found.get(name);
  const parts = [
    ['heartbeat, every 30 s', heartbeat.length, bytes('heartbeat'), bytes('heartbeat') / HEARTBEAT_S, 13],
    [
      'watermark, every 30 s while something waits',
      water.length,
      bytes('watermark'),
      bytes('watermark') / WATERMARK_S,
      20,
    ],
    ['policy, every 10 min, none there', 0, bytes('policy'), bytes('policy') / POLICY_S, ''],
    [
      `incident events, ${INCIDENTS_A_DAY} a day`,
      mean,
      bytes('incident'),
      (bytes('incident') * INCIDENTS_A_DAY) / DAY_S,
      0.2,
    ],
  ];
  const sum = parts.reduce((total, [, , , each]) => total + each, 0);
  const rows = parts.map(([name, body, all, each, paper]) => [
    name,
    thousands(body),
    thousands(all),
    each.toFixed(2),
    paper,
    ((each * FLEET_SENSORS) / 1000).toFixed(1),
  ]);
  console.log(
    `\nwhat a sensor costs the network, both ways, headers of TCP and IP with it; incidents: ${bodies.length} events of the recording with attacks`,
  );
  const head = ['', 'bytes of body', 'on the wire', 'bytes/s', 'on paper', `kB/s of ${thousands(FLEET_SENSORS)}`];
  console.log(table(head, [...rows, ['all', '', '', sum.toFixed(2), 33.2, ((sum * FLEET_SENSORS) / 1000).toFixed(1)]]));
  console.log(`to connect: ${thousands(bytes('connection'))} bytes, once`);
}

async function idle() {
  const hub = await server('idle');
  const side = await hubSide(hub.url);
  await side.prepare();
  const found = await connections(hub, CONNECTIONS);
  await side.close();
  if (!found) console.log(`\nidle connections: skipped, too few files may be open here (ulimit -Hn)`);
  else
    console.log(
      `\n${thousands(CONNECTIONS)} idle connections: ${(found.server / 1024).toFixed(1)} KiB of the server each (on paper 21), ${mebibytes(found.server * FLEET_SENSORS)} for ${thousands(FLEET_SENSORS)}; of the client's process ${(found.client / 1024).toFixed(1)} KiB each`,
    );
}
