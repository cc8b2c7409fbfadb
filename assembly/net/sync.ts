/** Threads: a barrier and the start of jobs. Waiters spin for some microseconds, then sleep. */

import { ARRIVED, GENERATION, SLEEPERS } from './net-memory';

const SPINS: i32 = 4000;
/** one second in ns; a minute without progress means that a thread is gone */
const PATIENCE: i64 = 1000000000;
const TRIES: i32 = 60;

/** Returns once the word at `address` is no longer `value`; traps when nothing happens for `tries` seconds (0: waits for ever). */
export function awaitChange(address: usize, value: i32, tries: i32): void {
  for (let i = 0; i < SPINS; i++) {
    if (atomic.load<i32>(address) !== value) return;
  }
  atomic.add<i32>(SLEEPERS, 1);
  let left = tries;
  while (atomic.load<i32>(address) === value) {
    if (atomic.wait<i32>(address, value, tries === 0 ? -1 : PATIENCE) === 2 && --left === 0) unreachable();
  }
  atomic.sub<i32>(SLEEPERS, 1);
}

/** Adds 1 to the word and wakes who waits for it. */
export function advance(address: usize): void {
  atomic.add<i32>(address, 1);
  if (atomic.load<i32>(SLEEPERS) > 0) atomic.notify(address, -1);
}

/** Returns once `threads` threads have called it. */
export function barrier(threads: i32): void {
  if (threads === 1) return;
  const generation = atomic.load<i32>(GENERATION);
  if (atomic.add<i32>(ARRIVED, 1) === threads - 1) {
    atomic.store<i32>(ARRIVED, 0);
    advance(GENERATION);
  } else {
    awaitChange(GENERATION, generation, TRIES);
  }
}
