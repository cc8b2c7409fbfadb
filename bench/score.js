// Rows/s scored (mean squared error of each row) in blocks of 1, 64 and 1024: our SIMD engine on one thread and our engine on
// tfjs-node against tfjs (cpu, wasm and tensorflow backends) and PyTorch, in one run, taking turns; then the whole scorer (scaling, net, the ten largest terms).
import { initialWeights } from '../dist/model/net.js';
import { Random } from '../dist/model/random.js';
import { RobustScaler } from '../dist/model/scaler.js';
import { Scorer } from '../dist/model/score.js';
import { simdEngine } from '../dist/model/simd/engine.js';
import { machine, makeRows, NETS, table, thousands, times } from './model/common.js';
import { peersNamed, startNative, startTorch, tfjsModel, tfjsScore, useTfjs } from './model/peers.js';

const ROUNDS = 5;
const SECONDS = 0.3;
const ROWS = 8192;
/** packets/s that the authors of Kitsune state for their C++ version (Mirsky et al., NDSS 2018), as context */
const KITSUNE = '5 000 to 40 000';

async function timed(step) {
  const start = performance.now();
  let rows = 0;
  do rows += await step();
  while (performance.now() - start < 1000 * SECONDS);
  return (1000 * rows) / (performance.now() - start);
}

function ours(engine, net, rows, block) {
  const width = net.inputs;
  const spec = { inputs: width, hidden: net.hidden, bypassRank: 0 };
  const model = engine.create(spec, initialWeights(spec, 1));
  const columns = Array.from({ length: width }, (_, j) => j);
  const identity = { columns: width, inputs: columns, center: columns.map(() => 0), scale: columns.map(() => 1) };
  const scorer = new Scorer(model, new RobustScaler(identity), new Float32Array(width).fill(1), block);
  const squared = new Float32Array(block * width);
  const loss = new Float32Array(block);
  const bare = () => {
    for (let from = 0; from < ROWS; from += block) {
      model.residuals(rows.subarray(from * width, (from + block) * width), block, squared, loss);
    }
    return ROWS;
  };
  const whole = () => {
    for (let from = 0; from < ROWS; from += block) scorer.run(rows, block, from);
    return ROWS;
  };
  return { bare: () => timed(bare), whole: () => timed(whole) };
}

const torch = startTorch();
const native = await startNative();
console.log(machine());
console.log(`${peersNamed(torch)}; rows/s, best of ${ROUNDS} rounds of ${SECONDS} s taking turns\n`);
const lines = [];
for (const net of NETS) {
  const rows = makeRows(ROWS, net.inputs, Random);
  for (const block of [1, 64, 1024]) {
    const simd = ours(simdEngine({ threads: 1 }), net, rows, block);
    const list = { simd: simd.bare, scorer: simd.whole };
    if (native) list['tfjs-node'] = ours(native, net, rows, block).bare;
    if (torch) list.torch = () => torch.run('score', net, block, block === 1 ? 512 : ROWS, SECONDS);
    for (const backend of [...(native ? ['tensorflow'] : []), 'wasm', 'cpu']) {
      const part = rows.subarray(0, Math.max(block, 128) * net.inputs);
      let model;
      list[backend] = async () => {
        await useTfjs(backend);
        model ??= tfjsModel(net);
        return timed(() => tfjsScore(model, part, net.inputs, block));
      };
    }
    const best = Object.fromEntries(Object.keys(list).map((name) => [name, 0]));
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [name, run] of Object.entries(list)) {
        const rate = await run();
        if (round > 0) best[name] = Math.max(best[name], rate);
      }
    }
    const names = ['simd', 'scorer', 'tfjs-node', 'torch', 'tensorflow', 'wasm', 'cpu'];
    const rates = names.map((name) => thousands(best[name] ?? Number.NaN));
    lines.push([net.name, block, ...rates, times(best.simd / best.wasm), times(best.simd / best.torch)]);
  }
}
torch?.stop();
const head = [
  ...['net', 'block', 'simd', 'whole scorer', 'tfjs-node', torch?.name ?? 'PyTorch'],
  ...['tfjs tensorflow', 'tfjs wasm', 'tfjs cpu', 'to wasm', 'to PyTorch'],
];
console.log(table(head, lines));
console.log(`\nKitsune, features and score, as published: ${KITSUNE} packets/s`);
process.exit(0);
