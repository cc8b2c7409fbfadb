/** Errors of the layer below, and gradients of kernel and bias, on [unit][row] tiles. */

import { GROUP_BYTES, UNIT } from './net-memory';

/** below = (W·errors) where the layer below was active; 4 of its units by 8 rows in registers. `active`: its outputs. */
export function backErrors(
  errors: usize,
  below: usize,
  active: usize,
  kernel: usize,
  inputs: i32,
  strips: i32,
  groups: i32,
): void {
  const zero = f32x4.splat(0);
  const stripBytes = <usize>inputs * 16;
  const errorBytes = <usize>strips * 4 * UNIT;
  const fours = inputs & ~3;
  for (let g = 0; g < groups; g++, errors += GROUP_BYTES, below += GROUP_BYTES, active += GROUP_BYTES) {
    const end = errors + errorBytes;
    let k = 0;
    for (; k < fours; k += 4) {
      let a00 = zero;
      let a01 = zero;
      let a10 = zero;
      let a11 = zero;
      let a20 = zero;
      let a21 = zero;
      let a30 = zero;
      let a31 = zero;
      let w = kernel + <usize>k * 16;
      for (let e = errors; e < end; w += stripBytes - 16) {
        const wEnd = w + 16;
        for (; w < wEnd; w += 4, e += UNIT) {
          const e0 = v128.load(e);
          const e1 = v128.load(e, 16);
          let c = v128.load_splat<f32>(w);
          a00 = f32x4.add(a00, f32x4.mul(c, e0));
          a01 = f32x4.add(a01, f32x4.mul(c, e1));
          c = v128.load_splat<f32>(w, 16);
          a10 = f32x4.add(a10, f32x4.mul(c, e0));
          a11 = f32x4.add(a11, f32x4.mul(c, e1));
          c = v128.load_splat<f32>(w, 32);
          a20 = f32x4.add(a20, f32x4.mul(c, e0));
          a21 = f32x4.add(a21, f32x4.mul(c, e1));
          c = v128.load_splat<f32>(w, 48);
          a30 = f32x4.add(a30, f32x4.mul(c, e0));
          a31 = f32x4.add(a31, f32x4.mul(c, e1));
        }
      }
      const y = active + <usize>k * UNIT;
      const out = below + <usize>k * UNIT;
      v128.store(out, v128.and(a00, f32x4.gt(v128.load(y), zero)));
      v128.store(out, v128.and(a01, f32x4.gt(v128.load(y, 16), zero)), 16);
      v128.store(out, v128.and(a10, f32x4.gt(v128.load(y, UNIT), zero)), UNIT);
      v128.store(out, v128.and(a11, f32x4.gt(v128.load(y, UNIT + 16), zero)), UNIT + 16);
      v128.store(out, v128.and(a20, f32x4.gt(v128.load(y, 2 * UNIT), zero)), 2 * UNIT);
      v128.store(out, v128.and(a21, f32x4.gt(v128.load(y, 2 * UNIT + 16), zero)), 2 * UNIT + 16);
      v128.store(out, v128.and(a30, f32x4.gt(v128.load(y, 3 * UNIT), zero)), 3 * UNIT);
      v128.store(out, v128.and(a31, f32x4.gt(v128.load(y, 3 * UNIT + 16), zero)), 3 * UNIT + 16);
    }
    for (; k < inputs; k++) {
      let a0 = zero;
      let a1 = zero;
      let w = kernel + <usize>k * 16;
      for (let e = errors; e < end; w += stripBytes - 16) {
        const wEnd = w + 16;
        for (; w < wEnd; w += 4, e += UNIT) {
          const c = v128.load_splat<f32>(w);
          a0 = f32x4.add(a0, f32x4.mul(c, v128.load(e)));
          a1 = f32x4.add(a1, f32x4.mul(c, v128.load(e, 16)));
        }
      }
      const y = active + <usize>k * UNIT;
      const out = below + <usize>k * UNIT;
      v128.store(out, v128.and(a0, f32x4.gt(v128.load(y), zero)));
      v128.store(out, v128.and(a1, f32x4.gt(v128.load(y, 16), zero)), 16);
    }
  }
}

/** Lane i of the result: the sum of the lanes of the i-th argument. */
// @inline
function laneSums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

// @inline
function accumulate(address: usize, value: v128): void {
  v128.store(address, f32x4.add(v128.load(address), value));
}

/** Adds to the gradient of 2 inputs by 4 units. `rowBytes`: of the rows in work, a multiple of 16. */
// @inline
function pair(x: usize, e: usize, gradient: usize, rowBytes: usize): void {
  let a00 = f32x4.splat(0);
  let a01 = a00;
  let a02 = a00;
  let a03 = a00;
  let a10 = a00;
  let a11 = a00;
  let a12 = a00;
  let a13 = a00;
  for (const end = x + rowBytes; x < end; x += 16, e += 16) {
    const x0 = v128.load(x);
    const x1 = v128.load(x, UNIT);
    let d = v128.load(e);
    a00 = f32x4.add(a00, f32x4.mul(x0, d));
    a10 = f32x4.add(a10, f32x4.mul(x1, d));
    d = v128.load(e, UNIT);
    a01 = f32x4.add(a01, f32x4.mul(x0, d));
    a11 = f32x4.add(a11, f32x4.mul(x1, d));
    d = v128.load(e, 2 * UNIT);
    a02 = f32x4.add(a02, f32x4.mul(x0, d));
    a12 = f32x4.add(a12, f32x4.mul(x1, d));
    d = v128.load(e, 3 * UNIT);
    a03 = f32x4.add(a03, f32x4.mul(x0, d));
    a13 = f32x4.add(a13, f32x4.mul(x1, d));
  }
  accumulate(gradient, laneSums(a00, a01, a02, a03));
  accumulate(gradient + 16, laneSums(a10, a11, a12, a13));
}

/** The same for one input by 4 units. */
function single(x: usize, e: usize, gradient: usize, rowBytes: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  for (const end = x + rowBytes; x < end; x += 16, e += 16) {
    const x0 = v128.load(x);
    a0 = f32x4.add(a0, f32x4.mul(x0, v128.load(e)));
    a1 = f32x4.add(a1, f32x4.mul(x0, v128.load(e, UNIT)));
    a2 = f32x4.add(a2, f32x4.mul(x0, v128.load(e, 2 * UNIT)));
    a3 = f32x4.add(a3, f32x4.mul(x0, v128.load(e, 3 * UNIT)));
  }
  accumulate(gradient, laneSums(a0, a1, a2, a3));
}

/** The same for the bias of 4 units, whose input is 1. */
function bias4(e: usize, gradient: usize, rowBytes: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  for (const end = e + rowBytes; e < end; e += 16) {
    a0 = f32x4.add(a0, v128.load(e));
    a1 = f32x4.add(a1, v128.load(e, UNIT));
    a2 = f32x4.add(a2, v128.load(e, 2 * UNIT));
    a3 = f32x4.add(a3, v128.load(e, 3 * UNIT));
  }
  accumulate(gradient, laneSums(a0, a1, a2, a3));
}

// @inline
function inputsByStrip(x: usize, errors: usize, kernel: usize, inputs: i32, k: i32, s: i32, rowBytes: usize): void {
  const input = x + <usize>k * UNIT;
  const error = errors + <usize>s * 4 * UNIT;
  const gradient = kernel + <usize>(s * inputs + k) * 16;
  if (k + 1 < inputs) pair(input, error, gradient, rowBytes);
  else single(input, error, gradient, rowBytes);
}

/** Adds xᵀ·errors to the gradient of the kernel and the errors to that of the bias. The smaller operand stays in the inner loop. */
export function backParameters(
  x: usize,
  errors: usize,
  kernel: usize,
  bias: usize,
  inputs: i32,
  strips: i32,
  groups: i32,
): void {
  const rowBytes = <usize>groups * GROUP_BYTES;
  if (inputs > strips * 4) {
    for (let k = 0; k < inputs; k += 2) {
      for (let s = 0; s < strips; s++) inputsByStrip(x, errors, kernel, inputs, k, s, rowBytes);
    }
  } else {
    for (let s = 0; s < strips; s++) {
      for (let k = 0; k < inputs; k += 2) inputsByStrip(x, errors, kernel, inputs, k, s, rowBytes);
    }
  }
  for (let s = 0; s < strips; s++) bias4(errors + <usize>s * 4 * UNIT, bias + <usize>s * 16, rowBytes);
}
