/** The keys of src/base/hash.ts, step by step. A key is its low lane in the low half of a word of 64 bits, and its high lane. */

// @inline
function lanes(low: u32, high: u32): u64 {
  return <u64>low | ((<u64>high) << 32);
}

/** Begins a key of its own kind. */
// @inline
export function start(kind: i32): u64 {
  return lanes(<u32>(kind + 1) * 0x2545f491, <u32>(kind + 1) * 0x6c078965);
}

/** Takes in 64 bits, for example another key: one half a lane. */
// @inline
export function addPair(key: u64, pair: u64): u64 {
  const mixed = key ^ pair;
  let a: u32 = <u32>mixed * 0x9e3779b1;
  a = (a ^ (a >> 15)) * 0x85ebca6b;
  let b: u32 = <u32>(mixed >> 32) * 0xc2b2ae35;
  b = (b ^ (b >> 16)) * 0x27d4eb2f;
  return lanes(a ^ (a >> 13), b ^ (b >> 15));
}

/** Takes in 32 bits. */
// @inline
export function add(key: u64, word: i32): u64 {
  return addPair(key, lanes(<u32>word, <u32>word));
}

/** Takes in `length` bytes; the length is part of the key. */
export function addBytes(key: u64, from: usize, length: i32): u64 {
  const end = from + <usize>length;
  let p = from;
  for (; p + 4 <= end; p += 4) key = add(key, <i32>bswap(load<u32>(p)));
  let rest = length;
  for (; p < end; p++) rest = (rest << 8) | <i32>load<u8>(p);
  return add(key, rest);
}
