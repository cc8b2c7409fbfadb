/** What is kept of a host, a pair and a service: each begins with a window, see connection-window.ts. */

import { PARTY_WIDTH } from './connection-columns';
import { BUCKETS, SUMS } from './connection-window';

/** bytes of one counter of a window: its sum and its buckets */
const COUNTER_BYTES: usize = 4 * (1 + <usize>BUCKETS);

// counters of a host
export const CONNECTIONS: usize = 0;
export const RESPONDERS: usize = 1;
export const DISTINCT_SERVICES: usize = 2;
export const FAILED: usize = 3;
export const REJECTED: usize = 4;
export const ECHOES: usize = 5;
export const HOST_COUNTERS: i32 = 6;
export const HOST_BYTES: usize = SUMS + COUNTER_BYTES * <usize>HOST_COUNTERS;

export const PAIR_BYTES: usize = (SUMS + COUNTER_BYTES + 7) & ~7;

// a service: i32
/** connections that opened */
export const TIMES: usize = SUMS + COUNTER_BYTES;
/** the originator's port of the last of them */
export const LAST_PORT: usize = TIMES + 4;
/** the training block that its rarities were found out for, 2 higher so that 0 is none */
export const KNOWN: usize = LAST_PORT + 4;
/** the port's value */
export const PORT: usize = KNOWN + 4;
/** f32: the bits of the words about who met whom */
export const BITS: usize = PORT + 4;
// f64
/** the latest start of them */
export const LAST: usize = (BITS + 4 * <usize>PARTY_WIDTH + 7) & ~7;
export const MEAN: usize = LAST + 8;
export const VARIANCE: usize = MEAN + 8;
export const SERVICE_BYTES: usize = VARIANCE + 8;
