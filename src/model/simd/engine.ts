/** The engine of our own: the WebAssembly SIMD kernel of assembly/, on one memory for each net, with threads. */

import { availableParallelism } from 'node:os';
import type { Engine, NetSpec, NetWeights } from '../types.js';
import { loadKernel } from './kernel.js';
import { MAX_LAYERS } from './layout.js';
import { SimdNet } from './net.js';

export interface SimdOptions {
  /** default: one for each processor, at most 8 */
  readonly threads?: number;
}

/** Throws where SIMD or shared memory is missing; threads that do not start only make it slower. */
export function simdEngine(options: SimdOptions = {}): Engine {
  loadKernel();
  const threads = Math.max(1, Math.min(options.threads ?? Math.min(8, availableParallelism()), 64));
  return {
    name: 'simd',
    note: `WebAssembly SIMD, ${threads} thread${threads === 1 ? '' : 's'}`,
    create(spec: NetSpec, weights: NetWeights) {
      if (weights.layers.length > MAX_LAYERS) throw new RangeError(`at most ${MAX_LAYERS} layers`);
      return new SimdNet(spec, weights, threads);
    },
    dispose: async () => undefined,
  };
}
