/** From out-of-fold scores to a threshold, an alert budget and p-values. */

import { AnomalyError } from '../base/errors.js';
import { US_PER_DAY } from '../base/time.js';
import { PAUSE_US } from '../features/clock.js';
import { LogHistogram, TopValues } from './quantile.js';
import { EpisodeMaxima, SmoothedScores } from './smoothing.js';
import { fitTail, MIN_EXCESSES, survival, survivalQuantile, type Tail } from './tail.js';

/** kept of each block: percentile 95 of 5 million rows a block */
const TOP_PER_BLOCK = 262_144;
/** an alert budget may ask for a level that occurs once in so many times the training span */
const MAX_EXTRAPOLATION = 100;
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
  /** of the smoothed scores of records */
  readonly recordTail: Tail | null;
  /** of the largest smoothed score in each episode of a pair */
  readonly episodeTail: Tail | null;
  readonly episodes: UpperQuantiles;
  /** time the scores span, without what is more than two minutes of a silence, in days */
  readonly days: number;
  /** 0 %, 1 %, … 100 % quantiles of smoothed and of own scores */
  readonly smoothedGrid: readonly number[];
  readonly scoreGrid: readonly number[];
}

export type ThresholdRequest = { readonly percentile: number } | { readonly alertsPerDay: number };

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
  readonly #episodes = new TopValues(16_384);
  readonly #all = new TopValues(8192);
  readonly #histogram = new LogHistogram(2);
  readonly #smoothed: SmoothedScores;
  readonly #maxima: EpisodeMaxima;
  #spanUs = 0;
  #lastUs = Number.NaN;

  constructor(private readonly smoothing: number) {
    this.#smoothed = new SmoothedScores(smoothing);
    this.#maxima = new EpisodeMaxima(this.#smoothed.capacity, (maximum) => this.#episodes.add(maximum));
  }

  /** Takes in the score of row i of `rows`. Returns its pair's smoothed score. */
  add(block: number, { timestampUs: times, hashes }: RowsMeta, i: number, score: number): number {
    const timestampUs = times[i];
    const at = 4 * i;
    const slot = this.#smoothed.claim(hashes[at], hashes[at + 1], hashes[at + 2], hashes[at + 3], timestampUs);
    const smoothed = this.#smoothed.add(0, score);
    this.#maxima.add(slot, this.#smoothed.fresh, timestampUs, smoothed);
    let top = this.#blocks.get(block);
    if (!top) {
      top = new TopValues(TOP_PER_BLOCK);
      this.#blocks.set(block, top);
    }
    top.add(smoothed);
    this.#all.add(smoothed);
    this.#histogram.add(0, smoothed);
    this.#histogram.add(1, score);
    // what happened in a pause nobody saw
    if (timestampUs > this.#lastUs) this.#spanUs += Math.min(PAUSE_US, timestampUs - this.#lastUs);
    this.#lastUs = timestampUs;
    return smoothed;
  }

  /** A stretch of rows was left out: time does not run on across it. */
  skip(): void {
    this.#lastUs = Number.NaN;
  }

  finish(): Calibration {
    this.#maxima.flush();
    const { count } = this.#all;
    const records = this.#all.values().subarray(0, 1 + clamp(Math.floor(count * 0.01), MIN_EXCESSES, 2000));
    const episodes = this.#episodes.values();
    const beyond = 1 + clamp(Math.floor(this.#episodes.count * 0.1), MIN_EXCESSES, 1000);
    const grid = (column: number) =>
      Array.from({ length: GRID + 1 }, (_, i) => this.#histogram.quantile(column, i / GRID));
    return {
      smoothing: this.smoothing,
      blocks: [...this.#blocks].sort(([a], [b]) => a - b).map(([, top]) => upperQuantiles(top)),
      recordTail: fitTail(records, count) ?? null,
      episodeTail: fitTail(episodes.subarray(0, beyond), this.#episodes.count) ?? null,
      episodes: upperQuantiles(this.#episodes),
      days: this.#spanUs / US_PER_DAY,
      smoothedGrid: grid(0),
      scoreGrid: grid(1),
    };
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
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

/** The largest over the blocks of each block's percentile, or the level of an alert budget. Refuses what the data cannot support. */
export function thresholdFor(calibration: Calibration, request: ThresholdRequest): Threshold {
  return 'percentile' in request
    ? percentileThreshold(calibration, request.percentile)
    : budgetThreshold(calibration, request.alertsPerDay);
}

/** The highest percentile that leaves a row above in the smallest of `blocks` blocks of `rows` rows. */
export function highestPercentile(smallestBlock: number): number {
  return Math.max(0, Math.floor(1e4 * (1 - 1 / smallestBlock)) / 1e2);
}

function percentileThreshold({ blocks }: Calibration, percentile: number): Threshold {
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

/**
 * Alerts are counted in episodes (one pair, 300 s): expected episodes a day above T = budget, from the tail of the episodes'
 * largest scores. Taking cluster maxima is the usual way to apply the tail to dependent data (Davison and Smith 1990).
 */
function budgetThreshold({ episodes, episodeTail, days }: Calibration, alertsPerDay: number): Threshold {
  if (!(alertsPerDay > 0)) throw new AnomalyError('USAGE', 'the number of alerts per day must be above 0');
  if (!episodeTail || days <= 0) {
    throw new AnomalyError(
      'USAGE',
      `an alert budget needs at least ${MIN_EXCESSES + 1} episodes of traffic, the training data have ${episodes.rows}; train on more traffic, or use --percentile`,
    );
  }
  const expected = alertsPerDay * days;
  if (expected * MAX_EXTRAPOLATION < 1) {
    const hours = 24 / (alertsPerDay * MAX_EXTRAPOLATION);
    throw new AnomalyError(
      'USAGE',
      `${alertsPerDay} alerts per day cannot be told from ${(days * 24).toFixed(1)} h of traffic; train on at least ${hours.toFixed(1)} h`,
    );
  }
  const fitted = episodeTail.share * episodes.rows;
  const inTail = expected <= fitted;
  const value = inTail ? survivalQuantile(episodeTail, expected / episodes.rows) : atRank(episodes, expected);
  const last = episodes.values.at(-1) ?? 0;
  const factor = expected < 1 ? `, extrapolated ${(1 / expected).toFixed(0)}-fold beyond the training time` : '';
  return {
    value: Number.isNaN(value) ? last : value,
    promise: `about ${alertsPerDay} alert${alertsPerDay === 1 ? '' : 's'} per day on traffic like the training traffic${factor}`,
  };
}

/** Share of training records whose smoothed score was higher; beyond the data from the tail. */
export function pValue({ recordTail, smoothedGrid }: Calibration, smoothed: number): number {
  if (recordTail && smoothed > recordTail.from) return survival(recordTail, smoothed);
  let i = 0;
  while (i < GRID && smoothedGrid[i + 1] <= smoothed) i++;
  if (i === GRID) return recordTail?.share ?? 1 / GRID;
  const low = smoothedGrid[i];
  const width = smoothedGrid[i + 1] - low;
  const part = width > 0 ? clamp((smoothed - low) / width, 0, 1) : 0;
  return Math.max(1 - (i + part) / GRID, recordTail?.share ?? 0);
}
