/** Shared arithmetic of the features. */

const SMALL = 4096;
const LN1P = Float64Array.from({ length: SMALL }, (_, n) => Math.log1p(n));

/** ln(1 + x) of a whole number from 0, by table where it is small. */
export function lgCount(n: number): number {
  return n < SMALL ? LN1P[n] : Math.log1p(n);
}

/** ln(1 + x), 0 below 0; by table where x is whole and small. */
export function lg(x: number): number {
  if (!(x > 0)) return 0;
  const whole = x | 0;
  return whole === x && x < SMALL ? LN1P[whole] : Math.log1p(x);
}
