/** Statistics of columns: what a data frame's describe gives, with quartiles, and Pearson's correlation. */

import type { FeatureColumn } from '../../features/extractor.js';
import type { ColumnSummary, Correlation, FeatureHistogram } from './data.js';

/** Quantile by linear interpolation between order statistics (type 7 of Hyndman and Fan, 1996: pandas, NumPy, R). */
export function quantileOf(sorted: Float64Array, q: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  const a = sorted[low];
  const b = sorted[Math.min(low + 1, sorted.length - 1)];
  return a + (at - low) * (b - a);
}

/** Statistics of one column; NaN where a value is missing. */
export type Summarise = (name: string, unit: string, values: Float64Array) => ColumnSummary;

/** @param values NaN: missing */
export function summarise(name: string, unit: string, values: Float64Array): ColumnSummary {
  const given = values.filter((value) => !Number.isNaN(value)).sort();
  const count = given.length;
  let sum = 0;
  for (const value of given) sum += value;
  const mean = count > 0 ? sum / count : Number.NaN;
  let squares = 0;
  for (const value of given) squares += (value - mean) ** 2;
  return {
    name,
    unit,
    count,
    missing: values.length - count,
    mean,
    deviation: count > 1 ? Math.sqrt(squares / (count - 1)) : Number.NaN,
    min: quantileOf(given, 0),
    q1: quantileOf(given, 0.25),
    median: quantileOf(given, 0.5),
    q3: quantileOf(given, 0.75),
    max: quantileOf(given, 1),
  };
}

const BINS = 30;

/** Equal bins from the smallest to the largest value. */
export function histogramOf(column: FeatureColumn, values: Float64Array): FeatureHistogram {
  const { name, unit, doc, flag, plain, plainUnit } = column;
  const sorted = Float64Array.from(values).sort();
  const about = {
    name,
    unit,
    doc,
    flag,
    yes: values.filter((value) => value > 0).length / Math.max(1, values.length),
    plain: [plain(quantileOf(sorted, 0)), plain(quantileOf(sorted, 0.5)), plain(quantileOf(sorted, 1))] as const,
    plainUnit,
  };
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (!(max > min)) {
    return { ...about, edges: [], counts: [], ...(Number.isFinite(min) ? { constant: min } : {}) };
  }
  const counts = new Array<number>(BINS).fill(0);
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    const bin = Math.min(BINS - 1, Math.floor((BINS * (value - min)) / (max - min)));
    counts[bin] = counts[bin] + 1;
  }
  const edges = Array.from({ length: BINS + 1 }, (_, i) => min + (i * (max - min)) / BINS);
  return { ...about, edges, counts };
}

/** Of columns of equal length without missing values; a constant one has no correlation. */
export function correlate(names: readonly string[], columns: readonly Float64Array[]): Correlation {
  const standard = columns.map((column) => {
    let mean = 0;
    for (const value of column) mean += value;
    mean /= column.length;
    let squares = 0;
    for (const value of column) squares += (value - mean) ** 2;
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : Number.NaN;
    return column.map((value) => (value - mean) * scale);
  });
  const values = standard.map(() => new Array<number | null>(columns.length).fill(null));
  for (const [i, a] of standard.entries()) {
    for (let j = 0; j <= i; j++) {
      const b = standard[j] as Float64Array;
      let sum = 0;
      for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
      const r = Number.isNaN(sum) ? null : Math.max(-1, Math.min(1, sum));
      values[i][j] = r;
      values[j][i] = r;
    }
  }
  return { names, values };
}

export interface Partners {
  readonly name: string;
  /** strongest first */
  readonly partners: readonly { readonly name: string; readonly r: number }[];
}

/** Pairs of |r| above `limit`, each once, at the one of the two that has more of them. */
export function partnersOf({ names, values }: Correlation, limit: number): Partners[] {
  const left = names.map((_, i) => {
    const strong = (r: number | null, j: number): boolean => j !== i && r !== null && Math.abs(r) > limit;
    return new Set((values[i] ?? []).flatMap((r, j) => (strong(r, j) ? [j] : [])));
  });
  const groups: Partners[] = [];
  for (;;) {
    const i = left.reduce((most, others, k) => (others.size > left[most].size ? k : most), 0);
    if (!(left[i]?.size > 0)) return groups;
    const partners = [...left[i]].map((j) => ({ name: names[j], r: values[i]?.[j] as number }));
    groups.push({ name: names[i], partners: partners.sort((a, b) => Math.abs(b.r) - Math.abs(a.r)) });
    for (const j of left[i]) left[j].delete(i);
    left[i].clear();
  }
}
