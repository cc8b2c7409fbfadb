/**
 * Packet features alone: packets per second of one core, bytes allocated per packet, and the same in a flood of random
 * sources. The time of decoding the same packets in the same run is taken off, and printed for comparison. Beside it NFStream,
 * from a capture file to flows with their statistics.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { packetsOf as packetsOfFile, writeCapture } from './captures/repeat.js';
import { pythonWith } from './peers/python.js';

const root = join(import.meta.dirname, '..');
const built = process.env.ANOMALY_DIST ?? join(root, 'dist');
const { decodePacket } = await import(join(built, 'decode/packet.js'));
const { PacketFeatures } = await import(join(built, 'features/packet/index.js'));
const { PacketRecord } = await import(join(built, 'table/record.js'));

const ROUNDS = 7;
const FLOOD = 1_000_000;
const GOAL = 250_000;
/** enough that the start of its processes is little */
const NFSTREAM_PACKETS = 500_000;
const ETHERNET = 1;

function recording() {
  const shared = join(root, '..', 'shared', 'range', 'benign-train.pcap.gz');
  return existsSync(shared) ? shared : join(root, 'data', 'mixed.pcap.gz');
}

/** The packets of a classic little-endian capture, as places in its bytes. */
function packetsOf(path) {
  const bytes = gunzipSync(readFileSync(path));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const packets = { bytes, at: [], captured: [], wire: [], timestampUs: [] };
  for (let at = 24; at + 16 <= bytes.length; at += 16 + view.getUint32(at + 8, true)) {
    packets.at.push(at + 16);
    packets.captured.push(view.getUint32(at + 8, true));
    packets.wire.push(view.getUint32(at + 12, true));
    packets.timestampUs.push(view.getUint32(at, true) * 1e6 + view.getUint32(at + 4, true));
  }
  return packets;
}

function pass(packets, record, visit) {
  const { bytes, at, captured, wire, timestampUs } = packets;
  for (let i = 0; i < at.length; i++) {
    decodePacket(bytes, at[i], captured[i], wire[i], ETHERNET, record);
    record.timestampUs = timestampUs[i];
    visit();
  }
}

/** µs of processor time that `work` takes */
function cost(work) {
  const before = process.cpuUsage();
  work();
  const used = process.cpuUsage(before);
  return used.user + used.system;
}

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

async function allocated(work) {
  const session = new Session();
  session.connect();
  const all = { includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true };
  await session.post('HeapProfiler.startSampling', { samplingInterval: 512, ...all });
  work();
  const { profile } = await session.post('HeapProfiler.stopSampling');
  session.disconnect();
  const sum = (node) => node.selfSize + node.children.reduce((bytes, child) => bytes + sum(child), 0);
  return sum(profile.head);
}

/** What NFStream makes of the recording, repeated: its name, packets/s of processor time, and features of a flow. */
function nfstream(path) {
  const python = pythonWith('nfstream');
  if (!python) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'anomaly-bench-'));
  try {
    const capture = join(folder, 'packets.pcap');
    writeCapture(capture, [packetsOfFile(path)], NFSTREAM_PACKETS);
    const script = join(import.meta.dirname, 'features', 'nfstream-peer.py');
    const { status, stdout, stderr } = spawnSync(python.program, [script, capture], {
      env: python.env,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${python.name}: ${stderr.trim()}`);
    const [seen, , width, seconds] = stdout.trim().split(' ').map(Number);
    return { name: python.name, rate: seen / seconds, width };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const path = recording();
const packets = packetsOf(path);
const count = packets.at.length;
const record = new PacketRecord();
const features = new PacketFeatures({ novelty: true });
const row = new Float32Array(features.schema.columns.length);
pass(packets, record, () => features.learn(record, 0));
features.freeze();

const decoding = [];
const both = [];
for (let round = 0; round < ROUNDS; round++) {
  decoding.push(cost(() => pass(packets, record, () => undefined)));
  features.restart();
  both.push(cost(() => pass(packets, record, () => features.transform(record, row, 0))));
}
const decode = median(decoding);
const rate = (count * 1e6) / (median(both) - decode);
const heap =
  (await allocated(() => pass(packets, record, () => features.transform(record, row, 0)))) -
  (await allocated(() => pass(packets, record, () => undefined)));

/** The last record as a SYN of a source never seen before. */
function spoof(i) {
  record.timestampUs += 10;
  record.ipVersion = 4;
  record.ipProto = 6;
  record.tcpFlags = 2;
  const source = Math.imul(i + 1, 0x9e3779b1);
  for (let byte = 0; byte < 4; byte++) record.ipSrc[byte] = source >> (8 * byte);
  record.srcport = i & 0xffff;
  record.dstport = 80;
  features.transform(record, row, 0);
}
for (let i = 0; i < FLOOD / 4; i++) spoof(i);
const buffers = process.memoryUsage().arrayBuffers;
const flood = cost(() => {
  for (let i = FLOOD / 4; i < FLOOD; i++) spoof(i);
});
const grown = process.memoryUsage().arrayBuffers - buffers;

const shown = (n) => Math.round(n).toLocaleString('en');
console.log(
  `${cpus()[0].model}, Node ${process.version}; ${path.split('/').pop()}, ${shown(count)} packets, ${row.length} features`,
);
console.log(
  `features: ${shown(rate)} packets/s of one core (goal ${shown(GOAL)}), ${(rate / GOAL).toFixed(2)} of the goal`,
);
console.log(
  `decoding: ${shown((count * 1e6) / decode)} packets/s, ${((count * 1e6) / decode / rate).toFixed(1)} times as fast`,
);
console.log(`allocated: ${(heap / count).toFixed(1)} B a packet`);
console.log(
  `flood of ${shown(FLOOD)} random sources: ${shown((FLOOD * 0.75 * 1e6) / flood)} packets/s, buffers grew by ${grown} B`,
);
const peer = nfstream(path);
if (peer) {
  const whole = (count * 1e6) / median(both);
  console.log(
    `${peer.name}, file to flows: ${shown(peer.rate)} packets/s of one core, ${peer.width} features a flow; decoding and features of ours are ${(whole / peer.rate).toFixed(1)} times as fast, ${row.length} features a packet`,
  );
}
