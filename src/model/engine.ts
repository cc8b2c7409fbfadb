/** Which engine does the work. */

import { printable } from '../base/text.js';
import type { Engine, EngineName, RowSource } from './autoencoder.js';
import { initialWeights } from './net.js';
import { Random } from './random.js';

export interface EngineOptions {
  /** of the simd engine; default one for each processor, at most 8 */
  readonly threads?: number;
}

export type EngineChoice = EngineName | 'auto';

/**
 * An engine that works, whatever was asked for: one that does not load is replaced by `simd`, else by `tfjs`, and the note says
 * so. `auto`: `simd`, which was faster than every other in every measurement; where tfjs-node loads too, both train the usual
 * net for a moment and tfjs-node is taken when it is a quarter faster.
 */
export async function chooseEngine(choice: EngineChoice, options: EngineOptions = {}): Promise<Engine> {
  if (choice === 'auto') return measured(options);
  const order = [choice, ...(['simd', 'tfjs'] as const).filter((name) => name !== choice)];
  const reasons: string[] = [];
  for (const name of order) {
    try {
      const engine = await load(name, options);
      if (reasons.length === 0) return engine;
      return { ...engine, note: `${engine.note}; instead of ${choice}: ${reasons[0]}` };
    } catch (error) {
      if (name === 'tfjs') throw error;
      reasons.push(printable((error instanceof Error ? error.message : String(error)).split('\n', 1)[0]));
    }
  }
  throw new Error('unreachable: tfjs always loads');
}

async function load(name: EngineName, options: EngineOptions): Promise<Engine> {
  switch (name) {
    case 'simd':
      return (await import('./simd/engine.js')).probedSimdEngine(options);
    case 'tfjs':
      return (await import('./tfjs/engine.js')).tfjsEngine();
    case 'tfjs-node':
      return (await import('./tfjs/native.js')).nativeEngine();
  }
}

async function measured(options: EngineOptions): Promise<Engine> {
  const simd = await chooseEngine('simd', options);
  if (simd.name !== 'simd' || !(await installed('@tensorflow/tfjs-node'))) return simd;
  let native: Engine;
  try {
    native = await load('tfjs-node', options);
  } catch {
    return simd;
  }
  const [ours, theirs] = [await rowsPerSecond(simd), await rowsPerSecond(native)];
  if (theirs < 1.25 * ours) return simd;
  return { ...native, note: `${native.note}; measured ${(theirs / ours).toFixed(1)} times as fast as simd` };
}

/** Whether it is worth a try: loading TensorFlow's library takes a second. */
async function installed(name: string): Promise<boolean> {
  try {
    import.meta.resolve(name);
    return true;
  } catch {
    return false;
  }
}

async function rowsPerSecond(engine: Engine): Promise<number> {
  const spec = { inputs: 96, hidden: [48, 16], bypassRank: 0 };
  const count = 2048;
  const random = new Random(1);
  const rows = Float32Array.from({ length: count * spec.inputs }, () => random.normal());
  const data: RowSource = {
    rows: count,
    width: spec.inputs,
    async *chunks() {
      yield { rows, count };
    },
  };
  const fit = {
    epochs: 1,
    batchSize: 256,
    learningRate: 1e-3,
    seed: 1,
    maskRate: 0.1,
    ema: 0,
    outputWeights: new Float32Array(spec.inputs).fill(1),
    patience: 0,
  };
  const net = engine.create(spec, initialWeights(spec, 1));
  await net.fitEpoch(data, fit, 0);
  const start = performance.now();
  let epochs = 0;
  while (performance.now() - start < 100) await net.fitEpoch(data, fit, ++epochs);
  const elapsed = performance.now() - start;
  net.dispose();
  return (1000 * epochs * count) / elapsed;
}
