// Rows/s of training: our SIMD engine with 1 and 2 threads and our engine on tfjs-node against tfjs (cpu, wasm and tensorflow
// backends) and PyTorch, in one run, the rounds of all of them taking turns; and against the multiply-adds per second of a bare SIMD matrix product of the same shapes.
// `npm run bench -- train quick` takes the middle batch sizes only; `memory` trains on 10 000 000 rows and prints resident memory.
import { initialWeights, layerShapes } from '../dist/model/net.js';
import { Random } from '../dist/model/random.js';
import { simdEngine } from '../dist/model/simd/engine.js';
import { instantiate, sharedMemory } from '../dist/model/simd/net-kernel.js';
import { fitOptions, machine, makeRows, NETS, sourceOf, table, thousands, times } from './model/common.js';
import { peersNamed, startNative, startTorch, tfjsFit, tfjsModel, useTfjs } from './model/peers.js';

const ROUNDS = 5;
const SECONDS = 0.4;
const ROWS = 16384;

/** Multiply-adds of one row in one training step: forward, gradients of all kernels, errors of all layers but the first. */
function stepMultiplyAdds(spec) {
  const products = layerShapes(spec).map(({ inputs, units }) => inputs * units);
  return 3 * products.reduce((a, b) => a + b, 0) - products[0];
}

/** Multiply-adds/s of bare products of the net's layer shapes on one thread, weighted as the net does them. */
function roof(spec) {
  const kernel = instantiate(sharedMemory(16 << 20));
  const shapes = layerShapes(spec);
  const rows = 64;
  return () => {
    const start = performance.now();
    let done = 0;
    while (performance.now() - start < 1000 * SECONDS) {
      for (let i = 0; i < 50; i++) {
        for (const { inputs, units } of shapes)
          kernel.product(4096, 4 << 20, 8 << 20, 12 << 20, inputs, units, rows / 8);
      }
      done += 50 * rows * shapes.reduce((sum, { inputs, units }) => sum + inputs * units, 0);
    }
    return (1000 * done) / (performance.now() - start);
  };
}

async function timed(step) {
  const start = performance.now();
  let rows = 0;
  do rows += await step();
  while (performance.now() - start < 1000 * SECONDS);
  return (1000 * rows) / (performance.now() - start);
}

async function contestants(net, batch, torch, native) {
  const spec = { inputs: net.inputs, hidden: net.hidden, bypassRank: 0 };
  const rows = makeRows(ROWS, net.inputs, Random);
  const options = fitOptions(net.inputs, batch);
  const list = {};
  const engines = { 'simd 1': simdEngine({ threads: 1 }), 'simd 2': simdEngine({ threads: 2 }) };
  if (native) engines['tfjs-node'] = native;
  for (const [name, engine] of Object.entries(engines)) {
    const ours = engine.create(spec, initialWeights(spec, 1));
    const source = sourceOf(rows, net.inputs);
    let epoch = 0;
    list[name] = () =>
      timed(async () => {
        await ours.fitEpoch(source, options, epoch++);
        return ROWS;
      });
  }
  if (torch) list.torch = () => torch.run('train', net, batch, ROWS, SECONDS);
  for (const [backend, count] of [
    ...(native ? [['tensorflow', Math.max(batch, 4096)]] : []),
    ['wasm', Math.max(batch, 4096)],
    ['cpu', Math.max(batch, 256)],
  ]) {
    const part = rows.subarray(0, count * net.inputs);
    let model;
    list[`tfjs ${backend}`] = async () => {
      await useTfjs(backend);
      model ??= tfjsModel(net);
      return timed(() => tfjsFit(model, part, net.inputs, batch));
    };
  }
  return { spec, list };
}

async function compare(batches) {
  const torch = startTorch();
  const native = await startNative();
  console.log(machine());
  console.log(`${peersNamed(torch)}; rows/s, best of ${ROUNDS} rounds of ${SECONDS} s taking turns\n`);
  const lines = [];
  for (const net of NETS) {
    for (const batch of batches) {
      const { spec, list } = await contestants(net, batch, torch, native);
      const bare = roof(spec);
      const bestOf = Object.fromEntries(Object.keys(list).map((name) => [name, 0]));
      let limit = 0;
      for (let round = 0; round <= ROUNDS; round++) {
        for (const [name, run] of Object.entries(list)) {
          const rate = await run();
          // the first round warms up
          if (round > 0) bestOf[name] = Math.max(bestOf[name], rate);
        }
        limit = Math.max(limit, bare());
      }
      const ours = Math.max(bestOf['simd 1'], bestOf['simd 2']);
      const rate = bestOf['simd 1'] * stepMultiplyAdds(spec);
      lines.push([
        net.name,
        batch,
        ...['simd 1', 'simd 2', 'tfjs-node', 'torch', 'tfjs tensorflow', 'tfjs wasm', 'tfjs cpu'].map((name) =>
          thousands(bestOf[name] ?? Number.NaN),
        ),
        times(ours / bestOf['tfjs wasm']),
        times(ours / bestOf.torch),
        (rate / 1e9).toFixed(1),
        (limit / 1e9).toFixed(1),
        `${Math.round((100 * rate) / limit)} %`,
      ]);
    }
  }
  torch?.stop();
  const head = [
    'net',
    'batch',
    'simd 1 thread',
    '2 threads',
    'tfjs-node',
    torch?.name ?? 'PyTorch',
    'tfjs tensorflow',
    'tfjs wasm',
    'tfjs cpu',
    'to wasm',
    'to PyTorch',
  ];
  console.log(table([...head, 'G mul-add/s', 'bare', 'of bare'], lines));
}

const what = process.argv[2];
if (what === 'memory') await (await import('./model/memory.js')).measure();
else await compare(what === 'quick' ? [256] : [64, 256, 512, 4096]);
process.exit(0);
