/**
 * `detect -r` from capture file to incidents: packets/s by the clock, with start-up and all reports, and processor time; beside a
 * build before and NFStream (flows with statistics and application names, no model) on the same capture in the same run. Then
 * memory at 20 times the packets, and what a packet of a flood of random sources costs beside an ordinary one. Trained on one
 * benign recording; the packets are the other ones, benign and attacks, repeated with advancing time.
 *
 *     npm run bench -- detect [packets, 1000000] [packets of the large run, 10000000] [folder of the build before, with dist/ in it]
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeFlood } from './captures/flood.js';
import { packetsOf, recordings, writeCapture } from './captures/repeat.js';
import { best } from './captures/run.js';
import { machine, table, thousands } from './model/common.js';
import { pythonWith } from './peers/python.js';

const PACKETS = Number(process.argv[2] ?? 1_000_000);
const MANY = Number(process.argv[3] ?? 10_000_000);
const ROUNDS = 3;
const root = join(import.meta.dirname, '..');
const before = process.argv[4] && resolve(process.argv[4]);
if (before && !existsSync(join(before, 'bin/anomaly.js'))) throw new Error(`${before} has no bin/anomaly.js`);
const folder = mkdtempSync(join(tmpdir(), 'anomaly-bench-'));

try {
  const shared = join(root, '..', 'shared', 'range', 'benign-train.pcap.gz');
  const benign = existsSync(shared) ? shared : join(root, 'data', 'benign.pcap.gz');
  const sources = recordings(root)
    .filter((path) => path !== benign)
    .map(packetsOf);
  const capture = join(folder, 'packets.pcap');
  const packets = writeCapture(capture, sources, PACKETS);
  const program = (build) => join(build, 'bin', 'anomaly.js');
  // each build has a model of its own making
  const modelOf = (build) => join(folder, build === root ? 'model' : 'model-before');
  for (const build of before ? [root, before] : [root]) {
    const train = ['train', '-q', '--power', 'off', '--seed', '1', '--model', modelOf(build), benign];
    await best(process.execPath, [program(build), ...train], 1);
  }
  const detect = (path, build = root) => [
    ...[program(build), 'detect', '-q', '--model', modelOf(build), '-r', path],
    ...['--out', join(folder, 'report.txt'), '--out', join(folder, 'report.html')],
  ];

  console.log(`${machine()}; ${thousands(packets)} packets, best of ${ROUNDS}`);
  const nfstream = pythonWith('nfstream');
  const commands = [
    ['anomaly', process.execPath, detect(capture), process.env],
    ...(before ? [['the build before', process.execPath, detect(capture, before), process.env]] : []),
    ...(nfstream
      ? [
          [
            nfstream.name,
            nfstream.program,
            [join(import.meta.dirname, 'features/nfstream-peer.py'), capture, 'detect'],
            nfstream.env,
          ],
        ]
      : []),
  ];
  // in turns, so that a slow minute of the machine is everybody's
  const found = new Map();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, command, args, env] of commands) {
      const result = await best(command, args, 1, env);
      if (!found.has(name) || result.seconds < found.get(name).seconds) found.set(name, result);
    }
  }
  const ours = found.get('anomaly');
  const rows = [...found].map(([name, { seconds, cpu, peak }]) => [
    name,
    thousands(packets / seconds),
    ((cpu / packets) * 1e6).toFixed(2),
    megabytes(peak),
    name === 'anomaly' ? '' : (seconds / ours.seconds).toFixed(2),
    name === 'anomaly' ? '' : (cpu / ours.cpu).toFixed(2),
  ]);
  console.log(table(['', 'packets/s', 'µs of processor', 'memory', 'anomaly is × as fast', 'by processor time'], rows));
  if (!nfstream) console.log('NFStream: skipped, no Python has it');

  await stages(capture, modelOf(root), packets);
  rmSync(capture);
  const flood = join(folder, 'flood.pcap');
  writeFlood(flood, PACKETS);
  const flooded = await best(process.execPath, detect(flood), ROUNDS);
  const cost = (flooded.cpu / PACKETS / (ours.cpu / packets)).toFixed(2);
  console.log(
    `SYN flood of random sources: ${thousands(PACKETS / flooded.seconds)} packets/s, ${cost} times the processor time of ordinary packets, ${megabytes(flooded.peak)}`,
  );
  rmSync(flood);
  const large = join(folder, 'large.pcap');
  const many = writeCapture(large, sources, MANY);
  const big = await best(process.execPath, detect(large), 1);
  console.log(
    `resident: ${megabytes(ours.peak)} at ${thousands(packets)} packets, ${megabytes(big.peak)} at ${thousands(many)}; ${thousands(many / big.seconds)} packets/s`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);

function megabytes(bytes) {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

/** What each stage takes in one thread, as differences of three passes: records alone, with features, with everything that detection does. */
async function stages(capture, dir, packets) {
  const { loadModel, openSource, transform, watch } = await import(pathToFileURL(join(root, 'dist', 'index.js')).href);
  const bundle = await loadModel(dir);
  const source = await openSource(capture);
  const passes = {
    'read and decode': async () => {
      const record = source.kind.newRecord();
      const stream = await source.open();
      for await (const batch of stream.batches) for (let k = 0; k < batch.count; k++) batch.read(k, record);
    },
    features: () => drained(transform(source, bundle)),
    'net and incidents': () => drained(watch(source, bundle, { thread: false })),
  };
  let sum = 0;
  const parts = [];
  for (const [stage, pass] of Object.entries(passes)) {
    const started = performance.now();
    await pass();
    const ms = performance.now() - started;
    parts.push({ stage, ms: ms - sum });
    sum = ms;
  }
  const texts = parts.map(
    ({ stage, ms }) => `${stage} ${((100 * ms) / sum).toFixed(0)} % (${((1000 * ms) / packets).toFixed(2)} µs)`,
  );
  console.log(`stages in one thread: ${texts.join(', ')}`);
}

async function drained(events) {
  for await (const _ of events);
}
