/** Sliding sums over the last minute: six buckets of ten seconds, several counters a slot, in one flat array. */

export const BUCKETS = 6;
export const BUCKET_SECONDS = 10;

export class WindowCounters {
  /** of slot s: `sums[s * counters + k]`, valid after `advance(s, bucket)` */
  readonly sums: Float64Array;
  private readonly buckets: Float64Array;
  private readonly current: Int32Array;

  /** @param counters counters a slot */
  constructor(
    slots: number,
    readonly counters: number,
  ) {
    this.sums = new Float64Array(slots * counters);
    this.buckets = new Float64Array(slots * counters * BUCKETS);
    this.current = new Int32Array(slots);
  }

  /** Back to 0. Values are never negative, so a counter whose sum is 0 has nothing in its buckets. */
  reset(slot: number, bucket: number): void {
    const { counters: n, sums, buckets } = this;
    for (let k = 0; k < n; k++) {
      if (sums[slot * n + k] === 0) continue;
      sums[slot * n + k] = 0;
      for (let b = 0; b < BUCKETS; b++) buckets[(slot * BUCKETS + b) * n + k] = 0;
    }
    this.current[slot] = bucket;
  }

  /** Lets what is older than six buckets go. */
  advance(slot: number, bucket: number): void {
    const from = this.current[slot];
    if (bucket <= from) return;
    const { counters: n, sums, buckets } = this;
    const steps = Math.min(BUCKETS, bucket - from);
    for (let k = 0; k < n; k++) {
      if (sums[slot * n + k] === 0) continue;
      for (let step = 1; step <= steps; step++) {
        const at = (slot * BUCKETS + ((from + step) % BUCKETS)) * n + k;
        sums[slot * n + k] -= buckets[at];
        buckets[at] = 0;
      }
    }
    this.current[slot] = bucket;
  }

  /** Adds to the current bucket; `advance` came before. Values are whole numbers, so that sums stay exact. */
  add(slot: number, bucket: number, counter: number, value: number): void {
    const n = this.counters;
    this.sums[slot * n + counter] += value;
    this.buckets[(slot * BUCKETS + (bucket % BUCKETS)) * n + counter] += value;
  }

  /** Moves one from an earlier bucket, when it still holds one, to the current one: the thing counted was seen again. */
  renew(slot: number, earlier: number, bucket: number, counter: number): void {
    const n = this.counters;
    const at = (slot * BUCKETS + (earlier % BUCKETS)) * n + counter;
    if (this.buckets[at] > 0) this.buckets[at] -= 1;
    else this.sums[slot * n + counter] += 1;
    this.buckets[(slot * BUCKETS + (bucket % BUCKETS)) * n + counter] += 1;
  }

  /** What the current bucket and the one before it hold: 10 to 20 s. `advance` came before. */
  latest(slot: number, bucket: number, counter: number): number {
    const n = this.counters;
    const now = this.buckets[(slot * BUCKETS + (bucket % BUCKETS)) * n + counter];
    return now + this.buckets[(slot * BUCKETS + ((bucket + BUCKETS - 1) % BUCKETS)) * n + counter];
  }

  get(slot: number, counter: number): number {
    return this.sums[slot * this.counters + counter];
  }
}
