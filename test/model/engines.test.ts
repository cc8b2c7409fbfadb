import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { Engine, FitOptions, Lane, Net, NetSpec, NetWeights } from '../../src/model/autoencoder.js';
import { chooseEngine } from '../../src/model/engine.js';
import { flatten, initialWeights } from '../../src/model/net.js';
import { Moments, outputWeights, weightedPca } from '../../src/model/pca.js';
import { Random } from '../../src/model/random.js';
import { simdEngine } from '../../src/model/simd/engine.js';
import { tf } from '../../src/model/tfjs/backend.js';
import { ENGINE_NAMES, engines, hasNative, tfjsEngines } from '../support/engines.js';
import { root } from '../support/program.js';
import { fitOptions, fixedSource, largestDifference, lowRank } from './support/data.js';
import { trainPlain } from './support/plain-tfjs.js';

function momentsOf(rows: Float32Array, width: number): Moments {
  const moments = new Moments(width);
  moments.add(rows, rows.length / width);
  return moments;
}

/** Weights that leave no ReLU and no bias at zero, so that every part of the gradient is exercised. */
function randomWeights(spec: NetSpec, seed: number, rows: Float32Array): NetWeights {
  const random = new Random(seed);
  const bypass = spec.bypassRank > 0 ? weightedPca(momentsOf(rows, spec.inputs), spec.bypassRank) : undefined;
  const { layers } = initialWeights(spec, seed);
  for (const { bias } of layers) for (let i = 0; i < bias.length; i++) bias[i] = 0.2 * random.normal();
  return bypass ? { layers, bypass } : { layers };
}

interface Case {
  readonly name: string;
  readonly spec: NetSpec;
  readonly options: Partial<FitOptions>;
}

function cases(): Case[] {
  const random = new Random(20);
  const list: Case[] = [
    { name: 'first seed', spec: { inputs: 5, hidden: [2, 1], bypassRank: 0 }, options: {} },
    { name: 'bypass', spec: { inputs: 30, hidden: [12, 6], bypassRank: 4 }, options: { maskRate: 0.1 } },
    { name: 'average', spec: { inputs: 17, hidden: [9, 3], bypassRank: 3 }, options: { ema: 0.9, noise: 0.2 } },
    { name: 'one layer', spec: { inputs: 7, hidden: [3], bypassRank: 0 }, options: { batchSize: 33 } },
    {
      name: 'ours',
      spec: { inputs: 96, hidden: [48, 16], bypassRank: 16 },
      options: { maskRate: 0.1, batchSize: 256 },
    },
  ];
  for (let i = 0; i < 6; i++) {
    const inputs = 1 + random.integer(40);
    const hidden = Array.from({ length: 1 + random.integer(3) }, () => 1 + random.integer(30));
    const options = {
      batchSize: 1 + random.integer(200),
      maskRate: random.integer(2) * 0.2,
      noise: random.integer(2) * 0.1,
    };
    list.push({
      name: `random ${i}`,
      spec: { inputs, hidden, bypassRank: random.integer(Math.min(8, inputs + 1)) },
      options,
    });
  }
  return list;
}

function fitOf({ spec, options }: Case, rows: Float32Array): FitOptions {
  return fitOptions(spec.inputs, { outputWeights: outputWeights(momentsOf(rows, spec.inputs)), ...options });
}

async function train(engine: Engine, example: Case, rows: Float32Array, epochs: number, lane?: Lane) {
  const width = example.spec.inputs;
  const fit = fitOf(example, rows);
  const net = engine.create(example.spec, randomWeights(example.spec, 3, rows), undefined, lane);
  const losses: number[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) losses.push(await net.fitEpoch(fixedSource(rows, width), fit, epoch));
  const out = new Float32Array(rows.length);
  net.forward(rows, rows.length / width, out);
  const squared = new Float32Array(rows.length);
  const loss = new Float32Array(rows.length / width);
  net.residuals(rows, rows.length / width, squared, loss);
  return { losses, out, squared, loss, weights: flatten(net.weights().layers), state: await net.state(), net };
}

describe('every engine', () => {
  const worst = new Map(engines().map(({ name }) => [name, { loss: 0, weights: 0, output: 0 }]));

  it.each(cases())('gives the losses, weights and outputs of plain tfjs: $name', async (example) => {
    const { spec } = example;
    const rows = lowRank(500, spec.inputs, 4, 11);
    const start = randomWeights(spec, 3, rows);
    const expected = await trainPlain(spec, start, rows, fitOf(example, rows), 3);
    const errors = expected.out.map((x, i) => (x - rows[i]) ** 2);
    for (const engine of engines()) {
      const { net, ...found } = await train(engine, example, rows, 3);
      const loss = Math.max(...found.losses.map((value, i) => Math.abs(value / expected.losses[i] - 1)));
      const weights = largestDifference(found.weights, expected.weights);
      const output = largestDifference(found.out, expected.out);
      const most = worst.get(engine.name) as { loss: number; weights: number; output: number };
      most.loss = Math.max(most.loss, loss);
      most.weights = Math.max(most.weights, weights);
      most.output = Math.max(most.output, output);
      expect(loss, engine.name).toBeLessThan(3e-5);
      expect(weights, engine.name).toBeLessThan(2e-4);
      expect(output, engine.name).toBeLessThan(1e-3);
      expect(largestDifference(found.squared, errors), engine.name).toBeLessThan(1e-3);
      for (let r = 0; r < found.loss.length; r++) {
        const row = errors.subarray(r * spec.inputs, (r + 1) * spec.inputs);
        expect(Math.abs(found.loss[r] - row.reduce((a, b) => a + b, 0) / spec.inputs)).toBeLessThan(1e-3);
      }
      expect(largestDifference(found.state.m, expected.m), engine.name).toBeLessThan(1e-4);
      expect(largestDifference(found.state.v, expected.v), engine.name).toBeLessThan(1e-4);
      expect(found.state.step).toBe(3 * Math.ceil(500 / fitOf(example, rows).batchSize));
      net.dispose();
    }
  });

  it('differs from plain tfjs by rounding, and prints by how much', () => {
    for (const [name, largest] of worst) {
      const text = Object.entries(largest).map(([what, value]) => `${what} ${value.toExponential(1)}`);
      console.log(`${name} against plain tfjs after 3 epochs, largest difference: ${text.join(', ')}`);
      expect(largest.weights).toBeGreaterThan(0);
    }
  });

  it('keeps no tensors of tfjs', async () => {
    for (const engine of tfjsEngines()) {
      const [example] = cases();
      const before = tf.memory().numTensors;
      const { net } = await train(engine, example, lowRank(500, example.spec.inputs, 4, 11), 2);
      net.dispose();
      expect(tf.memory().numTensors, engine.name).toBe(before);
    }
  });
});

/** After one step from rest Adam's first moment is 0.1 times the gradient: reads it without a back door. */
async function gradient(net: Net, rows: Float32Array, options: FitOptions): Promise<Float32Array> {
  await net.fitEpoch(fixedSource(rows, net.spec.inputs), options, 0);
  return (await net.state()).m.map((m) => m / 0.1);
}

describe('gradients', () => {
  it.each([
    { inputs: 6, hidden: [5, 3], bypassRank: 2 },
    { inputs: 9, hidden: [4], bypassRank: 0 },
    { inputs: 3, hidden: [7, 6, 2], bypassRank: 0 },
  ])('of $inputs-$hidden equal finite differences', async (spec) => {
    const count = 40;
    const rows = lowRank(count, spec.inputs, 2, 5, 0.5);
    const weights = randomWeights(spec, 9, rows);
    const random = new Random(4);
    const outputs = Float32Array.from({ length: spec.inputs }, () => 0.5 + random.uniform());
    const { net: flatLoss } = lossOf(spec, weights, rows, outputs);
    const h = 1e-4;
    const flat = flatten(weights.layers);
    const expected = flat.map((_, i) => (flatLoss(flat, i, h) - flatLoss(flat, i, -h)) / (2 * h));
    for (const engine of engines()) {
      const net = engine.create(spec, weights);
      const found = await gradient(net, rows, fitOptions(spec.inputs, { batchSize: count, outputWeights: outputs }));
      const largest = largestDifference(expected, found);
      console.log(
        `${engine.name}, ${spec.inputs}-${spec.hidden}: gradient against finite differences, largest difference ${largest.toExponential(1)}`,
      );
      expect(largest).toBeLessThan(2e-4);
      net.dispose();
    }
  });
});

/** The loss in double precision, as a function of one changed parameter: slow and obvious. */
function lossOf(spec: NetSpec, weights: NetWeights, rows: Float32Array, outputs: Float32Array) {
  const sizes = [spec.inputs, ...spec.hidden, ...spec.hidden.slice(0, -1).reverse(), spec.inputs];
  return {
    net(flat: Float32Array, changed: number, by: number): number {
      const parameter = (i: number) => flat[i] + (i === changed ? by : 0);
      let total = 0;
      for (let r = 0; r < rows.length / spec.inputs; r++) {
        const x = Array.from(rows.subarray(r * spec.inputs, (r + 1) * spec.inputs));
        let y = x;
        let at = 0;
        for (let l = 1; l < sizes.length; l++) {
          const [k, n] = [sizes[l - 1], sizes[l]];
          const from = y;
          y = Array.from({ length: n }, (_, u) => {
            let sum = parameter(at + k * n + u);
            for (let i = 0; i < k; i++) sum += from[i] * parameter(at + i * n + u);
            return l < sizes.length - 1 ? Math.max(0, sum) : sum;
          });
          at += (k + 1) * n;
        }
        const linear = bypassOf(weights, x, spec.bypassRank);
        for (let j = 0; j < spec.inputs; j++) {
          total += outputs[j] * (y[j] + linear[j] - x[j]) ** 2;
        }
      }
      return total / rows.length;
    },
  };
}

function bypassOf({ bypass }: NetWeights, x: readonly number[], rank: number): number[] {
  if (!bypass) return x.map(() => 0);
  const code = Array.from({ length: rank }, (_, r) =>
    x.reduce((sum, v, j) => sum + (v - bypass.center[j]) * bypass.encode[j * rank + r], 0),
  );
  return x.map((_, j) => code.reduce((sum, c, r) => sum + c * bypass.decode[r * x.length + j], bypass.center[j]));
}

describe('threads', () => {
  const example: Case = {
    name: '',
    spec: { inputs: 96, hidden: [48, 16], bypassRank: 16 },
    options: { maskRate: 0.1, batchSize: 256, ema: 0.99 },
  };
  const rows = lowRank(1000, 96, 8, 2);

  it('give the same bits for the same seed and number of threads, and for other numbers the same within float error', async () => {
    const runs = [];
    for (const threads of [1, 2, 2, 3]) {
      const run = await train(simdEngine({ threads }), example, rows, 2);
      run.net.dispose();
      runs.push(run);
    }
    const [one, two, again, three] = runs as [(typeof runs)[0], (typeof runs)[0], (typeof runs)[0], (typeof runs)[0]];
    expect(again.weights).toEqual(two.weights);
    expect(again.losses).toEqual(two.losses);
    expect(again.out).toEqual(two.out);
    expect(largestDifference(one.weights, two.weights)).toBeLessThan(1e-4);
    expect(largestDifference(one.weights, three.weights)).toBeLessThan(1e-4);
    expect(one.losses[1]).toBeLessThan(one.losses[0]);
  });

  it.each([2, 3, 5])('give the same bits side by side in lanes as alone: %i threads', async (threads) => {
    const engine = simdEngine({ threads });
    expect(engine.lanes).toBe(threads > 3 ? 2 : threads);
    const { net: alone, ...expected } = await train(engine, example, rows, 2);
    alone.dispose();
    const lanes = await Promise.all([engine.startLane?.(), engine.startLane?.()]);
    // one after the other in each lane, at the same time in both
    for (let round = 0; round < 2; round++) {
      const found = await Promise.all(lanes.map((lane) => train(engine, example, rows, 2, lane)));
      for (const { net, ...one } of found) {
        expect(one).toEqual(expected);
        net.dispose();
      }
    }
    for (const lane of lanes) await lane?.close();
  });
});

describe('a net', () => {
  it.each(ENGINE_NAMES)('of %s continues from a saved state as if it had never stopped', async (name) => {
    const engine = await chooseEngine(name, { threads: 1 });
    const spec = { inputs: 12, hidden: [6, 3], bypassRank: 2 };
    const rows = lowRank(300, 12, 3, 8);
    const options = fitOptions(12, { maskRate: 0.1, ema: 0.95 });
    const data = fixedSource(rows, 12);
    const start = randomWeights(spec, 2, rows);
    const straight = engine.create(spec, start);
    const first = engine.create(spec, start);
    for (let epoch = 0; epoch < 4; epoch++) await straight.fitEpoch(data, options, epoch);
    for (let epoch = 0; epoch < 2; epoch++) await first.fitEpoch(data, options, epoch);
    const second = engine.create(spec, start);
    second.restore(await first.state());
    for (let epoch = 2; epoch < 4; epoch++) await second.fitEpoch(data, options, epoch);
    const difference = largestDifference(flatten(second.weights().layers), flatten(straight.weights().layers));
    if (name === 'simd') expect(difference).toBe(0);
    else expect(difference).toBeLessThan(1e-5);
    for (const net of [straight, first, second]) net.dispose();
  });

  it('without hidden layers is the bypass alone', async () => {
    const spec = { inputs: 10, hidden: [], bypassRank: 3 };
    const rows = lowRank(200, 10, 3, 6, 0.001);
    const weights = { layers: [], bypass: weightedPca(momentsOf(rows, 10), 3) };
    for (const engine of engines()) {
      const net = engine.create(spec, weights);
      const out = new Float32Array(rows.length);
      net.forward(rows, 200, out);
      expect(largestDifference(out, rows)).toBeLessThan(0.01);
      net.dispose();
    }
  });
});

describe('the choice of an engine', () => {
  it('is SIMD here when it is left to the program', async () => {
    expect((await chooseEngine('auto', { threads: 1 })).name).toBe('simd');
  });

  it.runIf(!hasNative)('falls to another with one line', async () => {
    const engine = await chooseEngine('tfjs-node', { threads: 1 });
    expect(engine.name).toBe('simd');
    expect(engine.note).toMatch(/instead of tfjs-node: tfjs-node does not load here/);
    expect(engine.note).not.toContain('\n');
  });

  it.runIf(hasNative)('is tfjs-node where it was asked for and built', async () => {
    expect((await chooseEngine('tfjs-node')).note).toBe('tfjs over the TensorFlow C library');
  });
});

describe.runIf(hasNative)('tfjs-node', () => {
  it('warns of nothing when it is loaded beside our tfjs', () => {
    const script = `
      const { chooseEngine } = await import('./dist/model/engine.js');
      for (const name of ['tfjs', 'tfjs-node']) console.log((await chooseEngine(name)).name);`;
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: root,
      encoding: 'utf8',
    });
    expect({ stdout, stderr, status }).toEqual({ stdout: 'tfjs\ntfjs-node\n', stderr: '', status: 0 });
  });

  it('learns on under a rain of signals', async () => {
    const script = `
      const { nativeEngine } = await import('./dist/model/tfjs/native.js');
      const { initialWeights } = await import('./dist/model/net.js');
      const spec = { inputs: 90, hidden: [48, 16], bypassRank: 0 };
      const net = (await nativeEngine()).create(spec, initialWeights(spec, 1));
      const rows = new Float32Array(256 * 90).fill(0.1);
      const source = { rows: 256, width: 90, async *chunks() { yield { rows, count: 256 }; } };
      const fit = { epochs: 1, batchSize: 256, learningRate: 1e-3, seed: 1, maskRate: 0, ema: 0, patience: 0,
        outputWeights: new Float32Array(90).fill(1) };
      let caught = 0;
      process.on('SIGWINCH', () => caught++);
      console.log('ready');
      const end = Date.now() + 3000;
      while (Date.now() < end) {
        await net.fitEpoch(source, fit, 0);
        await new Promise(setImmediate);
      }
      console.log(caught > 100 ? 'caught' : caught);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: root });
    let told = '';
    child.stdout.on('data', (text) => {
      told += text;
    });
    await once(child.stdout, 'data');
    const rain = setInterval(() => child.kill('SIGWINCH'), 1);
    const [code, signal] = await once(child, 'close');
    clearInterval(rain);
    expect({ told, code, signal }).toEqual({ told: 'ready\ncaught\n', code: 0, signal: null });
  });
});
