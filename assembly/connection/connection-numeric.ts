/** Arithmetic of the features: that of src/features/numeric.ts. */

import { LOGARITHMS, SMALL } from './connection-memory';

/** ln(1 + n) of a whole number from 0. */
// @inline
export function lgCount(n: i32): f32 {
  return n < SMALL ? load<f32>(LOGARITHMS + ((<usize>n) << 2)) : <f32>Math.log1p(<f64>n);
}

/** ln(1 + x), 0 below 0. */
// @inline
export function lg(x: f64): f32 {
  if (!(x > 0)) return 0;
  if (x < <f64>SMALL) {
    const whole = <i32>x;
    if (<f64>whole === x) return load<f32>(LOGARITHMS + ((<usize>whole) << 2));
  }
  return <f32>Math.log1p(x);
}

const MANTISSA: u64 = ((<u64>1) << 52) - 1;
/** mantissa of the square root of 2 */
const ROOT: u64 = 0x6a09e667f3bcd;

/**
 * Half powers of two, 1 + floor(2·log2(1 + x)): values within a fifth of each other are one. 0 for 0, -1 below.
 * Exactly: twice the exponent of 1 + x, and one more when its mantissa is above that of the square root of 2.
 */
export function step(x: f64): i32 {
  if (!(x > 0)) return x < 0 ? -1 : 0;
  const bits = reinterpret<u64>(1 + x);
  return 1 + 2 * (<i32>(bits >> 52) - 1023) + <i32>((bits & MANTISSA) >= ROOT);
}
