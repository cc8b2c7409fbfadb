/**
 * A bounded map from 64-bit keys to slot numbers, for state that lives in flat arrays beside it.
 *
 * Set-associative open addressing: a key may live in one of eight neighbouring slots (two cache lines), so every
 * look-up, insertion and eviction costs at most eight comparisons whatever the keys are. A full set gives up the slot
 * unused for longest; a slot used only once counts as a minute older, so that a flood of keys seen once (spoofed
 * sources, scanned ports) pushes out itself and not the hosts that are really there.
 */

const WAYS = 8;
/** `tick` units per second; 2^31 of them are four years. */
export const TICKS_PER_SECOND = 16;
const ONCE_PENALTY = 60 * TICKS_PER_SECOND;

/** Layout of an entry: two words of key, time of the last use, and 0 empty, 1 used once, 2 used again. */
const ENTRY = 4;
const HIGH = 1;
const TOUCHED = 2;
const USES = 3;

export class SlotTable {
  /** the slot last returned by `claim` was given to a new key: its state must be reset */
  fresh = false;
  private readonly entries: Int32Array;
  private readonly setMask: number;

  /** @param capacity number of slots, a power of two from 8 */
  constructor(readonly capacity: number) {
    this.entries = new Int32Array(ENTRY * capacity);
    this.setMask = capacity / WAYS - 1;
  }

  /** The slot of a key, or -1. Does not count as use. */
  find(low: number, high: number): number {
    const { entries } = this;
    const first = (low & this.setMask) * WAYS;
    for (let slot = first, at = first * ENTRY; slot < first + WAYS; slot++, at += ENTRY) {
      if (entries[at] === low && entries[at + HIGH] === high && entries[at + USES] !== 0) return slot;
    }
    return -1;
  }

  /** The slot of a key, found or made; `fresh` tells which. `tick`: the time in 1/16 s. */
  claim(low: number, high: number, tick: number): number {
    const { entries } = this;
    const first = (low & this.setMask) * WAYS;
    let victim = first;
    let oldest = -1;
    for (let slot = first, at = first * ENTRY; slot < first + WAYS; slot++, at += ENTRY) {
      const uses = entries[at + USES];
      if (uses === 0) {
        victim = slot;
        break;
      }
      if (entries[at] === low && entries[at + HIGH] === high) {
        entries[at + TOUCHED] = tick;
        entries[at + USES] = 2;
        this.fresh = false;
        return slot;
      }
      const age = ((tick - entries[at + TOUCHED]) | 0) + (uses === 1 ? ONCE_PENALTY : 0);
      if (age > oldest) {
        oldest = age;
        victim = slot;
      }
    }
    const at = victim * ENTRY;
    entries[at] = low;
    entries[at + HIGH] = high;
    entries[at + TOUCHED] = tick;
    entries[at + USES] = 1;
    this.fresh = true;
    return victim;
  }

  clear(): void {
    this.entries.fill(0);
  }
}
