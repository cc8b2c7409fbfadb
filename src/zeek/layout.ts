/** How rows lie in a batch: flat arrays one after the other, each with a row's numbers side by side. */

import { COLUMN } from './columns.js';

export const BATCH_ROWS = 1024;

/** places of a row's numbers that may exceed 32 bits */
export const TIME = 0;
export const DURATION = 1;
export const ORIG_BYTES = 2;
export const RESP_BYTES = 3;
export const MISSED_BYTES = 4;
export const ORIG_PKTS = 5;
export const ORIG_IP_BYTES = 6;
export const RESP_PKTS = 7;
export const RESP_IP_BYTES = 8;
export const REALS = 9;

/** places of a row's other numbers; then, by text, lengths and where they begin; then hashes */
export const IP_VERSION = 0;
export const ORIG_P = 1;
export const RESP_P = 2;
export const PROTO = 3;
export const IP_PROTO = 4;
export const CONN_STATE = 5;
export const LOCAL_ORIG = 6;
export const LOCAL_RESP = 7;
export const LENGTHS = 8;
export const STARTS = 12;
/** two words each of the hashes of the originator, the responder, the service and the history */
export const HASHES = 16;
/** two words of the uid: its last eight bytes, the least first; 0 where there is none. Then its first bytes as they are, zeros behind them */
export const UID = 24;
export const UID_TEXT = 26;
/** Zeek's have at most 18: a letter, and 96 bits in base 62 */
export const UID_MOST = 24;
/** where the row stands: its line, from 1, and the place of its log among several */
export const LINE = 32;
export const LOG = 33;
export const INTS = 34;

/** places of a row's two addresses, 16 bytes each */
export const ORIG_H = 0;
export const RESP_H = 16;
export const ADDRESS_BYTES = 32;

export const SERVICE = 0;
export const HISTORY = 1;
export const LABEL = 2;
export const DETAILED_LABEL = 3;
/** most bytes of each text; those of all rows lie one after the other without gaps */
export const TEXT_MOST = [128, 64, 64, 128] as const;
const TEXT_BYTES = 384;

/** The arrays' first bytes in a batch that begins at `from`, and its end. */
export function arraysFrom(from: number): Record<'reals' | 'ints' | 'addresses' | 'texts' | 'end', number> {
  const ints = from + BATCH_ROWS * 8 * REALS;
  const addresses = ints + BATCH_ROWS * 4 * INTS;
  const texts = addresses + BATCH_ROWS * ADDRESS_BYTES;
  return { reals: from, ints, addresses, texts, end: texts + BATCH_ROWS * TEXT_BYTES };
}

export const BATCH_BYTES = arraysFrom(0).end;

/** Where a count goes: among the reals or, from REALS on, the ports among the other numbers. */
export const COUNT_PLACES = [
  [COLUMN.orig_bytes, ORIG_BYTES],
  [COLUMN.resp_bytes, RESP_BYTES],
  [COLUMN.missed_bytes, MISSED_BYTES],
  [COLUMN.orig_pkts, ORIG_PKTS],
  [COLUMN.orig_ip_bytes, ORIG_IP_BYTES],
  [COLUMN.resp_pkts, RESP_PKTS],
  [COLUMN.resp_ip_bytes, RESP_IP_BYTES],
  [COLUMN['id.orig_p'], REALS + ORIG_P],
  [COLUMN['id.resp_p'], REALS + RESP_P],
] as const;

/** IP protocol numbers of tcp, udp and icmp, which is another number in IPv6 */
export const IP_PROTOCOLS = [6, 17, 1] as const;
