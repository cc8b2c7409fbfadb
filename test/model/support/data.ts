import type { FitOptions, RowSource } from '../../../src/model/autoencoder.js';
import { Random } from '../../../src/model/random.js';

/** Rows near a plane of `rank` dimensions: [count x width], unit noise times `noise`. */
export function lowRank(count: number, width: number, rank: number, seed: number, noise = 0.1): Float32Array {
  const random = new Random(seed);
  const basis = Float64Array.from({ length: rank * width }, () => random.normal() / Math.sqrt(rank));
  const rows = new Float32Array(count * width);
  const code = new Float64Array(rank);
  for (let i = 0; i < count; i++) {
    for (let r = 0; r < rank; r++) code[r] = random.normal();
    for (let j = 0; j < width; j++) {
      let x = noise * random.normal();
      for (let r = 0; r < rank; r++) x += code[r] * basis[r * width + j];
      rows[i * width + j] = x;
    }
  }
  return rows;
}

/** Always the same order, whatever the seed. */
export function fixedSource(rows: Float32Array, width: number, block = 1000): RowSource {
  const count = rows.length / width;
  return {
    rows: count,
    width,
    async *chunks() {
      for (let from = 0; from < count; from += block) {
        const to = Math.min(count, from + block);
        yield { rows: rows.subarray(from * width, to * width), count: to - from };
      }
    },
  };
}

export function fitOptions(width: number, change: Partial<FitOptions> = {}): FitOptions {
  return {
    epochs: 3,
    batchSize: 64,
    learningRate: 1e-3,
    seed: 1,
    maskRate: 0,
    ema: 0,
    outputWeights: new Float32Array(width).fill(1),
    patience: 0,
    ...change,
  };
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = a.length === b.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i] - b[i]));
  return largest;
}
