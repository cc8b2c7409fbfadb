/**
 * Rows of tab-separated conn.logs into batches: the lines that nearly all are. A line with anything else in it — an IPv6
 * address, several services, a number with an exponent, too few columns — is left for src/zeek/tsv.ts, which reads all.
 */

import { int, pointer } from '../address';
import { addBytes, start } from '../hash';
import { capitals, count, decimal, end, ipv4, micros, text, whole } from './row-cells';
import * as at from './row-memory';

export * from './row-memory';

const NEWLINE: i32 = 10;
const RETURN: i32 = 13;
const HASH: i32 = 35;
/** the bit that tells small letters from capitals, in each byte of a word; digits have it too */
const SMALL: u32 = 0x20202020;
const SMALL_LONG: u64 = ((<u64>SMALL) << 32) | SMALL;
/** milliseconds, not seconds, from here on [µs] */
const MS_FROM: f64 = 1e17;
/** 2^31 seconds, from where on a duration is one that was wrapped below zero [µs] */
const LONGEST_DURATION: f64 = 2147483648e6;
/** value of a column that is not present */
const NONE: i32 = -1;

/**
 * Reads lines of the text `[from, to)` until the batch is full; a line end must stand at `to`.
 * @returns where the first line begins that was not read; COUNT and TEXT_END say what the batch holds now
 */
export function rows(from: usize, to: usize): usize {
  const most = int(at.MOST);
  let row = int(at.COUNT);
  let p = from;
  while (row < most) {
    const next = line(p, to, row);
    if (next === 0) break;
    p = next;
    row++;
  }
  store<i32>(at.COUNT, row);
  return p;
}

/** One line into row `row`; 0: it is left, or not whole. */
function line(from: usize, to: usize, row: i32): usize {
  const first = <i32>load<u8>(from);
  if (first === HASH || first === NEWLINE) return 0;
  const separator = int(at.SEPARATOR);
  const unset = int(at.UNSET);
  const empty = int(at.EMPTY);
  const reals = pointer(at.REALS) + <usize>row * pointer(at.REAL_BYTES);
  const ints = pointer(at.INTS) + <usize>row * pointer(at.INT_BYTES);
  const addresses = pointer(at.ADDRESSES) + <usize>row * pointer(at.ADDRESS_BYTES);
  let textEnd = pointer(at.TEXT_END);
  begin(reals, ints);

  let ipProto = NONE;
  let hosts = 0;
  let p = from;
  const planEnd = at.PLAN + at.PLAN_BYTES * <usize>int(at.COLUMNS);
  for (let plan = at.PLAN; ; plan += at.PLAN_BYTES) {
    if (plan === planEnd) return 0;
    const byte = <i32>load<u8>(p);
    const next = <i32>load<u8>(p + 1);
    if (byte === unset && (next === separator || next === NEWLINE)) p++;
    else if (byte !== separator && byte !== NEWLINE) {
      const kind = int(plan + at.PLAN_KIND);
      const place = pointer(plan + at.PLAN_PLACE);
      if (kind === at.SKIP) p = end(p, separator);
      else if (byte === empty) return 0;
      else if (kind === at.COUNT_REAL) {
        p = count(p);
        store<f64>(reals + place, <f64>whole);
      } else if (kind === at.PORT || kind === at.IP_PROTO) {
        p = count(p);
        if (whole > 65535) return 0;
        if (kind === at.PORT) store<i32>(ints + place, <i32>whole);
        else ipProto = <i32>whole;
      } else if (kind === at.ADDRESS) {
        p = ipv4(p, addresses + place);
        hosts++;
      } else if (kind === at.TIME || kind === at.DURATION) {
        p = decimal(p);
        const us = <f64>whole * 1e6 + <f64>micros;
        if (us >= (kind === at.TIME ? MS_FROM : LONGEST_DURATION)) return 0;
        store<f64>(reals + place, kind === at.TIME ? us : us / 1e6);
      } else if (kind === at.TEXT || kind === at.NAMES) {
        const start = p;
        p = text(
          p,
          pointer(at.TEXTS) + textEnd,
          separator,
          pointer(plan + at.PLAN_MOST),
          kind === at.NAMES ? int(at.SET_SEPARATOR) : 0,
        );
        if (p === 0 || absent(start, p) || (kind === at.NAMES && capitals(start, p))) return 0;
        store<i32>(ints + place, <i32>(p - start));
        store<i32>(ints + pointer(plan + at.PLAN_START), <i32>textEnd);
        textEnd += p - start;
      } else if (kind === at.PROTO) p = protocol(p, ints);
      else if (kind === at.UID) {
        const start = p;
        p = end(p, separator);
        if (absent(start, p)) return 0;
        store<u64>(ints + place, lastBytes(start, p));
        const most = pointer(plan + at.PLAN_MOST);
        const bytes = min(most, p - start);
        memory.copy(ints + place + 8, start, bytes);
        memory.fill(ints + place + 8 + bytes, 0, most - bytes);
      } else {
        const start = p;
        p = end(p, separator);
        const value = kind === at.STATE ? state(start, p) : flag(byte);
        if (value === NONE) return 0;
        store<i32>(ints + place, value);
      }
      if (p === 0) return 0;
      const after = <i32>load<u8>(p);
      if (after !== separator && after !== NEWLINE) return 0;
    }
    if (load<u8>(p) === NEWLINE) {
      if (p >= to || plan + at.PLAN_BYTES !== planEnd || load<u8>(p - 1) === RETURN) return 0;
      break;
    }
    p++;
  }
  const known = int(ints + pointer(at.P_IP_PROTO));
  if (known === NONE || (ipProto !== NONE && ipProto !== known)) return 0;
  if (hosts !== 2 || load<f64>(reals + pointer(at.P_TIME)) < 0) return 0;
  store<i32>(ints + pointer(at.P_VERSION), 4);
  store<u64>(
    ints + pointer(at.P_ORIG_HASH),
    addBytes(start(int(at.ORIG_HASH_KIND)), addresses + pointer(at.P_ORIG_H), 4),
  );
  store<u64>(
    ints + pointer(at.P_RESP_HASH),
    addBytes(start(int(at.RESP_HASH_KIND)), addresses + pointer(at.P_RESP_H), 4),
  );
  const service = textHash(
    int(at.SERVICE_HASH_KIND),
    ints + pointer(at.P_SERVICE_START),
    ints + pointer(at.P_SERVICE_LENGTH),
  );
  store<u64>(ints + pointer(at.P_SERVICE_HASH), service);
  const history = textHash(
    int(at.HISTORY_HASH_KIND),
    ints + pointer(at.P_HISTORY_START),
    ints + pointer(at.P_HISTORY_LENGTH),
  );
  store<u64>(ints + pointer(at.P_HISTORY_HASH), history);
  store<u32>(at.TEXT_END, <u32>textEnd);
  return p + 1;
}

/** Whether a cell may be one of the words for nothing, which are short and begin with n or <; or with - where that is another's. */
// @inline
function absent(from: usize, to: usize): bool {
  if (to - from > 4) return false;
  const first = load<u8>(from) | 32;
  if (first !== 110 && first !== 60 && first !== 45) return false;
  const third = load<u8>(from + 2) | 32;
  // ntp, which is a service
  return to - from !== 3 || third !== 112;
}

/** The last eight bytes of a cell, fewer where it is shorter. */
// @inline
function lastBytes(from: usize, to: usize): u64 {
  const missing: i64 = 8 - <i64>(to - from);
  return load<u64>(to - 8) >> (missing > 0 ? 8 * missing : 0);
}

function textHash(kind: i32, begins: usize, length: usize): u64 {
  return addBytes(start(kind), pointer(at.TEXTS) + pointer(begins), int(length));
}

/** Nothing is present. */
// @inline
function begin(reals: usize, ints: usize): void {
  for (let p = reals; p < reals + pointer(at.REAL_BYTES); p += 8) store<f64>(p, -1);
  const zeros = ints + pointer(at.P_ZEROS);
  for (let p = ints; p < zeros; p += 4) store<i32>(p, NONE);
  for (let p = zeros; p < ints + pointer(at.INT_BYTES); p += 4) store<i32>(p, 0);
}

/** TCP, UDP or ICMP by its name, in capitals or not. */
// @inline
function protocol(p: usize, ints: usize): usize {
  const word = load<u32>(p) | SMALL;
  const end = at.PROTOCOLS + at.PROTOCOL_BYTES * <usize>int(at.PROTOCOL_COUNT);
  for (let entry = at.PROTOCOLS; entry < end; entry += at.PROTOCOL_BYTES) {
    const length = int(entry + at.PROTOCOL_LENGTH);
    const mask: u32 = length === 4 ? 0xffffffff : 0xffffff;
    if ((word & mask) !== load<u32>(entry, at.PROTOCOL_WORD)) continue;
    store<i32>(ints + pointer(at.P_PROTO), int(entry + at.PROTOCOL_VALUE));
    store<i32>(ints + pointer(at.P_IP_PROTO), int(entry + at.PROTOCOL_IP));
    return p + <usize>length;
  }
  return 0;
}

/** The number of a connection state, in capitals or not; NONE for another word. */
// @inline
function state(from: usize, to: usize): i32 {
  const length = to - from;
  if (length > 8) return NONE;
  const entry = at.STATES + at.STATE_BYTES * <usize>(((<i32>load<u8>(to - 1) & 31) << 3) | (<i32>length & 7));
  const word = (load<u64>(from) | SMALL_LONG) & (length === 8 ? ~(<u64>0) : ((<u64>1) << ((<u64>length) << 3)) - 1);
  return word === load<u64>(entry, at.STATE_WORD) ? int(entry + at.STATE_VALUE) - 1 : NONE;
}

/** T, true, 1: 1; F, false, 0: 0. */
// @inline
function flag(byte: i32): i32 {
  const lower = byte | 32;
  return lower === 116 || lower === 49 ? 1 : lower === 102 || lower === 48 ? 0 : NONE;
}
