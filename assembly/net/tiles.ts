/** Between rows [count x inputs] and tiles [unit][row]. */

import { CLIP, GROUP, UNIT } from './net-memory';

/** 4 x 4: rows in, columns out to `to`, `to` + UNIT, … */
// @inline
function columns(a: v128, b: v128, c: v128, d: v128, to: usize): void {
  const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const ab1 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const cd1 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(ab0, cd0, 0, 1, 4, 5));
  v128.store(to, v128.shuffle<f32>(ab0, cd0, 2, 3, 6, 7), UNIT);
  v128.store(to, v128.shuffle<f32>(ab1, cd1, 0, 1, 4, 5), 2 * UNIT);
  v128.store(to, v128.shuffle<f32>(ab1, cd1, 2, 3, 6, 7), 3 * UNIT);
}

/** A group of the tile from `count` (1..8) rows; rows that are missing repeat the last one, units beyond `inputs` become 0. */
export function gather(rows: usize, inputs: i32, count: i32, group: usize): void {
  const rowBytes = <usize>inputs * 4;
  const last = rows + <usize>(count - 1) * rowBytes;
  const rest = inputs & 3;
  const keep = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(rest));
  for (let half: usize = 0; half < 2; half++) {
    const r0 = min(last, rows + half * 4 * rowBytes);
    const r1 = min(last, r0 + rowBytes);
    const r2 = min(last, r1 + rowBytes);
    const r3 = min(last, r2 + rowBytes);
    let to = group + half * 16;
    const end = <usize>(inputs & ~3) * 4;
    let at: usize = 0;
    for (; at < end; at += 16, to += 4 * UNIT) {
      columns(v128.load(r0 + at), v128.load(r1 + at), v128.load(r2 + at), v128.load(r3 + at), to);
    }
    if (rest !== 0) {
      columns(
        v128.and(v128.load(r0 + at), keep),
        v128.and(v128.load(r1 + at), keep),
        v128.and(v128.load(r2 + at), keep),
        v128.and(v128.load(r3 + at), keep),
        to,
      );
    }
  }
}

// @inline
function scaled(x: v128, center: v128, inverse: v128): v128 {
  const z = f64x2.mul(f64x2.sub(f64x2.promote_low_f32x4(x), center), inverse);
  return f32x4.demote_f64x2_zero(f64x2.min(f64x2.max(z, f64x2.splat(-(<f64>CLIP))), f64x2.splat(<f64>CLIP)));
}

/**
 * The same from raw rows at `rows`, of which the next are number `order`[0], `order`[1], …; with columns picked and values scaled
 * as RobustScaler.apply (src/model/scaler.ts) does it, in f64, to the same bits.
 */
export function gatherScaled(
  rows: usize,
  order: usize,
  rawColumns: i32,
  count: i32,
  inputs: i32,
  column: usize,
  center: usize,
  inverse: usize,
  group: usize,
): void {
  const rowBytes = <usize>rawColumns * 4;
  for (let half = 0; half < GROUP; half += 4) {
    const r0 = rows + <usize>load<i32>(order + <usize>(min(count - 1, half) * 4)) * rowBytes;
    const r1 = rows + <usize>load<i32>(order + <usize>(min(count - 1, half + 1) * 4)) * rowBytes;
    const r2 = rows + <usize>load<i32>(order + <usize>(min(count - 1, half + 2) * 4)) * rowBytes;
    const r3 = rows + <usize>load<i32>(order + <usize>(min(count - 1, half + 3) * 4)) * rowBytes;
    let to = group + <usize>half * 4;
    let k = 0;
    for (; k < inputs; k++, to += UNIT) {
      const at = <usize>load<i32>(column + <usize>k * 4) * 4;
      const c = v128.load_splat<f64>(center + <usize>k * 8);
      const i = v128.load_splat<f64>(inverse + <usize>k * 8);
      const low = scaled(v128.load_lane<f32>(r1 + at, v128.load32_zero(r0 + at), 1), c, i);
      const high = scaled(v128.load_lane<f32>(r3 + at, v128.load32_zero(r2 + at), 1), c, i);
      v128.store(to, v128.shuffle<f64>(low, high, 0, 2));
    }
    for (; (k & 3) !== 0; k++, to += UNIT) v128.store(to, i32x4.splat(0));
  }
}

/** The inverse, for the first `count` rows. */
export function scatter(group: usize, inputs: i32, count: i32, rows: usize): void {
  const rowBytes = <usize>inputs * 4;
  for (let r = 0; r < count; r++) {
    let from = group + <usize>r * 4;
    const row = rows + <usize>r * rowBytes;
    for (let at: usize = 0; at < rowBytes; at += 4, from += UNIT) store<f32>(row + at, load<f32>(from));
  }
}

/**
 * Masked and noisy copy of a group whose first row is number `position` of the epoch. The same function of the same counters as
 * `corrupt` in src/model/corruption.ts, four rows at a time.
 */
export function corrupt(
  group: usize,
  inputs: i32,
  position: i32,
  key: i32,
  maskBelow: i32,
  noise: f32,
  to: usize,
): void {
  const spread = i32x4.splat(0x9e3779b1);
  const first = i32x4.splat(0x85ebca6b);
  const second = i32x4.splat(0xc2b2ae35);
  const keys = i32x4.splat(key);
  const below = i32x4.splat(maskBelow);
  const bytes = i32x4.splat(0x00ff00ff);
  const low = i32x4.splat(0xffff);
  const scale = f32x4.splat(noise);
  const one = i32x4.splat(1);
  for (let half = 0; half < GROUP / 4; half++) {
    const row = i32x4.add(i32x4.splat(position + half * 4), i32x4(0, 1, 2, 3));
    let counter = i32x4.mul(row, i32x4.splat(inputs));
    const offset = <usize>half * 16;
    for (let k = 0; k < inputs; k++) {
      const at = <usize>k * UNIT + offset;
      let h = v128.xor(i32x4.mul(counter, spread), keys);
      h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 16)), first);
      h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 13)), second);
      h = v128.xor(h, i32x4.shr_u(h, 16));
      const kept = i32x4.ge_u(h, below);
      let x = v128.load(group + at);
      if (noise !== 0) {
        h = i32x4.mul(h, first);
        h = v128.xor(h, i32x4.shr_u(h, 15));
        const pairs = i32x4.add(v128.and(h, bytes), v128.and(i32x4.shr_u(h, 8), bytes));
        const sum = i32x4.add(v128.and(pairs, low), i32x4.shr_u(pairs, 16));
        x = f32x4.add(x, f32x4.mul(f32x4.convert_i32x4_s(i32x4.sub(sum, i32x4.splat(510))), scale));
      }
      v128.store(to + at, v128.and(x, kept));
      counter = i32x4.add(counter, one);
    }
  }
}
