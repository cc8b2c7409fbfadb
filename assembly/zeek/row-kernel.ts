/**
 * Rows of tab-separated conn.logs into blocks: the lines that nearly all are. A line with anything else in it — an IPv6
 * address, several services, a number with an exponent, too few columns — is left for src/zeek/tsv.ts, which reads all.
 */

import { addBytes, start } from '../hash';
import { count, decimal, end, ipv4, micros, text, whole } from './row-cells';
import {
  ADDRESS,
  ADDRESSES,
  COLUMNS,
  COUNT,
  COUNT_REAL,
  DURATION,
  EMPTY,
  HASH_KINDS,
  INT_BYTES,
  INTS,
  IP_PROTO,
  int,
  LAYOUT_VERSION,
  MOST,
  NAMES,
  P_HASHES,
  P_IP_PROTO,
  P_LENGTHS,
  P_PROTO,
  P_TIME,
  P_VERSION,
  PLAN,
  PLAN_BYTES,
  PORT,
  PROTO,
  PROTOCOLS,
  pointer,
  REAL_BYTES,
  REALS,
  SEPARATOR,
  SET_SEPARATOR,
  SKIP,
  STATE,
  STATE_BYTES,
  STATES,
  TEXT,
  TEXT_END,
  TEXTS,
  TIME,
  UNSET,
} from './row-memory';

/** numbers of the texts that have a hash */
const SERVICE: usize = 0;
const HISTORY: usize = 1;

const NEWLINE: i32 = 10;
const RETURN: i32 = 13;
const HASH: i32 = 35;
const ADDRESS_BYTES: usize = 32;
/** milliseconds, not seconds, from here on [µs] */
const MS_FROM: f64 = 1e17;
/** value of a column that is not present */
const NONE: i32 = -1;

export function layoutVersion(): i32 {
  return LAYOUT_VERSION;
}

/**
 * Reads lines of the text `[from, to)` until the block is full; a line end must stand at `to`.
 * @returns where the first line begins that was not read; COUNT and TEXT_END say what the block holds now
 */
export function rows(from: usize, to: usize): usize {
  const most = int(MOST);
  let row = int(COUNT);
  let p = from;
  while (row < most) {
    const next = line(p, to, row);
    if (next == 0) break;
    p = next;
    row++;
  }
  store<i32>(COUNT, row);
  return p;
}

/** One line into row `row`; 0: it is left, or not whole. */
function line(from: usize, to: usize, row: i32): usize {
  const first = <i32>load<u8>(from);
  if (first == HASH || first == NEWLINE) return 0;
  const separator = int(SEPARATOR);
  const unset = int(UNSET);
  const empty = int(EMPTY);
  const reals = pointer(REALS) + <usize>row * pointer(REAL_BYTES);
  const ints = pointer(INTS) + <usize>row * pointer(INT_BYTES);
  const lengths = ints + pointer(P_LENGTHS);
  let textEnd = pointer(TEXT_END);
  begin(reals, ints, lengths);

  let ipProto = NONE;
  let hosts = 0;
  let p = from;
  const planEnd = PLAN + PLAN_BYTES * <usize>int(COLUMNS);
  for (let plan = PLAN; ; plan += PLAN_BYTES) {
    if (plan == planEnd) return 0;
    const byte = <i32>load<u8>(p);
    const next = <i32>load<u8>(p + 1);
    if (byte == unset && (next == separator || next == NEWLINE)) p++;
    else if (byte != separator && byte != NEWLINE) {
      const kind = int(plan);
      const place = pointer(plan + 4);
      if (kind == SKIP) p = end(p, separator);
      else if (byte == empty) return 0;
      else if (kind == COUNT_REAL) {
        p = count(p);
        store<f64>(reals + place, <f64>whole);
      } else if (kind == PORT || kind == IP_PROTO) {
        p = count(p);
        if (whole > 65535) return 0;
        if (kind == PORT) store<i32>(ints + place, <i32>whole);
        else ipProto = <i32>whole;
      } else if (kind == ADDRESS) {
        p = ipv4(p, pointer(ADDRESSES) + <usize>row * ADDRESS_BYTES + place);
        hosts++;
      } else if (kind == TIME || kind == DURATION) {
        p = decimal(p);
        const us = <f64>whole * 1e6 + <f64>micros;
        if (us >= MS_FROM) return 0;
        store<f64>(reals + place, kind == TIME ? us : us / 1e6);
      } else if (kind == TEXT || kind == NAMES) {
        const start = p;
        p = text(p, pointer(TEXTS) + textEnd, separator, pointer(plan + 8), kind == NAMES ? int(SET_SEPARATOR) : 0);
        const field = pointer(plan + 12) << 2;
        store<i32>(lengths + field, <i32>(p - start));
        store<i32>(lengths + 16 + field, <i32>textEnd);
        textEnd += p - start;
      } else if (kind == PROTO) p = protocol(p, ints);
      else {
        const start = p;
        p = end(p, separator);
        store<i32>(ints + place, kind == STATE ? state(start, p) : flag(byte));
      }
      if (p == 0) return 0;
      const after = <i32>load<u8>(p);
      if (after != separator && after != NEWLINE) return 0;
    }
    if (load<u8>(p) == NEWLINE) {
      if (p >= to || plan + PLAN_BYTES != planEnd || load<u8>(p - 1) == RETURN) return 0;
      break;
    }
    p++;
  }
  const known = int(ints + pointer(P_IP_PROTO));
  if (known == NONE || (ipProto != NONE && ipProto != known)) return 0;
  if (hosts != 2 || load<f64>(reals + pointer(P_TIME)) < 0) return 0;
  store<i32>(ints + pointer(P_VERSION), 4);
  const hashes = ints + pointer(P_HASHES);
  const address = pointer(ADDRESSES) + <usize>row * ADDRESS_BYTES;
  store<u64>(hashes, addBytes(start(int(HASH_KINDS)), address, 4));
  store<u64>(hashes, addBytes(start(int(HASH_KINDS + 4)), address + 16, 4), 8);
  store<u64>(hashes, textHash(int(HASH_KINDS + 8), lengths, SERVICE), 16);
  store<u64>(hashes, textHash(int(HASH_KINDS + 12), lengths, HISTORY), 24);
  store<u32>(TEXT_END, <u32>textEnd);
  return p + 1;
}

function textHash(kind: i32, lengths: usize, field: usize): u64 {
  const at = lengths + (field << 2);
  return addBytes(start(kind), pointer(TEXTS) + pointer(at + 16), int(at));
}

/** Nothing is present. */
// @ts-ignore: decorator
@inline
function begin(reals: usize, ints: usize, lengths: usize): void {
  for (let p = reals; p < reals + pointer(REAL_BYTES); p += 8) store<f64>(p, -1);
  for (let p = ints; p < lengths; p += 4) store<i32>(p, NONE);
  v128.store(lengths, i32x4.splat(0));
  v128.store(lengths, i32x4.splat(0), 16);
}

/** TCP, UDP or ICMP by its name. */
// @ts-ignore: decorator
@inline
function protocol(p: usize, ints: usize): usize {
  const word = load<u32>(p);
  for (let entry = PROTOCOLS; entry < PROTOCOLS + 48; entry += 16) {
    const length = int(entry + 4);
    const mask: u32 = length == 4 ? 0xffffffff : 0xffffff;
    if ((word & mask) != load<u32>(entry)) continue;
    store<i32>(ints + pointer(P_PROTO), int(entry + 8));
    store<i32>(ints + pointer(P_IP_PROTO), int(entry + 12));
    return p + <usize>length;
  }
  return 0;
}

/** The number of a connection state, NONE for another word. */
// @ts-ignore: decorator
@inline
function state(from: usize, to: usize): i32 {
  const length = to - from;
  if (length > 8) return NONE;
  const entry = STATES + STATE_BYTES * <usize>(((<i32>load<u8>(to - 1) & 31) << 3) | (<i32>length & 7));
  const word = load<u64>(from) & (length == 8 ? ~(<u64>0) : (<u64>1 << (<u64>length << 3)) - 1);
  return word == load<u64>(entry) ? int(entry + 8) - 1 : NONE;
}

/** T, true, 1: 1; F, false, 0: 0. */
// @ts-ignore: decorator
@inline
function flag(byte: i32): i32 {
  const lower = byte | 32;
  return lower == 116 || lower == 49 ? 1 : lower == 102 || lower == 48 ? 0 : NONE;
}
