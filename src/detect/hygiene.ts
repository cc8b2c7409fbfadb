/**
 * Training data that hold an attack teach it as normal. The few pairs whose smoothed out-of-fold score stands far above
 * all others are named, so that a person can look, and can be left out.
 */
import { quantile } from '../model/quantile.js';

/** Pairs remembered; the highest stay. */
const MOST_PAIRS = 4096;
const MOST_EXTREME = 5;
/** A pair is extreme when its peak is above the others' upper quartile by this many interquartile ranges … */
const FENCE = 6;
/** … and above the rest's largest by this factor. */
const GAP = 1.15;
const FEWEST_PAIRS = 20;

export interface PairPeak {
  /** both ends in words, safe to print */
  readonly name: string;
  readonly peak: number;
  readonly records: number;
}

/** Collects each pair's highest smoothed score in training. */
export class PairPeaks {
  private readonly peaks = new Map<string, { peak: number; records: number }>();

  add(name: string, smoothed: number): void {
    const known = this.peaks.get(name);
    if (known) {
      known.records++;
      if (smoothed > known.peak) known.peak = smoothed;
      return;
    }
    if (this.peaks.size >= MOST_PAIRS) this.dropLowest();
    this.peaks.set(name, { peak: smoothed, records: 1 });
  }

  private dropLowest(): void {
    const sorted = [...this.peaks].sort((a, b) => a[1].peak - b[1].peak);
    for (const [name] of sorted.slice(0, MOST_PAIRS / 4)) this.peaks.delete(name);
  }

  all(): PairPeak[] {
    return [...this.peaks].map(([name, { peak, records }]) => ({ name, peak, records }));
  }
}

/** The few pairs that stand apart from all others, highest first; none where the peaks run on without a gap. */
export function extremePairs(pairs: readonly PairPeak[]): PairPeak[] {
  if (pairs.length < FEWEST_PAIRS) return [];
  const sorted = [...pairs].sort((a, b) => b.peak - a.peak);
  const ascending = Float64Array.from(sorted, (pair) => pair.peak).sort();
  const q1 = quantile(ascending, 0.25);
  const q3 = quantile(ascending, 0.75);
  const fence = q3 + FENCE * (q3 - q1);
  for (let n = Math.min(MOST_EXTREME, sorted.length - 1); n > 0; n--) {
    const lowest = sorted[n - 1];
    if (lowest.peak > fence && lowest.peak > GAP * sorted[n].peak) return sorted.slice(0, n);
  }
  return [];
}
