/** Errors of the layer below, and gradients of kernel and bias, on panels. */

import { UNIT } from './memory';

/** below = (W·errors) where the layer below was active; 4 of its units by 8 rows in registers. `active`: its outputs, as `below`. */
export function backErrors(
  errors: usize, errorBytes: usize, below: usize, active: usize, belowBytes: usize,
  kernel: usize, inputs: i32, strips: i32, panels: i32,
): void {
  const zero = f32x4.splat(0);
  const stripBytes = (<usize>inputs) * 16;
  const errorEnd = (<usize>strips) * 4 * UNIT;
  const fours = inputs & ~3;
  for (let p = 0; p < panels; p++, errors += errorBytes, below += belowBytes, active += belowBytes) {
    const end = errors + errorEnd;
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
      let w = kernel + (<usize>k) * 16;
      for (let e = errors; e < end; e += 128, w += stripBytes) {
        let e0 = v128.load(e);
        let e1 = v128.load(e, 16);
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

        e0 = v128.load(e, 32);
        e1 = v128.load(e, 48);
        c = v128.load_splat<f32>(w, 4);
        a00 = f32x4.add(a00, f32x4.mul(c, e0));
        a01 = f32x4.add(a01, f32x4.mul(c, e1));
        c = v128.load_splat<f32>(w, 20);
        a10 = f32x4.add(a10, f32x4.mul(c, e0));
        a11 = f32x4.add(a11, f32x4.mul(c, e1));
        c = v128.load_splat<f32>(w, 36);
        a20 = f32x4.add(a20, f32x4.mul(c, e0));
        a21 = f32x4.add(a21, f32x4.mul(c, e1));
        c = v128.load_splat<f32>(w, 52);
        a30 = f32x4.add(a30, f32x4.mul(c, e0));
        a31 = f32x4.add(a31, f32x4.mul(c, e1));

        e0 = v128.load(e, 64);
        e1 = v128.load(e, 80);
        c = v128.load_splat<f32>(w, 8);
        a00 = f32x4.add(a00, f32x4.mul(c, e0));
        a01 = f32x4.add(a01, f32x4.mul(c, e1));
        c = v128.load_splat<f32>(w, 24);
        a10 = f32x4.add(a10, f32x4.mul(c, e0));
        a11 = f32x4.add(a11, f32x4.mul(c, e1));
        c = v128.load_splat<f32>(w, 40);
        a20 = f32x4.add(a20, f32x4.mul(c, e0));
        a21 = f32x4.add(a21, f32x4.mul(c, e1));
        c = v128.load_splat<f32>(w, 56);
        a30 = f32x4.add(a30, f32x4.mul(c, e0));
        a31 = f32x4.add(a31, f32x4.mul(c, e1));

        e0 = v128.load(e, 96);
        e1 = v128.load(e, 112);
        c = v128.load_splat<f32>(w, 12);
        a00 = f32x4.add(a00, f32x4.mul(c, e0));
        a01 = f32x4.add(a01, f32x4.mul(c, e1));
        c = v128.load_splat<f32>(w, 28);
        a10 = f32x4.add(a10, f32x4.mul(c, e0));
        a11 = f32x4.add(a11, f32x4.mul(c, e1));
        c = v128.load_splat<f32>(w, 44);
        a20 = f32x4.add(a20, f32x4.mul(c, e0));
        a21 = f32x4.add(a21, f32x4.mul(c, e1));
        c = v128.load_splat<f32>(w, 60);
        a30 = f32x4.add(a30, f32x4.mul(c, e0));
        a31 = f32x4.add(a31, f32x4.mul(c, e1));
      }
      const y = active + (<usize>k) * UNIT;
      const out = below + (<usize>k) * UNIT;
      v128.store(out, v128.and(a00, f32x4.gt(v128.load(y), zero)));
      v128.store(out, v128.and(a01, f32x4.gt(v128.load(y, 16), zero)), 16);
      v128.store(out, v128.and(a10, f32x4.gt(v128.load(y, 32), zero)), 32);
      v128.store(out, v128.and(a11, f32x4.gt(v128.load(y, 48), zero)), 48);
      v128.store(out, v128.and(a20, f32x4.gt(v128.load(y, 64), zero)), 64);
      v128.store(out, v128.and(a21, f32x4.gt(v128.load(y, 80), zero)), 80);
      v128.store(out, v128.and(a30, f32x4.gt(v128.load(y, 96), zero)), 96);
      v128.store(out, v128.and(a31, f32x4.gt(v128.load(y, 112), zero)), 112);
    }
    for (; k < inputs; k++) {
      let a0 = zero;
      let a1 = zero;
      let w = kernel + (<usize>k) * 16;
      for (let e = errors; e < end; e += 128, w += stripBytes) {
        for (let n: usize = 0; n < 4; n++) {
          const c = v128.load_splat<f32>(w + n * 4);
          a0 = f32x4.add(a0, f32x4.mul(c, v128.load(e + n * UNIT)));
          a1 = f32x4.add(a1, f32x4.mul(c, v128.load(e + n * UNIT, 16)));
        }
      }
      const y = active + (<usize>k) * UNIT;
      const out = below + (<usize>k) * UNIT;
      v128.store(out, v128.and(a0, f32x4.gt(v128.load(y), zero)));
      v128.store(out, v128.and(a1, f32x4.gt(v128.load(y, 16), zero)), 16);
    }
  }
}

/** Lane i of the result: the sum of the lanes of the i-th argument. */
// @ts-ignore: decorator
@inline
function laneSums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

// @ts-ignore: decorator
@inline
function accumulate(address: usize, value: v128): void {
  v128.store(address, f32x4.add(v128.load(address), value));
}

/** Adds to the gradient of 2 inputs by 4 units. */
function pair(x: usize, xBytes: usize, e: usize, errorBytes: usize, gradient: usize, panels: i32): void {
  let a00 = f32x4.splat(0);
  let a01 = a00;
  let a02 = a00;
  let a03 = a00;
  let a10 = a00;
  let a11 = a00;
  let a12 = a00;
  let a13 = a00;
  for (let p = 0; p < panels; p++, x += xBytes, e += errorBytes) {
    let x0 = v128.load(x);
    let x1 = v128.load(x, 32);
    let d = v128.load(e);
    a00 = f32x4.add(a00, f32x4.mul(x0, d));
    a10 = f32x4.add(a10, f32x4.mul(x1, d));
    d = v128.load(e, 32);
    a01 = f32x4.add(a01, f32x4.mul(x0, d));
    a11 = f32x4.add(a11, f32x4.mul(x1, d));
    d = v128.load(e, 64);
    a02 = f32x4.add(a02, f32x4.mul(x0, d));
    a12 = f32x4.add(a12, f32x4.mul(x1, d));
    d = v128.load(e, 96);
    a03 = f32x4.add(a03, f32x4.mul(x0, d));
    a13 = f32x4.add(a13, f32x4.mul(x1, d));

    x0 = v128.load(x, 16);
    x1 = v128.load(x, 48);
    d = v128.load(e, 16);
    a00 = f32x4.add(a00, f32x4.mul(x0, d));
    a10 = f32x4.add(a10, f32x4.mul(x1, d));
    d = v128.load(e, 48);
    a01 = f32x4.add(a01, f32x4.mul(x0, d));
    a11 = f32x4.add(a11, f32x4.mul(x1, d));
    d = v128.load(e, 80);
    a02 = f32x4.add(a02, f32x4.mul(x0, d));
    a12 = f32x4.add(a12, f32x4.mul(x1, d));
    d = v128.load(e, 112);
    a03 = f32x4.add(a03, f32x4.mul(x0, d));
    a13 = f32x4.add(a13, f32x4.mul(x1, d));
  }
  accumulate(gradient, laneSums(a00, a01, a02, a03));
  accumulate(gradient + 16, laneSums(a10, a11, a12, a13));
}

/** The same for one input by 4 units; with `x` = 0 for the bias, whose input is 1. */
function single(x: usize, xBytes: usize, e: usize, errorBytes: usize, gradient: usize, panels: i32): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let x0 = f32x4.splat(1);
  let x1 = x0;
  for (let p = 0; p < panels; p++, e += errorBytes) {
    if (x != 0) {
      x0 = v128.load(x);
      x1 = v128.load(x, 16);
      x += xBytes;
    }
    a0 = f32x4.add(a0, f32x4.add(f32x4.mul(x0, v128.load(e)), f32x4.mul(x1, v128.load(e, 16))));
    a1 = f32x4.add(a1, f32x4.add(f32x4.mul(x0, v128.load(e, 32)), f32x4.mul(x1, v128.load(e, 48))));
    a2 = f32x4.add(a2, f32x4.add(f32x4.mul(x0, v128.load(e, 64)), f32x4.mul(x1, v128.load(e, 80))));
    a3 = f32x4.add(a3, f32x4.add(f32x4.mul(x0, v128.load(e, 96)), f32x4.mul(x1, v128.load(e, 112))));
  }
  accumulate(gradient, laneSums(a0, a1, a2, a3));
}

// @ts-ignore: decorator
@inline
function tile(
  x: usize, xBytes: usize, errors: usize, errorBytes: usize, kernel: usize, inputs: i32, k: i32, s: i32, panels: i32,
): void {
  const input = x + (<usize>k) * UNIT;
  const error = errors + (<usize>s) * 4 * UNIT;
  const gradient = kernel + (<usize>(s * inputs + k)) * 16;
  if (k + 1 < inputs) pair(input, xBytes, error, errorBytes, gradient, panels);
  else single(input, xBytes, error, errorBytes, gradient, panels);
}

/** Adds xᵀ·errors to the gradient of the kernel and the errors to that of the bias. The smaller operand stays in the inner loop. */
export function backParameters(
  x: usize, xBytes: usize, errors: usize, errorBytes: usize,
  kernel: usize, bias: usize, inputs: i32, strips: i32, panels: i32,
): void {
  if (inputs > strips * 4) {
    for (let k = 0; k < inputs; k += 2) {
      for (let s = 0; s < strips; s++) tile(x, xBytes, errors, errorBytes, kernel, inputs, k, s, panels);
    }
  } else {
    for (let s = 0; s < strips; s++) {
      for (let k = 0; k < inputs; k += 2) tile(x, xBytes, errors, errorBytes, kernel, inputs, k, s, panels);
    }
  }
  for (let s = 0; s < strips; s++) {
    single(0, 0, errors + (<usize>s) * 4 * UNIT, errorBytes, bias + (<usize>s) * 16, panels);
  }
}
