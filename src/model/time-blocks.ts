/** The time blocks of cross-fitting. */

import { TIME_BLOCKS } from '../base/time-blocks.js';
import { Moments } from './pca.js';
import type { RowRange } from './row-order.js';
import type { RobustScaler } from './scaler.js';
import type { Spool } from './spool.js';
import type { Survey } from './survey.js';

/** sampled rows that covariances are computed from */
const MOMENT_ROWS = 65_536;
/** rows scaled at once on the way */
const PART = 256;

/** Row ranges of each block, in time order: as given with the rows, or five equal parts where they came as one. */
export function timeBlocks(spool: Spool): RowRange[][] {
  const numbers = [...new Set(spool.ranges.map((range) => range.block))].sort((a, b) => a - b);
  if (numbers.length > 1) return numbers.map((block) => spool.ranges.filter((range) => range.block === block));
  return Array.from({ length: TIME_BLOCKS }, (_, i) => [
    { from: Math.floor((i * spool.rows) / TIME_BLOCKS), to: Math.floor(((i + 1) * spool.rows) / TIME_BLOCKS) },
  ]);
}

export function rowsIn(ranges: readonly RowRange[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** Means and covariances of the scaled sample, apart for each block. */
export function momentsByBlock(
  facts: Survey,
  scaler: RobustScaler,
  blocks: readonly (readonly RowRange[])[],
): Moments[] {
  const moments = blocks.map(() => new Moments(scaler.width));
  const scaled = new Float32Array(PART * scaler.width);
  const stride = Math.max(1, Math.ceil(facts.sampled / MOMENT_ROWS));
  let block = 0;
  let part = 0;
  const flush = () => {
    moments[block]?.add(scaled, part);
    part = 0;
  };
  for (let i = 0; i < facts.sampled; i += stride) {
    const row = facts.sampleRow[i];
    const of = blocks.findIndex((ranges) => ranges.some(({ from, to }) => row >= from && row < to));
    if (of !== block || part === PART) flush();
    block = of;
    scaler.apply(facts.sample, i, scaled, part++);
  }
  flush();
  return moments;
}

/** All of them, or all but one. */
export function mergeMoments(moments: readonly Moments[], without = -1): Moments {
  const all = new Moments(moments[0].width);
  for (const [i, part] of moments.entries()) if (i !== without) all.merge(part);
  return all;
}
