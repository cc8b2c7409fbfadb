/**
 * Where everything lies, in bytes. src/features/connection/kernel.ts has the table of what it writes and reads: the
 * record, the answers, the settings. The rest is the kernel's own.
 */

/** changes with that table; the loader compares it with its own */
export const LAYOUT_VERSION: i32 = 2;

// the record: f64
export const TIMESTAMP: usize = 1024;
export const DURATION: usize = 1032;
export const ORIG_BYTES: usize = 1040;
export const RESP_BYTES: usize = 1048;
export const MISSED_BYTES: usize = 1056;
export const ORIG_PKTS: usize = 1064;
export const ORIG_IP_BYTES: usize = 1072;
export const RESP_PKTS: usize = 1080;
export const RESP_IP_BYTES: usize = 1088;
// i32
export const IP_VERSION: usize = 1096;
export const ORIG_P: usize = 1100;
export const RESP_P: usize = 1104;
export const PROTO: usize = 1108;
export const IP_PROTO: usize = 1112;
export const CONN_STATE: usize = 1116;
export const LOCAL_ORIG: usize = 1120;
export const LOCAL_RESP: usize = 1124;
export const HAS_SERVICE: usize = 1128;
// hashes of two words
export const ORIG_HASH: usize = 1136;
export const RESP_HASH: usize = 1144;
export const SERVICE_HASH: usize = 1152;
export const HISTORY_HASH: usize = 1160;
/** 16 bytes each */
export const ORIG_H: usize = 1168;
export const RESP_H: usize = 1184;

// the answers
/** f64: the clock [µs], which never goes back */
export const CLOCK: usize = 1216;
export const DIRECTION: usize = 1224;
export const SERVICE_PORT: usize = 1228;
/** 1: an attempt at one host that came to nothing */
export const ATTEMPT_FAILED: usize = 1232;
/** keys of the vocabularies' words, two words each, and after them that of the port by itself */
export const KEYS: usize = 1240;
/** f32, the columns in their order */
export const ROW: usize = 1408;
/** f64 each, NaN where the record is of another kind */
export const COUNTS: usize = 2048;

// the settings
/** sets of connection states, one bit each */
export const FAILED_STATES: usize = 2560;
export const UNANSWERED_STATES: usize = 2564;
export const REJECTED_STATES: usize = 2568;
/** 1: with the columns of the novelty group */
export const NOVELTY: usize = 2572;
/** of the monitored network */
export const RANGE_COUNT: usize = 2576;
/** i32 each: places among the counts, in the order of COUNTED in kernel.ts */
export const COUNT_PLACES: usize = 2580;
/** f64: time of the first record [µs], NaN before it */
export const START: usize = 2640;
/** f32: ln(1 + n) of small n */
export const LOGARITHMS: usize = 4096;
export const SMALL: i32 = 4096;

// kept columns, by key; see memo.ts
export const HISTORY_COLUMNS: usize = LOGARITHMS + 4 * SMALL;
export const HISTORY_COLUMNS_SLOTS: i32 = 2048;
export const SERVICE_MEMO: usize = HISTORY_COLUMNS + 108 * HISTORY_COLUMNS_SLOTS;
export const SERVICE_MEMO_SLOTS: i32 = 16_384;
export const HISTORY_MEMO: usize = SERVICE_MEMO + 32 * SERVICE_MEMO_SLOTS;
export const HISTORY_MEMO_SLOTS: i32 = 16_384;
export const SIZE_MEMO: usize = HISTORY_MEMO + 16 * HISTORY_MEMO_SLOTS;
export const SIZE_MEMO_SLOTS: i32 = 16_384;
const MEMOS_END: usize = SIZE_MEMO + 20 * SIZE_MEMO_SLOTS;

// who is there; see slots.ts and activity.ts
export const HOSTS: i32 = 16_384;
export const PAIRS: i32 = 32_768;
export const SERVICES: i32 = 65_536;
export const HOST_BYTES: usize = 256;
export const PAIR_BYTES: usize = 40;
export const SERVICE_BYTES: usize = 88;
export const HOST_TABLE: usize = (MEMOS_END + 255) & ~255;
export const PAIR_TABLE: usize = HOST_TABLE + 16 * HOSTS + 64;
export const SERVICE_TABLE: usize = PAIR_TABLE + 16 * PAIRS + 64;
const TABLES_END: usize = SERVICE_TABLE + 16 * SERVICES + 64;
export const HOST_STATES: usize = (TABLES_END + 255) & ~255;
export const PAIR_STATES: usize = HOST_STATES + HOST_BYTES * HOSTS;
export const SERVICE_STATES: usize = PAIR_STATES + PAIR_BYTES * PAIRS;

/** ranges of the monitored network, to the end of the memory: family, then four words of address and four of mask */
export const RANGES: usize = SERVICE_STATES + SERVICE_BYTES * SERVICES;
export const RANGE_BYTES: usize = 36;
