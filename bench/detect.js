/**
 * `detect -r` from capture file to incidents in one process: packets/s with start-up and all reports, the share of each stage,
 * and memory at 1x and 20x the packets. Trained on the bundled benign sample; the packets are benign recordings and attacks,
 * repeated with advancing time.
 *
 *     npm run bench -- detect [packets of the large run, 10000000]
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packetsOf, recordings, writeCapture } from './captures/repeat.js';
import { best } from './captures/run.js';

const PACKETS = 500_000;
const MANY = Number(process.argv[2] ?? 10_000_000);
const ROUNDS = 3;
const root = join(import.meta.dirname, '..');
const built = process.env.ANOMALY_DIST ?? join(root, 'dist');
const program = join(root, 'bin', 'anomaly.js');
const folder = mkdtempSync(join(tmpdir(), 'anomaly-bench-'));

try {
  const shared = join(root, '..', 'shared', 'range', 'benign-train.pcap.gz');
  const benign = existsSync(shared) ? shared : join(root, 'data', 'benign.pcap.gz');
  const sources = recordings(root)
    .filter((path) => path !== benign)
    .map(packetsOf);
  const capture = join(folder, 'packets.pcap');
  const packets = writeCapture(capture, sources, PACKETS);
  const model = join(folder, 'model');
  await best(process.execPath, [program, 'train', '-q', '--power', 'off', '--model', model, benign], 1);

  console.log(`${cpus().length} x ${cpus()[0].model}, Node ${process.version}; ${packets} packets`);
  const args = (path) => [
    ...[program, 'detect', '-q', '--model', model, '-r', path],
    ...['--out', join(folder, 'report.txt'), '--out', join(folder, 'report.html')],
  ];
  const ours = await best(process.execPath, args(capture), ROUNDS);
  console.log(
    `anomaly detect -r: ${rate(packets, ours.seconds)} with start-up and reports, ${((ours.cpu / packets) * 1e6).toFixed(2)} µs of processor each (goal: 100 000 packets/s)`,
  );
  console.log(
    'Kitsune, features and score: 5 000 to 40 000 packets/s as published, 160 to 840 for its Python original',
  );

  await stages(capture, model, packets);
  rmSync(capture);
  const large = join(folder, 'large.pcap');
  const many = writeCapture(large, sources, MANY);
  const big = await best(process.execPath, args(large), 1);
  console.log(
    `resident: ${megabytes(ours.peak)} at ${packets} packets, ${megabytes(big.peak)} at ${many}; ${rate(many, big.seconds)}`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);

function rate(count, seconds) {
  return `${Math.round(count / seconds)} packets/s`;
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

/** The stages of one pass, as differences of three: records alone, with their features, with everything that detection does. */
async function stages(capture, dir, packets) {
  const { loadModel, openSource, transform, watch } = await import(pathToFileURL(join(built, 'index.js')).href);
  const bundle = await loadModel(dir);
  const source = await openSource(capture);
  const passes = {
    'read and decode': async () => {
      const record = source.kind.newRecord();
      const stream = await source.open();
      for await (const batch of stream.batches) for (let k = 0; k < batch.count; k++) batch.read(k, record);
    },
    features: () => drained(transform(source, bundle)),
    'net and incidents': () => drained(watch(source, bundle)),
  };
  let before = 0;
  const parts = [];
  for (const [stage, pass] of Object.entries(passes)) {
    const started = performance.now();
    await pass();
    const ms = performance.now() - started;
    parts.push({ stage, ms: ms - before });
    before = ms;
  }
  const texts = parts.map(
    ({ stage, ms }) => `${stage} ${((100 * ms) / before).toFixed(0)} % (${((1000 * ms) / packets).toFixed(2)} µs)`,
  );
  console.log(`stages: ${texts.join(', ')}; ${rate(packets, before / 1000)}`);
}

async function drained(events) {
  for await (const _ of events);
}
