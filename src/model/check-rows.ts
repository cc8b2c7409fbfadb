/**
 * Rows that a bundle is tried with: what its net makes of them is in the bundle, too, and is worked out anew when it is loaded.
 * They are nobody's traffic: each column is drawn by itself from its own range in training (`reference`), which the bundle has anyway.
 */
import { Random, seedOf } from './random.js';
import type { FeatureReference } from './survey.js';

/** so many that each hidden unit of a net is at work in some row: half of them are in one row, where columns are independent */
export const CHECK_ROWS = 32;
const SEED = 1;

/**
 * [CHECK_ROWS x columns]: all medians, all 99.9 % quantiles, all least and all largest values; then values as frequent as in
 * training, from near the medians to all of the way, for what is drawn column by column is odd and some rows should be usual.
 */
export function checkRows(reference: readonly FeatureReference[]): Float32Array {
  const rows = new Float32Array(CHECK_ROWS * reference.length);
  for (const [j, column] of reference.entries()) {
    const random = new Random(seedOf(SEED, j));
    const fixed = [column.median, column.q999, column.min, column.max];
    for (let r = 0; r < CHECK_ROWS; r++) {
      const way = (r - fixed.length + 1) / (CHECK_ROWS - fixed.length);
      rows[r * reference.length + j] =
        r < fixed.length ? fixed[r] : column.median + way * (drawn(column, random) - column.median);
    }
  }
  return rows;
}

/** A bin as often as its share says, evenly within it. */
function drawn({ edges, shares, min, max }: FeatureReference, random: Random): number {
  let left = random.uniform();
  const part = random.uniform();
  let bin = 0;
  while (bin < shares.length - 1 && left >= shares[bin]) left -= shares[bin++];
  const low = edges[bin - 1] ?? min;
  const high = edges[bin] ?? max;
  return low + part * (high - low);
}
