/** Which inputs of a row have the largest weighted residuals. */

import { TOP, UNIT } from './net-memory';

/**
 * For 4 rows at `errors` (a half of a group, [unit][row]): the numbers of the TOP largest error·inverse, largest first, to
 * `to`[row][TOP] for the first `count` rows. A number stands in the lowest bits of its value, so that one list of values, kept
 * in order by a minimum and a maximum a place, carries both; values that differ by less than those bits may swap places.
 */
export function largest(errors: usize, inverse: usize, inputs: i32, count: i32, to: usize): void {
  const numberBits = i32x4.splat(inputs <= 128 ? 0x7f : 0x3ff);
  const valueBits = v128.not(numberBits);
  const one = i32x4.splat(1);
  let number = i32x4.splat(0);
  let b0 = i32x4.splat(-1);
  let b1 = i32x4.splat(-1);
  let b2 = i32x4.splat(-1);
  let b3 = i32x4.splat(-1);
  let b4 = i32x4.splat(-1);
  let b5 = i32x4.splat(-1);
  let b6 = i32x4.splat(-1);
  let b7 = i32x4.splat(-1);
  let b8 = i32x4.splat(-1);
  let b9 = i32x4.splat(-1);
  for (let j = 0; j < inputs; j++, errors += UNIT, inverse += 4) {
    const value = f32x4.mul(v128.load(errors), v128.load_splat<f32>(inverse));
    let v = v128.or(v128.and(value, valueBits), number);
    number = i32x4.add(number, one);
    let high = i32x4.max_s(b0, v);
    v = i32x4.min_s(b0, v);
    b0 = high;
    high = i32x4.max_s(b1, v);
    v = i32x4.min_s(b1, v);
    b1 = high;
    high = i32x4.max_s(b2, v);
    v = i32x4.min_s(b2, v);
    b2 = high;
    high = i32x4.max_s(b3, v);
    v = i32x4.min_s(b3, v);
    b3 = high;
    high = i32x4.max_s(b4, v);
    v = i32x4.min_s(b4, v);
    b4 = high;
    high = i32x4.max_s(b5, v);
    v = i32x4.min_s(b5, v);
    b5 = high;
    high = i32x4.max_s(b6, v);
    v = i32x4.min_s(b6, v);
    b6 = high;
    high = i32x4.max_s(b7, v);
    v = i32x4.min_s(b7, v);
    b7 = high;
    high = i32x4.max_s(b8, v);
    v = i32x4.min_s(b8, v);
    b8 = high;
    b9 = i32x4.max_s(b9, v);
  }
  put(v128.and(b0, numberBits), count, to + 0);
  put(v128.and(b1, numberBits), count, to + 4);
  put(v128.and(b2, numberBits), count, to + 8);
  put(v128.and(b3, numberBits), count, to + 12);
  put(v128.and(b4, numberBits), count, to + 16);
  put(v128.and(b5, numberBits), count, to + 20);
  put(v128.and(b6, numberBits), count, to + 24);
  put(v128.and(b7, numberBits), count, to + 28);
  put(v128.and(b8, numberBits), count, to + 32);
  put(v128.and(b9, numberBits), count, to + 36);
}

/** One rank of up to 4 rows. */
function put(numbers: v128, count: i32, to: usize): void {
  const rowBytes: usize = TOP * 4;
  if (count > 0) store<i32>(to, i32x4.extract_lane(numbers, 0));
  if (count > 1) store<i32>(to + rowBytes, i32x4.extract_lane(numbers, 1));
  if (count > 2) store<i32>(to + 2 * rowBytes, i32x4.extract_lane(numbers, 2));
  if (count > 3) store<i32>(to + 3 * rowBytes, i32x4.extract_lane(numbers, 3));
}
