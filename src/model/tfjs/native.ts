/**
 * tfjs over TensorFlow's C library. `@tensorflow/tfjs-node` is optional; the library that its own installation would download
 * is no longer given out, so `anomaly-setup tfjs-node` builds it.
 */

import { importOptional } from '../../base/optional-package.js';
import type { Engine } from '../autoencoder.js';
import { tf, useBackend } from './backend.js';
import { tfjsEngine } from './engine.js';
import { nativeOperations } from './operations.js';

/** Throws, with the reason in one line, where the package is missing or a real operation gives no right result. */
export async function nativeEngine(): Promise<Engine> {
  try {
    await importOptional('@tensorflow/tfjs-node');
    useBackend('tensorflow');
    const operations = nativeOperations();
    const product = tf.tidy(() =>
      operations.product(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2])).dataSync(),
    );
    if (product[3] !== 50) throw new Error('a matrix product came out wrong');
    return tfjsEngine('tfjs-node', operations, 'tfjs over the TensorFlow C library');
  } catch (error) {
    useBackend('cpu');
    const reason = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0];
    throw new Error(`tfjs-node does not load here (${reason}; see anomaly-setup)`, { cause: error });
  }
}
