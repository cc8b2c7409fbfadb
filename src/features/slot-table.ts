/**
 * A bounded map from 64-bit keys to slot numbers, for state that lives in flat arrays beside it.
 *
 * Set-associative open addressing: a key may live in one of eight neighbouring entries (two cache lines), so every
 * look-up, insertion and eviction costs at most eight comparisons whatever the keys are. A full set gives up the slot
 * unused for longest; a slot used only once counts as older, a minute if nothing else is said, so that a flood of keys
 * seen once (spoofed sources, scanned ports) pushes out itself and not the hosts that are really there.
 *
 * Slots are numbered in the order of their first use, so that the state of the keys that are there lies together and
 * shares cache lines and pages; by hash it would be spread over the whole capacity.
 */

const WAYS = 8;
/** `tick` units per second; 2^31 of them are four years. */
const TICKS_PER_SECOND = 16;

/** The time in 1/16 s, in 32 bits: ages are right across its overflow. */
export function tickOf(seconds: number): number {
  return Math.floor(seconds * TICKS_PER_SECOND) | 0;
}

const ONCE_PENALTY_SECONDS = 60;

/** Layout of an entry: two words of key, time of the last use, and 0 for empty, else 2·(slot + 1), and 1 more once it was used again. */
const ENTRY = 4;
const HIGH = 1;
const TOUCHED = 2;
const SLOT = 3;
const AGAIN = 1;
const SET = WAYS * ENTRY;

export class SlotTable {
  /** the slot last returned by `claim` was given to a new key: its state must be reset */
  fresh = false;
  private readonly entries: Int32Array;
  private readonly setMask: number;
  /** slots given out so far */
  private taken = 0;
  /** place of the entry last claimed */
  private claimed = 0;
  private readonly oncePenalty: number;

  /**
   * @param capacity number of slots, a power of two from 8
   * @param oncePenaltySeconds so much older counts what was used only once
   */
  constructor(
    readonly capacity: number,
    oncePenaltySeconds = ONCE_PENALTY_SECONDS,
  ) {
    this.oncePenalty = oncePenaltySeconds * TICKS_PER_SECOND;
    this.entries = new Int32Array(ENTRY * capacity);
    this.setMask = capacity / WAYS - 1;
  }

  /** The slot of a key, or -1. Does not count as use. */
  find(low: number, high: number): number {
    const { entries } = this;
    const first = (low & this.setMask) * SET;
    for (let at = first; at < first + SET; at += ENTRY) {
      if (entries[at] === low && entries[at + HIGH] === high && entries[at + SLOT] !== 0) {
        return (entries[at + SLOT] >> 1) - 1;
      }
    }
    return -1;
  }

  /** The slot of a key, found or made; `fresh` tells which. `tick`: the time in 1/16 s. */
  claim(low: number, high: number, tick: number): number {
    const { entries } = this;
    const first = (low & this.setMask) * SET;
    let victim = first;
    let oldest = -0x80000000;
    for (let at = first; at < first + SET; at += ENTRY) {
      const state = entries[at + SLOT];
      if (state === 0) return this.take(at, this.taken++, low, high, tick);
      if (entries[at] === low && entries[at + HIGH] === high) {
        entries[at + TOUCHED] = tick;
        entries[at + SLOT] = state | AGAIN;
        this.claimed = at;
        this.fresh = false;
        return (state >> 1) - 1;
      }
      const age = ((tick - entries[at + TOUCHED]) | 0) + ((state & AGAIN) === 0 ? this.oncePenalty : 0);
      if (age > oldest) {
        oldest = age;
        victim = at;
      }
    }
    return this.take(victim, (entries[victim + SLOT] >> 1) - 1, low, high, tick);
  }

  /** Gives the entry at `at` and its slot to a new key. */
  private take(at: number, slot: number, low: number, high: number, tick: number): number {
    const { entries } = this;
    entries[at] = low;
    entries[at + HIGH] = high;
    entries[at + TOUCHED] = tick;
    entries[at + SLOT] = (slot + 1) << 1;
    this.claimed = at;
    this.fresh = true;
    return slot;
  }

  /** The use last claimed does not count as another one: its slot may go as if it had been used once. */
  discount(): void {
    this.entries[this.claimed + SLOT] &= ~AGAIN;
  }

  /** The key last claimed counts as used at `tick`, which may lie ahead. */
  keep(tick: number): void {
    this.entries[this.claimed + TOUCHED] = tick;
  }

  clear(): void {
    this.entries.fill(0);
    this.taken = 0;
  }
}
