// The other libraries: PyTorch in a process of its own, tfjs with its backends in JavaScript, WebAssembly and TensorFlow's C library.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { nativeEngine } from '../../dist/model/tfjs/native.js';
import { pythonWith } from '../peers/python.js';

const script = fileURLToPath(new URL('pytorch-peer.py', import.meta.url));

/** undefined where no Python has PyTorch */
export function startTorch() {
  const python = pythonWith('torch');
  if (!python) return undefined;
  const child = spawn(python.program, [script], { env: python.env, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  return {
    name: python.name,
    async run(kind, net, batch, rows, seconds) {
      const { inputs, hidden } = net;
      child.stdin.write(`${JSON.stringify({ kind, inputs, hidden, batch, rows, seconds })}\n`);
      return Number((await once(lines, 'line'))[0]);
    },
    stop: () => child.kill(),
  };
}

/** the peers with their versions */
export const peersNamed = (torch) => [...(torch ? [torch.name] : []), `tfjs ${tf.version_core}`].join(', ');
/** Our engine on tfjs-node; undefined, and a line says why, where `npm run tfjs-node` has not built it. */
export async function startNative() {
  try {
    return await nativeEngine();
  } catch (error) {
    console.log(`tfjs-node and tfjs tensorflow: skipped, ${error.message}`);
    return undefined;
  }
}

export async function useTfjs(backend) {
  tf.enableProdMode();
  if (backend === 'wasm') {
    setWasmPaths(fileURLToPath(new URL('../../node_modules/@tensorflow/tfjs-backend-wasm/dist/', import.meta.url)));
  }
  await tf.setBackend(backend);
  await tf.ready();
}

/** A model as its users write it. */
export function tfjsModel({ inputs, hidden }) {
  const model = layers.sequential();
  const sizes = [...hidden, ...hidden.slice(0, -1).reverse(), inputs];
  for (const [i, units] of sizes.entries()) {
    const activation = i < sizes.length - 1 ? 'relu' : 'linear';
    model.add(layers.layers.dense({ units, activation, ...(i === 0 ? { inputShape: [inputs] } : {}) }));
  }
  model.compile({ optimizer: tf.train.adam(1e-3), loss: 'meanSquaredError' });
  return model;
}

export async function tfjsFit(model, rows, width, batchSize) {
  const x = tf.tensor2d(rows, [rows.length / width, width]);
  await model.fit(x, x, { batchSize, epochs: 1, shuffle: false, verbose: 0, yieldEvery: 'never' });
  x.dispose();
  return rows.length / width;
}

/** Mean squared error of each row, block by block. */
export function tfjsScore(model, rows, width, block) {
  const count = rows.length / width;
  for (let from = 0; from < count; from += block) {
    tf.tidy(() => {
      const n = Math.min(block, count - from);
      const x = tf.tensor2d(rows.subarray(from * width, (from + n) * width), [n, width]);
      tf.mean(tf.squaredDifference(model.predictOnBatch(x), x), 1).dataSync();
    });
  }
  return count;
}
