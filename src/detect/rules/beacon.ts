/**
 * How regular a client's connections to a service are, after RITA's beacon score: for intervals and for sizes half of
 * (1 − |Bowley skewness|) plus half of max(0, (median − MAD) / median); the mean of both. 1 is a clock.
 */
import { type Activities, RING } from './service-activity.js';

/** Completed connections needed: below EARLY none is judged; from EARLY to LATE the bar is higher, for so few are regular by chance. */
const EARLY = 5;
const LATE = 10;
const EARLY_SCORE = 0.9;
const LATE_SCORE = 0.8;
/** s; faster is a program at work, not a beacon */
const SHORTEST_PERIOD_S = 1;

export interface Beacon {
  readonly score: number;
  /** median interval, s */
  readonly periodS: number;
  readonly connections: number;
}

const starts = new Float64Array(RING + 1);
const intervals = new Float64Array(RING);
const sizes = new Float64Array(RING);

/** Linear between neighbours of the first n values, which are sorted. */
function quantile(sorted: Float64Array, n: number, q: number): number {
  const at = q * (n - 1);
  const low = Math.floor(at);
  const rest = at - low;
  return rest === 0 ? sorted[low] : sorted[low] * (1 - rest) + sorted[low + 1] * rest;
}

/** Sorts the first n values in place and returns their regularity, 0..1. */
function regular(values: Float64Array, n: number): number {
  const view = values.subarray(0, n).sort();
  const q1 = quantile(view, n, 0.25);
  const median = quantile(view, n, 0.5);
  const q3 = quantile(view, n, 0.75);
  const skew = q3 > q1 ? (q1 + q3 - 2 * median) / (q3 - q1) : 0;
  const deviations = new Float64Array(n);
  for (let i = 0; i < n; i++) deviations[i] = Math.abs(view[i] - median);
  deviations.sort();
  const mad = quantile(deviations, n, 0.5);
  const spread = median > 0 ? Math.max(0, (median - mad) / median) : 0;
  return 0.5 * (1 - Math.abs(skew)) + 0.5 * spread;
}

/** The beacon that an activity's last answered connections make, or undefined. Call it when a connection opens. */
export function beaconOf(activities: Activities, slot: number): Beacon | undefined {
  const connections = activities.connections[slot];
  if (connections < EARLY) return undefined;
  const n = Math.min(connections, RING);
  const base = slot * RING;
  // the ring is full, or full up to n
  for (let i = 0; i < n; i++) {
    sizes[i] = activities.sizes[base + i];
    starts[i] = activities.starts[base + i];
  }
  // the connection that has just opened ends the last interval
  starts[n] = activities.openStart[slot];
  // rows of a log come in the order of connections' ends
  starts.subarray(0, n + 1).sort();
  for (let i = 0; i < n; i++) intervals[i] = starts[i + 1] - starts[i];
  const score = (regular(intervals, n) + regular(sizes, n)) / 2;
  const periodS = quantile(intervals, n, 0.5);
  if (periodS < SHORTEST_PERIOD_S || score < (n < LATE ? EARLY_SCORE : LATE_SCORE)) return undefined;
  return { score, periodS, connections };
}
