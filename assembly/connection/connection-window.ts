/**
 * The sliding sums of src/features/window.ts: six buckets of ten seconds. What stands at `at`: the bucket last advanced to
 * (i32), `counters` sums (i32), then six times as many for the buckets, those of one bucket side by side.
 */

export const BUCKETS: i32 = 6;

/** bytes before the sums */
export const SUMS: usize = 4;

// @inline
function place(at: usize, counters: i32, bucket: i32): usize {
  return at + SUMS + ((<usize>(counters * (1 + (bucket % BUCKETS)))) << 2);
}

/** Back to 0. */
// @inline
export function reset(at: usize, counters: i32, bucket: i32): void {
  store<i32>(at, bucket);
  for (let p = at + SUMS; p < at + SUMS + ((<usize>counters * (1 + BUCKETS)) << 2); p += 4) store<i32>(p, 0);
}

/** Lets what is older than six buckets go. */
// @inline
export function advance(at: usize, counters: i32, bucket: i32): void {
  const from = load<i32>(at);
  if (bucket <= from) return;
  if (bucket - from >= BUCKETS) {
    reset(at, counters, bucket);
    return;
  }
  for (let b = from + 1; b <= bucket; b++) {
    let gone = place(at, counters, b);
    for (let p = at + SUMS; p < at + SUMS + ((<usize>counters) << 2); p += 4, gone += 4) {
      store<i32>(p, load<i32>(p) - load<i32>(gone));
      store<i32>(gone, 0);
    }
  }
  store<i32>(at, bucket);
}

/** Adds one to the current bucket; `advance` came before. */
// @inline
export function increase(at: usize, counters: i32, bucket: i32, counter: usize): void {
  const sum = at + SUMS + (counter << 2);
  const cell = place(at, counters, bucket) + (counter << 2);
  store<i32>(sum, load<i32>(sum) + 1);
  store<i32>(cell, load<i32>(cell) + 1);
}

/** Counts a thing once a minute: `seen` is the bucket in which it was last seen, below `bucket - BUCKETS` for never. */
// @inline
export function increaseDistinct(at: usize, counters: i32, seen: i32, bucket: i32, counter: usize): void {
  if (seen <= bucket - BUCKETS) increase(at, counters, bucket, counter);
  else if (seen < bucket) renew(at, counters, seen, bucket, counter);
}

/** Moves one from an earlier bucket, when it still holds one, to the current one: the thing counted was seen again. */
function renew(at: usize, counters: i32, earlier: i32, bucket: i32, counter: usize): void {
  const before = place(at, counters, earlier) + (counter << 2);
  const held = load<i32>(before);
  if (held > 0) store<i32>(before, held - 1);
  else {
    const sum = at + SUMS + (counter << 2);
    store<i32>(sum, load<i32>(sum) + 1);
  }
  const cell = place(at, counters, bucket) + (counter << 2);
  store<i32>(cell, load<i32>(cell) + 1);
}

// @inline
export function sum(at: usize, counter: usize): i32 {
  return load<i32>(at + (counter << 2), SUMS);
}
