/** Weighted squared errors: of the reconstruction for training, of each value for scoring. */

import { UNIT } from './net-memory';

/** all ones in the lanes of rows below `count` */
// @inline
function lanes(first: i32, count: i32): v128 {
  return i32x4.lt_s(i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3)), i32x4.splat(count));
}

/**
 * out := its error, weight·(out − target)·scale, 0 for rows from `count` on and for the padding; the loss of each input,
 * weight·(out − target)², is added to its four lanes at `lossLanes`.
 */
export function outputErrors(
  out: usize,
  target: usize,
  weights: usize,
  inputs: i32,
  count: i32,
  scale: f32,
  lossLanes: usize,
): void {
  const valid0 = lanes(0, count);
  const valid1 = lanes(4, count);
  const factor = f32x4.splat(scale);
  for (let j = 0; j < inputs; j++, out += UNIT, target += UNIT, weights += 4, lossLanes += 16) {
    const weight = v128.load_splat<f32>(weights);
    const d0 = v128.and(f32x4.sub(v128.load(out), v128.load(target)), valid0);
    const d1 = v128.and(f32x4.sub(v128.load(out, 16), v128.load(target, 16)), valid1);
    const e0 = f32x4.mul(weight, d0);
    const e1 = f32x4.mul(weight, d1);
    v128.store(lossLanes, f32x4.add(v128.load(lossLanes), f32x4.add(f32x4.mul(e0, d0), f32x4.mul(e1, d1))));
    v128.store(out, f32x4.mul(e0, factor));
    v128.store(out, f32x4.mul(e1, factor), 16);
  }
}

/** Moves the lanes of a batch into the f64 sums of each input. */
export function collectLoss(lossLanes: usize, sums: usize, inputs: i32): void {
  for (let j = 0; j < inputs; j++, lossLanes += 16, sums += 8) {
    const a = v128.load(lossLanes);
    const sum =
      <f64>f32x4.extract_lane(a, 0) +
      <f64>f32x4.extract_lane(a, 1) +
      <f64>f32x4.extract_lane(a, 2) +
      <f64>f32x4.extract_lane(a, 3);
    store<f64>(sums, load<f64>(sums) + sum);
    v128.store(lossLanes, f32x4.splat(0));
  }
}

/** out := (out − target)², and its mean over the inputs for each of the first `count` rows to `rowLoss`. */
export function squaredErrors(out: usize, target: usize, inputs: i32, count: i32, rowLoss: usize): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  for (let j = 0; j < inputs; j++, out += UNIT, target += UNIT) {
    const d0 = f32x4.sub(v128.load(out), v128.load(target));
    const d1 = f32x4.sub(v128.load(out, 16), v128.load(target, 16));
    const e0 = f32x4.mul(d0, d0);
    const e1 = f32x4.mul(d1, d1);
    s0 = f32x4.add(s0, e0);
    s1 = f32x4.add(s1, e1);
    v128.store(out, e0);
    v128.store(out, e1, 16);
  }
  const share = f32x4.splat(1 / <f32>inputs);
  s0 = f32x4.mul(s0, share);
  s1 = f32x4.mul(s1, share);
  putLanes(s0, count, rowLoss);
  putLanes(s1, count - 4, rowLoss + 16);
}

/** The lanes of the first `count` rows. */
function putLanes(values: v128, count: i32, to: usize): void {
  if (count > 0) store<f32>(to, f32x4.extract_lane(values, 0));
  if (count > 1) store<f32>(to, f32x4.extract_lane(values, 1), 4);
  if (count > 2) store<f32>(to, f32x4.extract_lane(values, 2), 8);
  if (count > 3) store<f32>(to, f32x4.extract_lane(values, 3), 12);
}
