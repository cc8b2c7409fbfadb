/**
 * tfjs over TensorFlow's C library. `@tensorflow/tfjs-node` is optional: its library is downloaded when it is installed, and
 * version 4.22 loads on Node 23 and later but then fails in the first operation (`util.isNullOrUndefined` is gone).
 */

import type { Engine } from '../autoencoder.js';
import { tf, useBackend } from './backend.js';
import { tfjsEngine } from './engine.js';

/** not a literal in the import, so that type checking does not need the package */
const PACKAGE = '@tensorflow/tfjs-node';

/** Throws, with the reason in one line, where the package is missing or a real operation gives no right result. */
export async function nativeEngine(): Promise<Engine> {
  try {
    await import(PACKAGE);
    await useBackend('tensorflow');
    const product = tf.tidy(() =>
      tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2])).dataSync(),
    );
    if (product[3] !== 50) throw new Error('a matrix product came out wrong');
  } catch (error) {
    await useBackend('cpu');
    const reason = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0];
    throw new Error(`tfjs-node does not load here (${reason})`, { cause: error });
  }
  return tfjsEngine('tfjs-node', 'tensorflow', 'tfjs over the TensorFlow C library');
}
