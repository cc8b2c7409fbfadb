/**
 * Training end to end: `train` on a packet table of many packets, at most 50 epochs, in clock and processor time and memory; how
 * many rows a second its passes go through, beside what the engine alone does with the same net, batches and masks on rows in
 * memory; a build before, and PyTorch with as large a net on a tensor in memory.
 *
 *     npm run bench -- train-whole [packets, 2000000] [folder of the build before, with dist/ in it]
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { initialWeights } from '../dist/model/net.js';
import { Random } from '../dist/model/random.js';
import { simdEngine } from '../dist/model/simd/engine.js';
import { packetsOf, recordings, writeCapture } from './captures/repeat.js';
import { best } from './captures/run.js';
import { fitOptions, machine, makeRows, sourceOf, table, thousands } from './model/common.js';
import { startTorch } from './model/peers.js';

const PACKETS = Number(process.argv[2] ?? 2_000_000);
const EPOCHS = 50;
/** of rows in memory that the engine alone and PyTorch go through */
const ROWS = 16_384;
const SECONDS = 1;
const ROUNDS = 5;
const root = join(import.meta.dirname, '..');
const before = process.argv[3] && resolve(process.argv[3]);
if (before && !existsSync(join(before, 'bin/anomaly.js'))) throw new Error(`${before} has no bin/anomaly.js`);
const folder = mkdtempSync(join(tmpdir(), 'anomaly-bench-'));

/** Rows/s of the engine alone, as the model of `facts` and `spec` was trained. */
async function engineAlone(spec, facts) {
  const rows = makeRows(ROWS, spec.inputs, Random);
  const net = simdEngine().create(spec, initialWeights(spec, 1, bypassOf(spec)));
  const { batchSize, learningRate, maskRate, noise, ema } = facts;
  const options = { ...fitOptions(spec.inputs, batchSize), learningRate, maskRate, noise, ema };
  const source = sourceOf(rows, spec.inputs);
  let rate = 0;
  for (let round = 0; round <= ROUNDS; round++) {
    const start = performance.now();
    let done = 0;
    for (let epoch = 0; performance.now() - start < 1000 * SECONDS; epoch++, done += ROWS) {
      await net.fitEpoch(source, options, epoch);
    }
    // the first round warms up
    if (round > 0) rate = Math.max(rate, (1000 * done) / (performance.now() - start));
  }
  net.dispose();
  return rate;
}

function bypassOf({ inputs, bypassRank }) {
  const zeros = (count) => new Float32Array(count);
  return { center: zeros(inputs), encode: zeros(inputs * bypassRank), decode: zeros(bypassRank * inputs) };
}

async function trained(build, input, name) {
  const model = join(folder, name);
  const options = ['--epochs', EPOCHS, '--power', 'off', '--model', model].map(String);
  const took = await best(process.execPath, [join(build, 'bin/anomaly.js'), 'train', '-q', input, ...options], 1);
  const { spec, facts } = JSON.parse(readFileSync(join(model, 'bundle.json'), 'utf8'));
  return { ...took, spec, facts };
}

try {
  const capture = join(folder, 'packets.pcap');
  const sources = recordings(root)
    .filter((path) => /benign/.test(path))
    .map(packetsOf);
  const packets = writeCapture(capture, sources, PACKETS);
  const input = join(folder, 'packets.csv');
  await best(process.execPath, [join(root, 'bin/anomaly.js'), 'sniff', '-q', '-r', capture, '--out', input], 1);
  rmSync(capture);

  const runs = [];
  if (before) runs.push(['the build before', await trained(before, input, 'before')]);
  runs.push(['anomaly', await trained(root, input, 'after')]);
  const { spec, facts } = runs.at(-1)[1];
  const engine = await engineAlone(spec, facts);
  console.log(machine());
  const shape = [spec.inputs, ...spec.hidden, ...spec.hidden.slice(0, -1).reverse(), spec.inputs].join('-');
  console.log(
    `${thousands(packets)} packets; net ${shape}, bypass of rank ${spec.bypassRank}, batches of ${facts.batchSize}`,
  );
  const lines = runs.map(
    ([
      name,
      {
        seconds,
        cpu,
        peak,
        facts: { rowsTrained, secondsFit, epochs },
      },
    ]) => [
      name,
      seconds.toFixed(0),
      cpu.toFixed(0),
      `${Math.round(peak / 2 ** 20)} MiB`,
      epochs,
      secondsFit.toFixed(0),
      thousands(rowsTrained),
      thousands(rowsTrained / secondsFit),
      `${Math.round((100 * rowsTrained) / secondsFit / engine)} %`,
    ],
  );
  const head = [
    '',
    's',
    'processor s',
    'memory',
    'epochs',
    's of passes',
    'row passes',
    'rows/s',
    'of the engine alone',
  ];
  console.log(table(head, lines));
  console.log(`the engine alone: ${thousands(engine)} rows/s`);
  const torch = startTorch();
  if (torch) {
    let rate = 0;
    for (let round = 0; round < ROUNDS; round++) {
      rate = Math.max(rate, await torch.run('train', spec, facts.batchSize, ROWS, SECONDS));
    }
    torch.stop();
    const ours = facts.rowsTrained / facts.secondsFit;
    const what = 'the same net without bypass and masks, on a tensor in memory';
    console.log(
      `${torch.name}: ${thousands(rate)} rows/s, ${what}; training end to end is ${(ours / rate).toFixed(1)} times as fast`,
    );
  } else console.log('PyTorch: skipped, no Python has it');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
