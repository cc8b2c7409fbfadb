/** y = x·W + b on [unit][row] tiles, 4 units by 8 rows in registers. */

import { GROUP_BYTES, UNIT } from './net-memory';

/**
 * The inner loop is not unrolled: with more loads in sight the compiler keeps them all in registers, spills the sums, and halves
 * the speed.
 *
 * @param x tile of `inputs` units
 * @param y tile of 4·`strips` units
 * @param groups 8 rows each
 * @param add y is added to instead of written
 */
export function dense(
  x: usize,
  y: usize,
  kernel: usize,
  bias: usize,
  inputs: i32,
  strips: i32,
  groups: i32,
  relu: bool,
  add: bool,
): void {
  const zero = f32x4.splat(0);
  const inputBytes = <usize>inputs * UNIT;
  for (let g = 0; g < groups; g++, x += GROUP_BYTES, y += GROUP_BYTES) {
    const end = x + inputBytes;
    let w = kernel;
    let b = bias;
    let out = y;
    for (let s = 0; s < strips; s++, b += 16, out += 4 * UNIT) {
      let a00 = v128.load_splat<f32>(b);
      let a10 = v128.load_splat<f32>(b, 4);
      let a20 = v128.load_splat<f32>(b, 8);
      let a30 = v128.load_splat<f32>(b, 12);
      let a01 = a00;
      let a11 = a10;
      let a21 = a20;
      let a31 = a30;
      for (let k = x; k < end; k += UNIT, w += 16) {
        const x0 = v128.load(k);
        const x1 = v128.load(k, 16);
        let c = v128.load_splat<f32>(w);
        a00 = f32x4.add(a00, f32x4.mul(c, x0));
        a01 = f32x4.add(a01, f32x4.mul(c, x1));
        c = v128.load_splat<f32>(w, 4);
        a10 = f32x4.add(a10, f32x4.mul(c, x0));
        a11 = f32x4.add(a11, f32x4.mul(c, x1));
        c = v128.load_splat<f32>(w, 8);
        a20 = f32x4.add(a20, f32x4.mul(c, x0));
        a21 = f32x4.add(a21, f32x4.mul(c, x1));
        c = v128.load_splat<f32>(w, 12);
        a30 = f32x4.add(a30, f32x4.mul(c, x0));
        a31 = f32x4.add(a31, f32x4.mul(c, x1));
      }
      if (add) {
        a00 = f32x4.add(a00, v128.load(out));
        a01 = f32x4.add(a01, v128.load(out, 16));
        a10 = f32x4.add(a10, v128.load(out, UNIT));
        a11 = f32x4.add(a11, v128.load(out, UNIT + 16));
        a20 = f32x4.add(a20, v128.load(out, 2 * UNIT));
        a21 = f32x4.add(a21, v128.load(out, 2 * UNIT + 16));
        a30 = f32x4.add(a30, v128.load(out, 3 * UNIT));
        a31 = f32x4.add(a31, v128.load(out, 3 * UNIT + 16));
      }
      if (relu) {
        a00 = f32x4.max(a00, zero);
        a01 = f32x4.max(a01, zero);
        a10 = f32x4.max(a10, zero);
        a11 = f32x4.max(a11, zero);
        a20 = f32x4.max(a20, zero);
        a21 = f32x4.max(a21, zero);
        a30 = f32x4.max(a30, zero);
        a31 = f32x4.max(a31, zero);
      }
      v128.store(out, a00);
      v128.store(out, a01, 16);
      v128.store(out, a10, UNIT);
      v128.store(out, a11, UNIT + 16);
      v128.store(out, a20, 2 * UNIT);
      v128.store(out, a21, 2 * UNIT + 16);
      v128.store(out, a30, 3 * UNIT);
      v128.store(out, a31, 3 * UNIT + 16);
    }
  }
}

/** units rounded up to strips of 4 */
// @inline
export function strips(units: i32): i32 {
  return (units + 3) >> 2;
}
