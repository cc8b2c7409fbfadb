/**
 * Where everything lies, in bytes. The module exports it, and src/features/connection/connection-kernel.ts asks by name for
 * what it writes and reads: the record, the answers, the settings. The rest is the kernel's own.
 */

import { COLUMNS, HISTORY_WIDTH, LETTERS_WIDTH, SERVICE_WIDTH, SIZE_WIDTH, WORDS } from './connection-columns';
import { HOST_BYTES, PAIR_BYTES, SERVICE_BYTES } from './connection-states';
import { KEY_BYTES } from './memo';

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
/** 0: a TCP connection that was joined in its middle; 1: its beginning was seen; 2: TCP's by a SYN */
export const BEGUN: usize = 1132;
// hashes of two words
export const ORIG_HASH: usize = 1136;
export const RESP_HASH: usize = 1144;
export const SERVICE_HASH: usize = 1152;
export const HISTORY_HASH: usize = 1160;
/** 16 bytes each */
export const ORIG_H: usize = 1168;
export const RESP_H: usize = 1184;
// f64
/** the time of the row [µs], never less than before */
export const CLOCK: usize = 1216;

// the answers
export const DIRECTION: usize = 1224;
export const SERVICE_PORT: usize = 1228;
/** 1: an attempt at one host that came to nothing */
export const ATTEMPT_FAILED: usize = 1232;
/** 0: goes on with the last connection to its service, or was joined in its middle */
export const OPENS: usize = 1236;

// the settings
/** sets of connection states, one bit each */
export const FAILED_STATES: usize = 1240;
export const REJECTED_STATES: usize = 1244;
/** of the row; those of the novelty group, which come last, may be left out */
export const COLUMN_COUNT: usize = 1248;
/** ranges of the monitored network, and after them those that only private networks use */
export const RANGE_COUNT: usize = 1252;
export const PRIVATE_COUNT: usize = 1256;
/** f64: CLOCK at the first record [µs], NaN before it */
export const START: usize = 1264;

/** keys of the words, two words each, and after them that of the port by itself */
export const KEYS: usize = 1272;
/** f32 each */
export const ROW: usize = KEYS + 8 * (<usize>WORDS + 1);
/** f32: ln(1 + n) of small n */
export const LOGARITHMS: usize = (ROW + 4 * <usize>COLUMNS + 63) & ~63;
export const SMALL: i32 = 4096;

// kept columns, by key; see memo.ts
export const LETTERS_MEMO: usize = LOGARITHMS + 4 * <usize>SMALL;
export const LETTERS_MEMO_SLOTS: i32 = 2048;
export const SERVICE_MEMO: usize = LETTERS_MEMO + (KEY_BYTES + 4 * <usize>LETTERS_WIDTH) * <usize>LETTERS_MEMO_SLOTS;
export const SERVICE_MEMO_SLOTS: i32 = 16_384;
export const HISTORY_MEMO: usize = SERVICE_MEMO + (KEY_BYTES + 4 * <usize>SERVICE_WIDTH) * <usize>SERVICE_MEMO_SLOTS;
export const HISTORY_MEMO_SLOTS: i32 = 16_384;
export const SIZE_MEMO: usize = HISTORY_MEMO + (KEY_BYTES + 4 * <usize>HISTORY_WIDTH) * <usize>HISTORY_MEMO_SLOTS;
export const SIZE_MEMO_SLOTS: i32 = 16_384;
const MEMOS_END: usize = SIZE_MEMO + (KEY_BYTES + 4 * <usize>SIZE_WIDTH) * <usize>SIZE_MEMO_SLOTS;

// who is there; see slots.ts and connection-states.ts
export const HOSTS: i32 = 16_384;
export const PAIRS: i32 = 32_768;
export const SERVICES: i32 = 65_536;
export const HOST_TABLE: usize = (MEMOS_END + 255) & ~255;
export const PAIR_TABLE: usize = HOST_TABLE + 16 * <usize>HOSTS + 64;
export const SERVICE_TABLE: usize = PAIR_TABLE + 16 * <usize>PAIRS + 64;
const TABLES_END: usize = SERVICE_TABLE + 16 * <usize>SERVICES + 64;
export const HOST_STATES: usize = (TABLES_END + 255) & ~255;
export const PAIR_STATES: usize = HOST_STATES + HOST_BYTES * <usize>HOSTS;
export const SERVICE_STATES: usize = PAIR_STATES + PAIR_BYTES * <usize>PAIRS;

/** ranges of the monitored network, to the end of the memory: family, then four words of address and four of mask */
export const RANGES: usize = SERVICE_STATES + SERVICE_BYTES * <usize>SERVICES;
export const RANGE_BYTES: usize = 36;
