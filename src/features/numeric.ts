/** Shared arithmetic of the features. */

const SMALL = 4096;
const LN1P = Float64Array.from({ length: SMALL }, (_, n) => Math.log1p(n));

/** ln(1 + x) of a whole number from 0, by table where it is small. */
export function lgCount(n: number): number {
  return n < SMALL ? LN1P[n] : Math.log1p(n);
}

/** ln(1 + x), 0 below 0. */
export function lg(x: number): number {
  return x > 0 ? Math.log1p(x) : 0;
}
