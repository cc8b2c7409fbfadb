/** y = x·W + b on panels, 4 units by 8 rows in registers. */

import { UNIT } from './memory';

/**
 * @param x panels of `inputs` units, `xBytes` apart
 * @param y panels of 4·`strips` units, `yBytes` apart
 * @param add y is added to instead of written
 */
export function dense(
  x: usize, xBytes: usize, y: usize, yBytes: usize,
  kernel: usize, bias: usize, inputs: i32, strips: i32, panels: i32, relu: bool, add: bool,
): void {
  const zero = f32x4.splat(0);
  for (let p = 0; p < panels; p++, x += xBytes, y += yBytes) {
    const unrolledEnd = x + (<usize>(inputs & ~3)) * UNIT;
    const end = x + (<usize>inputs) * UNIT;
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
      let k = x;
      while (k < unrolledEnd) {
        let x0 = v128.load(k);
        let x1 = v128.load(k, 16);
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

        x0 = v128.load(k, 32);
        x1 = v128.load(k, 48);
        c = v128.load_splat<f32>(w, 16);
        a00 = f32x4.add(a00, f32x4.mul(c, x0));
        a01 = f32x4.add(a01, f32x4.mul(c, x1));
        c = v128.load_splat<f32>(w, 20);
        a10 = f32x4.add(a10, f32x4.mul(c, x0));
        a11 = f32x4.add(a11, f32x4.mul(c, x1));
        c = v128.load_splat<f32>(w, 24);
        a20 = f32x4.add(a20, f32x4.mul(c, x0));
        a21 = f32x4.add(a21, f32x4.mul(c, x1));
        c = v128.load_splat<f32>(w, 28);
        a30 = f32x4.add(a30, f32x4.mul(c, x0));
        a31 = f32x4.add(a31, f32x4.mul(c, x1));

        x0 = v128.load(k, 64);
        x1 = v128.load(k, 80);
        c = v128.load_splat<f32>(w, 32);
        a00 = f32x4.add(a00, f32x4.mul(c, x0));
        a01 = f32x4.add(a01, f32x4.mul(c, x1));
        c = v128.load_splat<f32>(w, 36);
        a10 = f32x4.add(a10, f32x4.mul(c, x0));
        a11 = f32x4.add(a11, f32x4.mul(c, x1));
        c = v128.load_splat<f32>(w, 40);
        a20 = f32x4.add(a20, f32x4.mul(c, x0));
        a21 = f32x4.add(a21, f32x4.mul(c, x1));
        c = v128.load_splat<f32>(w, 44);
        a30 = f32x4.add(a30, f32x4.mul(c, x0));
        a31 = f32x4.add(a31, f32x4.mul(c, x1));

        x0 = v128.load(k, 96);
        x1 = v128.load(k, 112);
        c = v128.load_splat<f32>(w, 48);
        a00 = f32x4.add(a00, f32x4.mul(c, x0));
        a01 = f32x4.add(a01, f32x4.mul(c, x1));
        c = v128.load_splat<f32>(w, 52);
        a10 = f32x4.add(a10, f32x4.mul(c, x0));
        a11 = f32x4.add(a11, f32x4.mul(c, x1));
        c = v128.load_splat<f32>(w, 56);
        a20 = f32x4.add(a20, f32x4.mul(c, x0));
        a21 = f32x4.add(a21, f32x4.mul(c, x1));
        c = v128.load_splat<f32>(w, 60);
        a30 = f32x4.add(a30, f32x4.mul(c, x0));
        a31 = f32x4.add(a31, f32x4.mul(c, x1));
        k += 128;
        w += 64;
      }
      while (k < end) {
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
        k += 32;
        w += 16;
      }
      if (add) {
        a00 = f32x4.add(a00, v128.load(out));
        a01 = f32x4.add(a01, v128.load(out, 16));
        a10 = f32x4.add(a10, v128.load(out, 32));
        a11 = f32x4.add(a11, v128.load(out, 48));
        a20 = f32x4.add(a20, v128.load(out, 64));
        a21 = f32x4.add(a21, v128.load(out, 80));
        a30 = f32x4.add(a30, v128.load(out, 96));
        a31 = f32x4.add(a31, v128.load(out, 112));
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
      v128.store(out, a10, 32);
      v128.store(out, a11, 48);
      v128.store(out, a20, 64);
      v128.store(out, a21, 80);
      v128.store(out, a30, 96);
      v128.store(out, a31, 112);
    }
  }
}
