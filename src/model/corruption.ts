/**
 * Masking and noise of training inputs. Each value's fate is a hash of (seed, epoch, row in the epoch, column), so every
 * engine and every number of threads corrupts the same values; the SIMD kernel computes the same function four rows at a time.
 */

import type { FitOptions } from './autoencoder.js';
import { seedOf } from './random.js';

/** standard deviation of the sum of four uniform bytes: sqrt(4 · (256² − 1) / 12) */
const BYTE_SUM_DEVIATION = Math.sqrt((65536 - 1) / 3);

export interface Corruption {
  readonly key: number;
  /** a hash below this is masked; 0..2^32−1 */
  readonly maskBelow: number;
  /** factor of (byte sum − 510) */
  readonly noiseScale: number;
}

/** The order of rows in an epoch; every engine asks its data for this one. */
export function shuffleSeed(options: FitOptions, epoch: number): number {
  return seedOf(options.seed, epoch, 0x726f7773);
}

export function corruptionOf(options: FitOptions, epoch: number): Corruption {
  return {
    key: seedOf(options.seed, epoch, 0x6d61736b),
    maskBelow: Math.min(2 ** 32 - 1, Math.floor(options.maskRate * 2 ** 32)),
    noiseScale: (options.noise ?? 0) / BYTE_SUM_DEVIATION,
  };
}

/**
 * rows: [count x width], the epoch's rows from number `first` on -> out, same shape: 0 where masked, else with noise added.
 * The noise is the centred sum of four bytes: near normal (Irwin and Hall), within ±3.46 deviations.
 */
export function corrupt(
  rows: Float32Array,
  count: number,
  width: number,
  first: number,
  corruption: Corruption,
  out: Float32Array,
): void {
  const { key, maskBelow, noiseScale } = corruption;
  const scale = Math.fround(noiseScale);
  for (let i = 0, counter = Math.imul(first, width); i < count * width; i++, counter++) {
    let h = Math.imul(counter, 0x9e3779b1) ^ key;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    h ^= h >>> 16;
    if (h >>> 0 < maskBelow) {
      out[i] = 0;
    } else if (scale !== 0) {
      h = Math.imul(h, 0x85ebca6b);
      h ^= h >>> 15;
      const pairs = (h & 0x00ff00ff) + ((h >>> 8) & 0x00ff00ff);
      const sum = (pairs & 0xffff) + (pairs >>> 16);
      out[i] = rows[i] + Math.fround((sum - 510) * scale);
    } else {
      out[i] = rows[i];
    }
  }
}
