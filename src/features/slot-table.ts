/**
 * A bounded map from 64-bit keys to slot numbers, for state that lives in flat arrays beside it.
 *
 * Set-associative open addressing: a key may live in one of eight neighbouring slots (one cache line of keys), so every
 * look-up, insertion and eviction costs at most eight comparisons whatever the keys are. A full set gives up the slot
 * unused for longest; a slot used only once counts as a minute older, so that a flood of keys seen once (spoofed
 * sources, scanned ports) pushes out itself and not the hosts that are really there.
 */

const WAYS = 8;
/** `tick` units per second; 2^31 of them are four years. */
export const TICKS_PER_SECOND = 16;
const ONCE_PENALTY = 60 * TICKS_PER_SECOND;

export class SlotTable {
  readonly capacity: number;
  /** the slot last returned by `claim` was given to a new key: its state must be reset */
  fresh = false;
  private readonly keys: Int32Array;
  private readonly touched: Int32Array;
  /** 0 empty, 1 used once, 2 used again */
  private readonly uses: Uint8Array;
  private readonly setMask: number;

  /** @param capacity number of slots, a power of two from 8 */
  constructor(capacity: number) {
    this.capacity = capacity;
    this.keys = new Int32Array(2 * capacity);
    this.touched = new Int32Array(capacity);
    this.uses = new Uint8Array(capacity);
    this.setMask = capacity / WAYS - 1;
  }

  /** The slot of a key, or -1. Does not count as use. */
  find(low: number, high: number): number {
    const first = (low & this.setMask) * WAYS;
    const { keys, uses } = this;
    for (let slot = first; slot < first + WAYS; slot++) {
      if (keys[2 * slot] === low && keys[2 * slot + 1] === high && uses[slot] !== 0) return slot;
    }
    return -1;
  }

  /** The slot of a key, found or made; `fresh` tells which. `tick`: the time in 1/16 s. */
  claim(low: number, high: number, tick: number): number {
    const first = (low & this.setMask) * WAYS;
    const { keys, touched, uses } = this;
    let victim = first;
    let oldest = -1;
    for (let slot = first; slot < first + WAYS; slot++) {
      const use = uses[slot];
      if (use === 0) {
        victim = slot;
        break;
      }
      if (keys[2 * slot] === low && keys[2 * slot + 1] === high) {
        touched[slot] = tick;
        uses[slot] = 2;
        this.fresh = false;
        return slot;
      }
      const age = ((tick - touched[slot]) | 0) + (use === 1 ? ONCE_PENALTY : 0);
      if (age > oldest) {
        oldest = age;
        victim = slot;
      }
    }
    keys[2 * victim] = low;
    keys[2 * victim + 1] = high;
    touched[victim] = tick;
    uses[victim] = 1;
    this.fresh = true;
    return victim;
  }

  clear(): void {
    this.uses.fill(0);
  }
}
