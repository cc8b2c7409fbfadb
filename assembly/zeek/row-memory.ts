/**
 * Where everything lies: addresses in bytes, written by src/zeek/kernel.ts (which has the same table) before a call.
 */

/** changes with this table; the loader compares it with its own */
export const LAYOUT_VERSION: i32 = 2;

// what there is to do
/** addresses of the arrays of a block of rows */
export const REALS: usize = 64;
export const INTS: usize = 68;
export const ADDRESSES: usize = 72;
export const TEXTS: usize = 76;
/** bytes of a row in each of them */
export const REAL_BYTES: usize = 80;
export const INT_BYTES: usize = 84;
/** bytes of texts of the rows so far */
export const TEXT_END: usize = 88;
/** rows so far, and how many there may be */
export const COUNT: usize = 92;
export const MOST: usize = 96;

// the log
export const SEPARATOR: usize = 128;
export const SET_SEPARATOR: usize = 132;
export const UNSET: usize = 136;
/** first byte of what stands for an empty field */
export const EMPTY: usize = 140;
export const COLUMNS: usize = 144;

// places of a row's numbers that the whole row is judged by, in bytes
export const P_TIME: usize = 160;
export const P_VERSION: usize = 164;
export const P_PROTO: usize = 168;
export const P_IP_PROTO: usize = 172;
/** the first of the lengths of texts, four numbers, and after them four for where they begin */
export const P_LENGTHS: usize = 176;
/** hashes of the originator, the responder, the service and the history */
export const P_HASHES: usize = 180;

/** four numbers: kinds of those hashes */
export const HASH_KINDS: usize = 240;

/** three entries: word (u32), its length, value, IP protocol number */
export const PROTOCOLS: usize = 192;

/** one entry a column: kind, place in bytes, most bytes of a text, number of the text */
export const PLAN: usize = 512;
export const PLAN_BYTES: usize = 16;
export const MOST_COLUMNS: i32 = 200;

/** states by last letter and length: word (u64), 1 + value or 0 for none */
export const STATES: usize = 4096;
export const STATE_BYTES: usize = 16;

// kinds of columns
export const SKIP: i32 = 0;
export const COUNT_REAL: i32 = 1;
export const PORT: i32 = 2;
export const ADDRESS: i32 = 3;
export const TIME: i32 = 4;
export const DURATION: i32 = 5;
export const PROTO: i32 = 6;
export const STATE: i32 = 7;
export const FLAG: i32 = 8;
export const TEXT: i32 = 9;
/** a text that is a set of names */
export const NAMES: i32 = 10;
export const IP_PROTO: i32 = 11;

export { int, pointer } from '../address';
