/**
 * The bounded map of src/features/slot-table.ts: sets of eight entries, each two words of key, time of the last use, and
 * 0 for empty, else 2·(slot + 1), and 1 more once it was used again. How many slots are taken stands behind the entries.
 */

const ENTRY: usize = 16;
const SET: usize = 8 * ENTRY;
const TOUCHED: usize = 8;
const SLOT: usize = 12;
/** a slot used only once counts as a minute older [1/16 s] */
const ONCE_PENALTY: i32 = 60 * 16;

/** the slot last given out went to a new key: its state must be reset */
export let fresh: bool = false;

/** The slot of a key, found or made; `fresh` tells which. */
export function claim(table: usize, capacity: i32, key: u64, tick: i32): i32 {
  const first = table + <usize>(<i32>key & ((capacity >> 3) - 1)) * SET;
  let victim = first;
  let oldest = -1;
  for (let at = first; at < first + SET; at += ENTRY) {
    const state = load<i32>(at, SLOT);
    if (state === 0) {
      const counter = table + ENTRY * <usize>capacity;
      const slot = load<i32>(counter);
      store<i32>(counter, slot + 1);
      return take(at, slot, key, tick);
    }
    if (load<u64>(at) === key) {
      store<i32>(at, tick, TOUCHED);
      store<i32>(at, state | 1, SLOT);
      fresh = false;
      return (state >> 1) - 1;
    }
    const age = tick - load<i32>(at, TOUCHED) + ((state & 1) === 0 ? ONCE_PENALTY : 0);
    if (age > oldest) {
      oldest = age;
      victim = at;
    }
  }
  return take(victim, (load<i32>(victim, SLOT) >> 1) - 1, key, tick);
}

function take(at: usize, slot: i32, key: u64, tick: i32): i32 {
  store<u64>(at, key);
  store<i32>(at, tick, TOUCHED);
  store<i32>(at, (slot + 1) << 1, SLOT);
  fresh = true;
  return slot;
}

export function empty(table: usize, capacity: i32): void {
  memory.fill(table, 0, ENTRY * <usize>capacity + 4);
}
