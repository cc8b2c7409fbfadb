/**
 * A few columns of a row kept by the key of everything that they depend on: records alike in that get the same values
 * without another look-up of each. Direct-mapped and bounded; a newer key takes an older one's place. A slot is the key,
 * then the values.
 */

export const KEY_BYTES: usize = 8;
/** never a key that is looked for: an empty slot. The bit that a key loses by it is in the slot's number. */
const MARK: u64 = 1;

/** Where a key is or will be. */
// @inline
export function slotOf(memo: usize, slots: i32, width: i32, key: u64): usize {
  const number = (<i32>key ^ <i32>(<u32>(key >> 32) >> 7)) & (slots - 1);
  return memo + <usize>number * (KEY_BYTES + ((<usize>width) << 2));
}

/** Copies the key's columns to `to`, or says false: then `keep` is due. */
// @inline
export function found(slot: usize, width: i32, key: u64, to: usize): bool {
  if (load<u64>(slot) !== (key | MARK)) return false;
  copy(slot + KEY_BYTES, to, width);
  return true;
}

// @inline
export function keep(slot: usize, width: i32, key: u64, from: usize): void {
  store<u64>(slot, key | MARK);
  copy(from, slot + KEY_BYTES, width);
}

// @inline
function copy(from: usize, to: usize, width: i32): void {
  for (let i: usize = 0; i < (<usize>width) << 2; i += 4) store<u32>(to + i, load<u32>(from + i));
}

export function clear(memo: usize, slots: i32, width: i32): void {
  memory.fill(memo, 0, <usize>slots * (KEY_BYTES + ((<usize>width) << 2)));
}
