/** From out-of-fold scores to a threshold. */

import { AnomalyError } from '../base/errors.js';
import { LogHistogram, TopValues } from './quantile.js';
import { SmoothedScores } from './smoothing.js';

/** kept of each block: percentile 95 of 5 million rows a block */
const TOP_PER_BLOCK = 262_144;
const GRID = 100;

/** Upper order statistics: values[i] is the ranks[i]-th largest, 0 the largest; spaced by at most 2 % of the rank. */
export interface UpperQuantiles {
  readonly rows: number;
  readonly ranks: readonly number[];
  readonly values: readonly number[];
}

/** Everything about the scores of training that detection needs; plain data. Scores are out of fold. */
export interface Calibration {
  /** the mean of a pair takes in a new score by one part in so many */
  readonly smoothing: number;
  /** smoothed scores, by time block */
  readonly blocks: readonly UpperQuantiles[];
  /** 0 %, 1 %, … 100 % quantiles of smoothed and of own scores */
  readonly smoothedGrid: readonly number[];
  readonly scoreGrid: readonly number[];
}

export interface Threshold {
  /** of smoothed scores */
  readonly value: number;
  /** what it promises, in words */
  readonly promise: string;
}

/** Of rows in order: their times, and four words each: hash of the initiator, hash of the pair. */
export interface RowsMeta {
  readonly timestampUs: ArrayLike<number>;
  readonly hashes: ArrayLike<number>;
}

/**
 * Collects scores in time order. Memory is fixed.
 *
 * The smoothed scores go on from block to block, although features begin anew at each: a run of detection is long and starts
 * with an empty table once. Means are low while they fill; to begin anew with each block would take their percentile over five
 * such starts, and the threshold would be too low for the rest of a run.
 */
export class ScoreCollector {
  readonly #blocks = new Map<number, TopValues>();
  readonly #histogram = new LogHistogram(2);
  readonly #smoothed: SmoothedScores;

  constructor(private readonly smoothing: number) {
    this.#smoothed = new SmoothedScores(smoothing);
  }

  /** Takes in the score of row i of `rows`. Returns its pair's smoothed score. */
  add(block: number, { timestampUs: times, hashes }: RowsMeta, i: number, score: number): number {
    const timestampUs = times[i];
    const at = 4 * i;
    this.#smoothed.claim(hashes[at], hashes[at + 1], hashes[at + 2], hashes[at + 3], timestampUs);
    const smoothed = this.#smoothed.add(score);
    let top = this.#blocks.get(block);
    if (!top) {
      top = new TopValues(TOP_PER_BLOCK);
      this.#blocks.set(block, top);
    }
    top.add(smoothed);
    this.#histogram.add(0, smoothed);
    this.#histogram.add(1, score);
    return smoothed;
  }

  finish(): Calibration {
    const grid = (column: number) =>
      Array.from({ length: GRID + 1 }, (_, i) => this.#histogram.quantile(column, i / GRID));
    return {
      smoothing: this.smoothing,
      blocks: [...this.#blocks].sort(([a], [b]) => a - b).map(([, top]) => upperQuantiles(top)),
      smoothedGrid: grid(0),
      scoreGrid: grid(1),
    };
  }
}

function upperQuantiles(top: TopValues): UpperQuantiles {
  const all = top.values();
  const ranks: number[] = [];
  for (let rank = 0; rank < all.length; rank = Math.max(rank + 1, Math.floor(rank * 1.02))) ranks.push(rank);
  if (all.length > 0 && ranks.at(-1) !== all.length - 1) ranks.push(all.length - 1);
  return { rows: top.count, ranks, values: ranks.map((rank) => all[rank]) };
}

/** The value with `rank` others above it, interpolated; NaN below what was kept. */
function atRank({ ranks, values }: UpperQuantiles, rank: number): number {
  let low = 0;
  let high = ranks.length - 1;
  if (high < 0 || rank > ranks[high]) return Number.NaN;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (ranks[middle] <= rank) low = middle;
    else high = middle;
  }
  const width = ranks[high] - ranks[low];
  if (width === 0) return values[low];
  const part = (rank - ranks[low]) / width;
  return values[low] + part * (values[high] - values[low]);
}

/** The highest percentile that leaves a row above in the smallest of `blocks` blocks of `rows` rows. */
export function highestPercentile(smallestBlock: number): number {
  return Math.max(0, Math.floor(1e4 * (1 - 1 / smallestBlock)) / 1e2);
}

/** The largest over the blocks of each block's percentile. Refuses what the data cannot support. */
export function thresholdFor({ blocks }: Calibration, percentile: number): Threshold {
  const smallest = Math.min(...blocks.map((b) => b.rows));
  const share = 1 - percentile / 100;
  if (!(share > 0) || smallest * share < 1 - 1e-9) {
    throw new AnomalyError(
      'USAGE',
      `percentile ${percentile} cannot be told from blocks of ${smallest} records; at most ${highestPercentile(smallest)} can, or train on more traffic`,
    );
  }
  const value = Math.max(...blocks.map((b) => atRank(b, share * (b.rows - 1))));
  if (Number.isNaN(value)) {
    throw new AnomalyError('USAGE', `percentile ${percentile} is too low for so many records; choose a higher one`);
  }
  return { value, promise: `above ${percentile} % of the smoothed scores in every part of the training traffic` };
}
