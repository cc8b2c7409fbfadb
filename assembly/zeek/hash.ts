/** The hash of src/base/hash.ts, step by step. */

// @ts-ignore: decorator
@inline
function lower(lane: i32, word: i32): i32 {
  let a: u32 = <u32>(lane ^ word) * 0x9e3779b1;
  a = (a ^ (a >> 15)) * 0x85ebca6b;
  return a ^ (a >> 13);
}

// @ts-ignore: decorator
@inline
function upper(lane: i32, word: i32): i32 {
  let b: u32 = <u32>(lane ^ word) * 0xc2b2ae35;
  b = (b ^ (b >> 16)) * 0x27d4eb2f;
  return b ^ (b >> 15);
}

/** Of `length` bytes from `from` on, as a key of this kind: two words at `to`. */
export function hash(kind: i32, from: usize, length: i32, to: usize): void {
  let low: i32 = (kind + 1) * 0x2545f491;
  let high: i32 = (kind + 1) * 0x6c078965;
  const end = from + <usize>length;
  let p = from;
  for (; p + 4 <= end; p += 4) {
    const word = <i32>bswap(load<u32>(p));
    low = lower(low, word);
    high = upper(high, word);
  }
  let rest = length;
  for (; p < end; p++) rest = (rest << 8) | <i32>load<u8>(p);
  store<i32>(to, lower(low, rest));
  store<i32>(to, upper(high, rest), 4);
}
