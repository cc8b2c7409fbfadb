/** The engine of our own: the WebAssembly SIMD kernel of assembly/net/, on one memory for each net, with threads. */

import { availableParallelism } from 'node:os';
import type { Engine, Lane, NetSpec, NetWeights } from '../autoencoder.js';
import { KernelLane } from './lane.js';
import { SimdNet } from './net.js';
import { loadKernel, sharedMemory, startWorkers, stopWorkers } from './net-kernel.js';

/**
 * Threads that share a net wait for each other twice a batch, nets of their own they never wait for. Of the nets of a training one is
 * as much work as half of the others together, so with more threads than this two nets, each with half of them, are sooner done.
 */
const MOST_LANES = 3;
const FEW_LANES = 2;

export interface SimdOptions {
  /** default: one for each processor, at most 8 */
  readonly threads?: number;
}

/** As `simdEngine`, but threads that do not start here are found out at once, and the note says so. */
export async function probedSimdEngine(options: SimdOptions = {}): Promise<Engine> {
  const engine = simdEngine(options);
  if (threadsOf(options) === 1) return engine;
  const memory = sharedMemory(0);
  const workers = await startWorkers(memory, 2);
  if (workers) {
    stopWorkers(memory);
    return engine;
  }
  const single = simdEngine({ threads: 1 });
  return { ...single, note: `${single.note}; further threads do not start here` };
}

function threadsOf(options: SimdOptions): number {
  return Math.max(1, Math.min(options.threads ?? Math.min(8, availableParallelism()), 64));
}

/** Throws where SIMD or shared memory is missing. */
export function simdEngine(options: SimdOptions = {}): Engine {
  const { MOST_LAYERS } = loadKernel().constants;
  const threads = threadsOf(options);
  const lanes = threads <= MOST_LANES ? threads : FEW_LANES;
  return {
    name: 'simd',
    note: `WebAssembly SIMD, ${threads} thread${threads === 1 ? '' : 's'}`,
    scales: true,
    lanes,
    startLane: () => KernelLane.start(),
    create(spec: NetSpec, weights: NetWeights, columns?: number, lane?: Lane) {
      if (weights.layers.length > MOST_LAYERS) throw new RangeError(`at most ${MOST_LAYERS} layers`);
      const beside = lane instanceof KernelLane ? { lane, threads: Math.floor(threads / lanes) } : undefined;
      return new SimdNet(spec, weights, threads, { columns, beside });
    },
    dispose: async () => undefined,
  };
}
