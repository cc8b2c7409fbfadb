/** The first reading of the training rows: exact ranges and deviations, and a bounded sample for everything that needs order. */

import { AnomalyError } from '../base/errors.js';
import { exactKey } from '../base/hash.js';
import type { SavedSchema } from '../features/extractor.js';
import { quantile, sortColumn } from './quantile.js';
import { Random } from './random.js';
import { RowView } from './row-view.js';
import type { Spool } from './spool.js';

/** 60 MB for 115 columns */
const SAMPLE_ROWS = 131_072;

export interface SurveyFacts {
  readonly rows: number;
  /** per column, over all rows */
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
  /** by column */
  readonly columns: readonly ColumnFacts[];
  /** share of the rows that belong to the busiest pair, a lower bound */
  readonly busiestPairShare: number;
}

export interface Survey extends SurveyFacts {
  /** raw rows spread evenly over time, [sampled x width]; all rows where they fit */
  readonly sample: Float32Array;
  readonly sampled: number;
  /** row number of each sampled row */
  readonly sampleRow: Float64Array;
}

/** Of the sample. */
export interface ColumnFacts {
  readonly median: number;
  /** median of |x − median| */
  readonly mad: number;
  /** 75 % quantile less 25 % quantile */
  readonly iqr: number;
  readonly q999: number;
  readonly edges: readonly number[];
  readonly shares: readonly number[];
}

/** One pass over the spool. Refuses values that are not finite. Memory does not grow with the rows. */
export async function survey(spool: Spool, schema: SavedSchema, seed: number, limit = SAMPLE_ROWS): Promise<Survey> {
  const { width, rows } = spool;
  const sampled = Math.min(rows, limit);
  const sample = new Float32Array(sampled * width);
  const sampleRow = new Float64Array(sampled);
  const min = new Float64Array(width).fill(Number.POSITIVE_INFINITY);
  const max = new Float64Array(width).fill(Number.NEGATIVE_INFINITY);
  const sum = new Float64Array(width);
  const squares = new Float64Array(width);
  const shift = new Float64Array(width);
  const pairs = new HeavyPairs();
  const random = new Random(seed);
  // one row out of each of `sampled` equal stretches
  const pick = (i: number) => {
    const from = Math.floor((i * rows) / sampled);
    return from + random.integer(Math.floor(((i + 1) * rows) / sampled) - from);
  };
  let taken = 0;
  let wanted = pick(0);
  for await (const chunk of new RowView(spool).chunks()) {
    for (let r = 0; r < chunk.count; r++) {
      const at = r * width;
      const row = chunk.first + r;
      if (row === 0) for (let j = 0; j < width; j++) shift[j] = chunk.rows[j];
      for (let j = 0; j < width; j++) {
        const x = chunk.rows[at + j];
        if (x < min[j]) min[j] = x;
        if (x > max[j]) max[j] = x;
        const d = x - shift[j];
        sum[j] += d;
        squares[j] += d * d;
      }
      if (row === wanted) {
        sample.set(chunk.rows.subarray(at, at + width), taken * width);
        sampleRow[taken++] = row;
        wanted = taken < sampled ? pick(taken) : -1;
      }
      pairs.add(chunk.hashes[4 * r + 2], chunk.hashes[4 * r + 3]);
    }
  }
  const mean = new Float64Array(width);
  const deviation = new Float64Array(width);
  for (let j = 0; j < width; j++) {
    const d = sum[j] / rows;
    mean[j] = shift[j] + d;
    deviation[j] = Math.sqrt(Math.max(0, squares[j] / rows - d * d));
    if (!Number.isFinite(deviation[j])) {
      throw new AnomalyError('BAD_DATA', `feature ${schema.columns[j]?.name} has values that are no finite numbers`);
    }
  }
  const columns = schema.columns.map((_, j) => columnFacts(sample, sampled, width, j));
  return { rows, min, max, mean, deviation, sample, sampled, sampleRow, columns, busiestPairShare: pairs.share() };
}

function columnFacts(sample: Float32Array, sampled: number, width: number, j: number): ColumnFacts {
  const column = new Float32Array(sampled);
  for (let i = 0; i < sampled; i++) column[i] = sample[i * width + j];
  sortColumn(column);
  const median = quantile(column, 0.5);
  const iqr = quantile(column, 0.75) - quantile(column, 0.25);
  return {
    median,
    mad: medianDistance(column, median),
    iqr,
    q999: quantile(column, 0.999),
    ...referenceBins(column, 10),
  };
}

/** Median of |x − center| of ascending values: distances grow outwards from the center, so two fingers meet them in order. */
function medianDistance(sorted: Float32Array, center: number): number {
  let right = 0;
  for (let low = 0, high = sorted.length; low < high; right = low) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < center) low = middle + 1;
    else high = middle;
  }
  let left = right - 1;
  let distance = 0;
  for (let taken = 0; taken <= (sorted.length - 1) >> 1; taken++) {
    const below = left >= 0 ? center - sorted[left] : Number.POSITIVE_INFINITY;
    const above = right < sorted.length ? sorted[right] - center : Number.POSITIVE_INFINITY;
    distance = Math.min(below, above);
    if (below < above) left--;
    else right++;
  }
  return distance;
}

/** What a feature was in training, for explanations and for the drift check. */
export interface FeatureReference {
  readonly median: number;
  readonly q999: number;
  readonly min: number;
  readonly max: number;
  /** borders of the reference bins, ascending and distinct: bin i holds edges[i-1] < x <= edges[i], the first and last are open */
  readonly edges: readonly number[];
  /** share of the training rows in each of edges.length+1 bins */
  readonly shares: readonly number[];
}

export function featureReference(facts: SurveyFacts, j: number): FeatureReference {
  const { median, q999, edges, shares } = facts.columns[j];
  return { median, q999, min: facts.min[j], max: facts.max[j], edges, shares };
}

/** Quantiles as bin borders, equal ones merged: a column that is mostly one value has few bins. */
function referenceBins(sorted: Float32Array, bins: number): { edges: number[]; shares: number[] } {
  const edges: number[] = [];
  for (let i = 1; i < bins; i++) {
    const edge = sorted[Math.floor((i * sorted.length) / bins)];
    if (edge !== edges.at(-1)) edges.push(edge);
  }
  const shares = new Array<number>(edges.length + 1).fill(0);
  let bin = 0;
  for (const value of sorted) {
    while (bin < edges.length && value > edges[bin]) bin++;
    shares[bin] += 1 / sorted.length;
  }
  return { edges, shares };
}

/** Misra and Gries 1982: whatever holds more than 1/32 of the rows is among the counters, undercounted by at most that. */
class HeavyPairs {
  readonly #counts = new Map<number, number>();
  #total = 0;

  add(low: number, high: number): void {
    this.#total++;
    const key = exactKey(low, high);
    const count = this.#counts.get(key);
    if (count !== undefined) this.#counts.set(key, count + 1);
    else if (this.#counts.size < 31) this.#counts.set(key, 1);
    else
      for (const [other, n] of this.#counts) {
        if (n === 1) this.#counts.delete(other);
        else this.#counts.set(other, n - 1);
      }
  }

  share(): number {
    return this.#total === 0 ? 0 : Math.max(0, ...this.#counts.values()) / this.#total;
  }
}
