/** Features of one connection by itself: how long, how much, in which state it ended, and its history. */

import {
  CONN_STATE,
  DURATION,
  HAS_SERVICE,
  HISTORY_COLUMNS,
  HISTORY_COLUMNS_SLOTS,
  HISTORY_HASH,
  IP_VERSION,
  MISSED_BYTES,
  ORIG_BYTES,
  ORIG_IP_BYTES,
  ORIG_PKTS,
  RESP_BYTES,
  RESP_IP_BYTES,
  RESP_PKTS,
  ROW,
} from './connection-memory';
import { found, keep, slotOf } from './memo';
import { lg } from './connection-numeric';
import { origLocal, proto, respLocal, unicast } from './connection-scene';

/** Writes the columns of the history of the record in work, to the row from column `at` on. */
@external('features', 'history')
declare function writeHistory(at: i32): void;

const PROTOCOLS: usize = 4;
const STATES: usize = 13;
/** columns of protocol and state, of which one each is 1 */
const ONE_HOT: usize = PROTOCOLS + STATES + 1;
/** keeps a share of few bytes near 0 */
const SHARE_PRIOR: f64 = 200;
const FIRST_BINARY: usize = 9 << 2;
const SECOND_BINARY: usize = FIRST_BINARY + (ONE_HOT << 2);
const HISTORY: usize = SECOND_BINARY + (6 << 2);
const HISTORY_WIDTH: i32 = 25;

/** columns that `write` writes */
export const SHAPE_COLUMNS: usize = (HISTORY >> 2) + <usize>HISTORY_WIDTH;

/** The columns, in the order of SHAPE_COLUMNS of src/features/connection/columns.ts. */
export function write(out: usize): void {
  const duration = load<f64>(DURATION);
  const up = load<f64>(ORIG_BYTES);
  const down = load<f64>(RESP_BYTES);
  const sent = load<f64>(ORIG_PKTS);
  const received = load<f64>(RESP_PKTS);
  store<f32>(out, lg(duration * 1000));
  flag(out + 4, duration < 0);
  store<f32>(out, lg(sent), 8);
  store<f32>(out, lg(received), 12);
  store<f32>(out, lg(up), 16);
  store<f32>(out, lg(down), 20);
  store<f32>(out, sent > 0 ? lg(load<f64>(ORIG_IP_BYTES) / sent) : 0, 24);
  store<f32>(out, received > 0 ? lg(load<f64>(RESP_IP_BYTES) / received) : 0, 28);
  const payload = max(up, 0);
  store<f32>(out, <f32>(payload / (payload + max(down, 0) + SHARE_PRIOR)), 32);
  for (let p = out + FIRST_BINARY; p < out + SECOND_BINARY; p += 8) store<u64>(p, 0);
  const state = load<i32>(CONN_STATE);
  store<f32>(out + FIRST_BINARY + (<usize>proto << 2), 1);
  store<f32>(out + FIRST_BINARY + ((PROTOCOLS + (state < 0 ? STATES : <usize>state)) << 2), 1);
  const second = out + SECOND_BINARY;
  flag(second, load<i32>(HAS_SERVICE) != 0);
  flag(second + 4, origLocal);
  flag(second + 8, respLocal);
  flag(second + 12, unicast);
  flag(second + 16, load<i32>(IP_VERSION) == 6);
  flag(second + 20, load<f64>(MISSED_BYTES) > 0);
  const key = load<u64>(HISTORY_HASH);
  const slot = slotOf(HISTORY_COLUMNS, HISTORY_COLUMNS_SLOTS, HISTORY_WIDTH, key);
  if (found(slot, HISTORY_WIDTH, key, out + HISTORY)) return;
  writeHistory(<i32>(out + HISTORY - ROW) >> 2);
  keep(slot, HISTORY_WIDTH, key, out + HISTORY);
}

// @ts-ignore: decorator
@inline
function flag(at: usize, value: bool): void {
  store<f32>(at, value ? 1 : 0);
}
