/**
 * Where everything lies: addresses in bytes. The module exports them, and src/zeek/row-kernel.ts asks for them by name. How
 * the rows of a batch lie is src/zeek/layout.ts's to decide; it is told here.
 */

// what there is to do
/** addresses of the arrays of a batch of rows */
export const REALS: usize = 64;
export const INTS: usize = 68;
export const ADDRESSES: usize = 72;
export const TEXTS: usize = 76;
/** bytes of a row in each of them */
export const REAL_BYTES: usize = 80;
export const INT_BYTES: usize = 84;
export const ADDRESS_BYTES: usize = 88;
/** bytes of texts of the rows so far */
export const TEXT_END: usize = 92;
/** rows so far, and how many there may be */
export const COUNT: usize = 96;
export const MOST: usize = 100;

// the log
export const SEPARATOR: usize = 128;
export const SET_SEPARATOR: usize = 132;
export const UNSET: usize = 136;
/** first byte of what stands for an empty field */
export const EMPTY: usize = 140;
export const COLUMNS: usize = 144;

// places of what the whole row is judged by, in bytes from the row's first in its array
export const P_TIME: usize = 160;
export const P_VERSION: usize = 164;
export const P_PROTO: usize = 168;
export const P_IP_PROTO: usize = 172;
/** from here on a row's numbers begin as 0, before it as "not present" */
export const P_ZEROS: usize = 176;
export const P_ORIG_H: usize = 180;
export const P_RESP_H: usize = 184;
export const P_SERVICE_LENGTH: usize = 188;
export const P_SERVICE_START: usize = 192;
export const P_HISTORY_LENGTH: usize = 196;
export const P_HISTORY_START: usize = 200;
export const P_ORIG_HASH: usize = 204;
export const P_RESP_HASH: usize = 208;
export const P_SERVICE_HASH: usize = 212;
export const P_HISTORY_HASH: usize = 216;

// kinds of those hashes
export const ORIG_HASH_KIND: usize = 220;
export const RESP_HASH_KIND: usize = 224;
export const SERVICE_HASH_KIND: usize = 228;
export const HISTORY_HASH_KIND: usize = 232;

/** one entry a protocol that has a name */
export const PROTOCOLS: usize = 256;
export const PROTOCOL_COUNT: usize = 240;
/** its first four letters, small ones, and how many it has */
export const PROTOCOL_WORD: usize = 0;
export const PROTOCOL_LENGTH: usize = 4;
export const PROTOCOL_VALUE: usize = 8;
export const PROTOCOL_IP: usize = 12;
export const PROTOCOL_BYTES: usize = 16;

/** one entry a column */
export const PLAN: usize = 512;
export const PLAN_KIND: usize = 0;
/** of its number, in bytes; of a text's length */
export const PLAN_PLACE: usize = 4;
/** of where a text begins, and most bytes of it */
export const PLAN_START: usize = 8;
export const PLAN_MOST: usize = 12;
export const PLAN_BYTES: usize = 16;
export const MOST_COLUMNS: i32 = 200;

/** states by last letter and length: word in small letters (u64), 1 + value or 0 for none */
export const STATES: usize = PLAN + PLAN_BYTES * <usize>MOST_COLUMNS;
export const STATE_WORD: usize = 0;
export const STATE_VALUE: usize = 8;
export const STATE_BYTES: usize = 16;

/** batch and text: from here on, where the words above say */
export const DATA: usize = STATES + STATE_BYTES * 256;

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
export const UID: i32 = 12;
