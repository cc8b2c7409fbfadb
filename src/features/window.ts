/** Sliding sums over the last minute: six buckets of ten seconds, several counters a slot, in one flat array. */

export const BUCKETS = 6;
export const BUCKET_SECONDS = 10;

export class WindowCounters {
  /** of slot s: `sums[s * counters + k]`, valid after `advance(s, bucket)` */
  readonly sums: Float64Array;
  /** of slot s and counter k: six from `(s * counters + k) * BUCKETS` on */
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
    const { counters, sums, buckets } = this;
    const end = (slot + 1) * counters;
    for (let at = slot * counters; at < end; at++) {
      if (sums[at] === 0) continue;
      sums[at] = 0;
      const first = at * BUCKETS;
      for (let b = first; b < first + BUCKETS; b++) buckets[b] = 0;
    }
    this.current[slot] = bucket;
  }

  /** Lets what is older than six buckets go. */
  advance(slot: number, bucket: number): void {
    const from = this.current[slot];
    if (bucket <= from) return;
    if (bucket - from >= BUCKETS) {
      this.reset(slot, bucket);
      return;
    }
    const { counters, sums, buckets } = this;
    const end = (slot + 1) * counters;
    for (let at = slot * counters; at < end; at++) {
      if (sums[at] === 0) continue;
      for (let b = from + 1; b <= bucket; b++) {
        const gone = at * BUCKETS + (b % BUCKETS);
        sums[at] -= buckets[gone];
        buckets[gone] = 0;
      }
    }
    this.current[slot] = bucket;
  }

  /** The bucket that the slot was last reset or advanced to. */
  bucketOf(slot: number): number {
    return this.current[slot];
  }

  /** Adds to the current bucket; `advance` came before. Values are whole numbers, so that sums stay exact. */
  add(slot: number, bucket: number, counter: number, value: number): void {
    const at = slot * this.counters + counter;
    this.sums[at] += value;
    this.buckets[at * BUCKETS + (bucket % BUCKETS)] += value;
  }

  /** Counts a thing once a minute: `seen` is the bucket in which it was last seen, below `bucket - BUCKETS` for never. */
  addDistinct(slot: number, seen: number, bucket: number, counter: number): void {
    if (seen <= bucket - BUCKETS) this.add(slot, bucket, counter, 1);
    else if (seen < bucket) this.renew(slot, seen, bucket, counter);
  }

  /** Moves one from an earlier bucket, when it still holds one, to the current one: the thing counted was seen again. */
  renew(slot: number, earlier: number, bucket: number, counter: number): void {
    const at = slot * this.counters + counter;
    const before = at * BUCKETS + (earlier % BUCKETS);
    if (this.buckets[before] > 0) this.buckets[before] -= 1;
    else this.sums[at] += 1;
    this.buckets[at * BUCKETS + (bucket % BUCKETS)] += 1;
  }

  /** What the current bucket and the one before it hold: 10 to 20 s. `advance` came before. */
  latest(slot: number, bucket: number, counter: number): number {
    const first = (slot * this.counters + counter) * BUCKETS;
    return this.buckets[first + (bucket % BUCKETS)] + this.buckets[first + ((bucket + BUCKETS - 1) % BUCKETS)];
  }

  get(slot: number, counter: number): number {
    return this.sums[slot * this.counters + counter];
  }
}
