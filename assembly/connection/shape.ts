/** Features of one connection by itself: how long, how much, in which state it ended, and its history. */

import { Column, LETTERS, LETTERS_WIDTH } from './connection-columns';
import {
  CONN_STATE,
  DURATION,
  HAS_SERVICE,
  HISTORY_HASH,
  IP_VERSION,
  LETTERS_MEMO,
  LETTERS_MEMO_SLOTS,
  MISSED_BYTES,
  ORIG_BYTES,
  ORIG_IP_BYTES,
  ORIG_PKTS,
  RESP_BYTES,
  RESP_IP_BYTES,
  RESP_PKTS,
} from './connection-memory';
import { lg } from './connection-numeric';
import { flag, place, put } from './connection-row';
import { origLocal, proto, respLocal, unicast } from './connection-scene';
import { found, keep, slotOf } from './memo';

/** Writes the columns of the history of the record in work, to the row from column `at` on. */
// @external('features', 'history')
declare function writeHistory(at: i32): void;

/** keeps a share of few bytes near 0 */
const SHARE_PRIOR: f64 = 200;

export function write(): void {
  const duration = load<f64>(DURATION);
  const up = load<f64>(ORIG_BYTES);
  const down = load<f64>(RESP_BYTES);
  const sent = load<f64>(ORIG_PKTS);
  const received = load<f64>(RESP_PKTS);
  put(Column.duration, lg(duration * 1000));
  flag(Column.no_duration, duration < 0);
  put(Column.orig_packets, lg(sent));
  put(Column.resp_packets, lg(received));
  put(Column.orig_bytes, lg(up));
  put(Column.resp_bytes, lg(down));
  put(Column.orig_packet_size, sent > 0 ? lg(load<f64>(ORIG_IP_BYTES) / sent) : 0);
  put(Column.resp_packet_size, received > 0 ? lg(load<f64>(RESP_IP_BYTES) / received) : 0);
  const payload = max(up, 0);
  put(Column.orig_share, <f32>(payload / (payload + max(down, 0) + SHARE_PRIOR)));
  // of protocol and state one column each is 1; two at a time, and what is one too much is written below
  for (let p = place(Column.proto_tcp); p <= place(Column.state_unknown); p += 8) store<u64>(p, 0);
  const state = load<i32>(CONN_STATE);
  put(Column.proto_tcp + proto, 1);
  put(state < 0 ? Column.state_unknown : Column.state_S0 + state, 1);
  flag(Column.service_known, load<i32>(HAS_SERVICE) !== 0);
  flag(Column.orig_local, origLocal);
  flag(Column.resp_local, respLocal);
  flag(Column.unicast, unicast);
  flag(Column.ipv6, load<i32>(IP_VERSION) === 6);
  flag(Column.missed, load<f64>(MISSED_BYTES) > 0);
  const key = load<u64>(HISTORY_HASH);
  const slot = slotOf(LETTERS_MEMO, LETTERS_MEMO_SLOTS, LETTERS_WIDTH, key);
  if (found(slot, LETTERS_WIDTH, key, place(LETTERS))) return;
  writeHistory(LETTERS);
  keep(slot, LETTERS_WIDTH, key, place(LETTERS));
}
