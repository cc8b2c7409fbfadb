/** The generalised Pareto tail: what can be said beyond the data. */

export interface Tail {
  /** the tail begins here */
  readonly from: number;
  readonly scale: number;
  /** ξ: 0 exponential, negative with an upper end, positive heavy */
  readonly shape: number;
  /** share of all values beyond `from` */
  readonly share: number;
  /** how many values it was fitted on */
  readonly values: number;
}

/** fewer excesses say nothing about a shape */
export const MIN_EXCESSES = 20;

/**
 * Fits a generalised Pareto distribution to the excesses over the smallest of `largest` by probability-weighted moments:
 * Hosking and Wallis, Technometrics 29 (1987), section 4: with a0 the mean and a1 = Σ (1 − p_i)·y_i/n of the ascending excesses,
 * p_i = (i − 0.35)/n: ξ = 2 − a0/(a0 − 2·a1), σ = 2·a0·a1/(a0 − 2·a1). Peaks over a threshold: Pickands 1975, and for anomaly
 * thresholds Siffer et al., KDD 2017.
 *
 * @param largest the largest values of a sample, descending
 * @param count size of the sample
 * @returns undefined where there are too few values, or they are all equal
 */
export function fitTail(largest: ArrayLike<number>, count: number): Tail | undefined {
  const n = largest.length - 1;
  if (n < MIN_EXCESSES) return undefined;
  const from = largest[n];
  let a0 = 0;
  let a1 = 0;
  for (let i = 1; i <= n; i++) {
    const excess = largest[n - i] - from;
    a0 += excess / n;
    a1 += ((1 - (i - 0.35) / n) * excess) / n;
  }
  if (!(a0 > 0) || a0 - 2 * a1 <= 0) return undefined;
  const shape = 2 - a0 / (a0 - 2 * a1);
  const scale = (2 * a0 * a1) / (a0 - 2 * a1);
  return { from, scale, shape, share: n / count, values: n };
}

/** P(value > x) for x >= tail.from. */
export function survival(tail: Tail, x: number): number {
  const z = (x - tail.from) / tail.scale;
  if (z <= 0) return tail.share;
  if (Math.abs(tail.shape) < 1e-9) return tail.share * Math.exp(-z);
  const base = 1 + tail.shape * z;
  return base <= 0 ? 0 : tail.share * base ** (-1 / tail.shape);
}

/** The x with P(value > x) = probability, for probabilities up to tail.share. */
export function survivalQuantile(tail: Tail, probability: number): number {
  const ratio = probability / tail.share;
  if (Math.abs(tail.shape) < 1e-9) return tail.from - tail.scale * Math.log(ratio);
  return tail.from + (tail.scale / tail.shape) * (ratio ** -tail.shape - 1);
}
