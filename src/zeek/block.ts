/**
 * Rows of a conn.log as flat arrays over one piece of memory, which threads can share. Parsers write cell by cell,
 * readers take a row out into a connection record.
 */

import { takeIpv4, takeIpv6 } from '../table/address.js';
import type { TextField } from '../table/record.js';
import { equals, flag, printableByte, readCount, readMicros, sortedNames } from './cells.js';
import { COLUMN, type Column } from './columns.js';
import { CONN_STATES, type ConnBatch, type ConnRecord, ICMP, OTHER, PROTOCOLS, TCP, UDP } from './record.js';

export const BLOCK_ROWS = 512;

/** places of a row's numbers that may exceed 32 bits */
const TIME = 0;
const DURATION = 1;
const ORIG_BYTES = 2;
const RESP_BYTES = 3;
const MISSED_BYTES = 4;
const ORIG_PKTS = 5;
const ORIG_IP_BYTES = 6;
const RESP_PKTS = 7;
const RESP_IP_BYTES = 8;
const REALS = 9;

/** places of a row's other numbers, and of the lengths of its texts */
const IP_VERSION = 0;
const ORIG_P = 1;
const RESP_P = 2;
const PROTO = 3;
const IP_PROTO = 4;
const CONN_STATE = 5;
const LOCAL_ORIG = 6;
const LOCAL_RESP = 7;
const LENGTHS = 8;
const INTS = 12;

const ADDRESS_BYTES = 32;
/** first byte of each text of a row, in the order of their lengths, and the end of the last: service, history, label, detailed-label */
const TEXT_AT = [0, 128, 192, 256, 384] as const;
const TEXT_BYTES = TEXT_AT[4];
const SERVICE = 0;
const HISTORY = 1;
const LABEL = 2;
const DETAILED_LABEL = 3;

const ROW_BYTES = 8 * REALS + 4 * INTS + ADDRESS_BYTES + TEXT_BYTES;
export const BLOCK_BYTES = BLOCK_ROWS * ROW_BYTES;

const ADDRESS = -2;
/** by column: where its count goes, among the reals or, from REALS on, the ports among the other numbers; ADDRESS; -1: neither */
const PLACE = new Int8Array(Object.keys(COLUMN).length).fill(-1);
for (const [column, place] of [
  [COLUMN.orig_bytes, ORIG_BYTES],
  [COLUMN.resp_bytes, RESP_BYTES],
  [COLUMN.missed_bytes, MISSED_BYTES],
  [COLUMN.orig_pkts, ORIG_PKTS],
  [COLUMN.orig_ip_bytes, ORIG_IP_BYTES],
  [COLUMN.resp_pkts, RESP_PKTS],
  [COLUMN.resp_ip_bytes, RESP_IP_BYTES],
  [COLUMN['id.orig_p'], REALS + ORIG_P],
  [COLUMN['id.resp_p'], REALS + RESP_P],
  [COLUMN['id.orig_h'], ADDRESS],
  [COLUMN['id.resp_h'], ADDRESS],
] as const) {
  PLACE[column] = place;
}
/** Digits of a number that is exact for certain. */
const SAFE_DIGITS = 15;
const ZERO = 48;

/** JSON writers of Zeek can give times in ms; seconds reach this in the year 5138. */
const MS_FROM = 1e11 * 1e6;
const COLON = 58;
const encoder = new TextEncoder();
const STATE_WORDS = CONN_STATES.map((state) => encoder.encode(state));
const STATE_AT = new Int8Array(256).fill(-1);
for (const [state, word] of STATE_WORDS.entries()) STATE_AT[statePlace(word, 0, word.length)] = state;
const PROTOCOL_WORDS = PROTOCOLS.map((name) => encoder.encode(name));
const IP_PROTOCOLS = [6, 17, -1, -1];

export class ConnBlock implements ConnBatch {
  /** whole rows; cells go into the one after them */
  count = 0;
  private readonly reals: Float64Array;
  private readonly ints: Int32Array;
  private readonly addresses: Uint8Array;
  private readonly texts: Uint8Array;

  /** @param memory that holds BLOCK_BYTES from `from` on, a multiple of 8 */
  constructor(memory: ArrayBufferLike = new ArrayBuffer(BLOCK_BYTES), from = 0) {
    let at = from;
    const next = (bytes: number): number => {
      at += bytes * BLOCK_ROWS;
      return at - bytes * BLOCK_ROWS;
    };
    this.reals = new Float64Array(memory, next(8 * REALS), BLOCK_ROWS * REALS);
    this.ints = new Int32Array(memory, next(4 * INTS), BLOCK_ROWS * INTS);
    this.addresses = new Uint8Array(memory, next(ADDRESS_BYTES), BLOCK_ROWS * ADDRESS_BYTES);
    this.texts = new Uint8Array(memory, next(TEXT_BYTES), BLOCK_ROWS * TEXT_BYTES);
  }

  get full(): boolean {
    return this.count === BLOCK_ROWS;
  }

  /** Begins the next row: nothing is present. */
  begin(): void {
    const { reals, ints, count } = this;
    const real = count * REALS;
    for (let i = real; i < real + REALS; i++) reals[i] = -1;
    const int = count * INTS;
    for (let i = int; i < int + LENGTHS; i++) ints[i] = -1;
    for (let i = int + LENGTHS; i < int + INTS; i++) ints[i] = 0;
    ints[int + PROTO] = OTHER;
  }

  /** Whether the row begun says when and who. */
  get complete(): boolean {
    return this.ints[this.count * INTS + IP_VERSION] > 0 && this.reals[this.count * REALS + TIME] >= 0;
  }

  /** Ends the row begun, with what only the whole row tells. */
  end(): void {
    const { ints } = this;
    const int = this.count++ * INTS;
    if (ints[int + PROTO] === ICMP) ints[int + IP_PROTO] = ints[int + IP_VERSION] === 6 ? 58 : 1;
    else if (ints[int + PROTO] === UDP) ints[int + IP_PROTO] = 17;
  }

  /**
   * Reads a cell that begins at `text[from]` and is a count or a dotted quad, as most are.
   * @returns its end, at the separator or `to`; -1: it is something else, and `assign` is due
   */
  take(column: Column, text: Uint8Array, from: number, to: number, separator: number): number {
    const place = PLACE[column] as number;
    let end = from;
    if (place >= 0) {
      let value = 0;
      for (; end < to; end++) {
        const digit = (text[end] as number) - ZERO;
        if (digit < 0 || digit > 9) break;
        value = 10 * value + digit;
      }
      if (end === from || end - from > SAFE_DIGITS || (end < to && text[end] !== separator)) return -1;
      this.putCount(place, value);
      return end;
    }
    if (place === ADDRESS) {
      end = takeIpv4(text, from, to, this.addresses, this.count * ADDRESS_BYTES + sideOf(column));
      if (end < 0 || (end < to && text[end] !== separator)) return -1;
      this.ints[this.count * INTS + IP_VERSION] = 4;
      return end;
    }
    return -1;
  }

  /**
   * Puts the cell `text[from..to)` of a column into the row begun. False where it makes the row worthless. Counts that
   * are no numbers stay "not present": the row still tells who met whom.
   * @param separator of the names in a set
   */
  assign(column: Column, text: Uint8Array, from: number, to: number, separator: number): boolean {
    const place = PLACE[column] as number;
    if (place >= 0) {
      this.putCount(place, readCount(text, from, to));
      return true;
    }
    const { reals, ints } = this;
    const real = this.count * REALS;
    const int = this.count * INTS;
    switch (column) {
      case COLUMN['id.orig_h']:
      case COLUMN['id.resp_h']:
        return this.address(text, from, to, sideOf(column));
      case COLUMN.ts: {
        const micros = readMicros(text, from, to);
        reals[real + TIME] = micros >= MS_FROM ? Math.round(micros / 1000) : micros;
        return micros >= 0;
      }
      case COLUMN.proto:
        this.protocol(text, from, to);
        return true;
      case COLUMN.ip_proto:
        ints[int + IP_PROTO] = readCount(text, from, to);
        return true;
      case COLUMN.service:
        this.text(SERVICE, text, from, to);
        this.sort(separator);
        return true;
      case COLUMN.duration: {
        const micros = readMicros(text, from, to);
        reals[real + DURATION] = micros < 0 ? -1 : micros / 1e6;
        return true;
      }
      case COLUMN.conn_state:
        ints[int + CONN_STATE] = stateOf(text, from, to);
        return true;
      case COLUMN.local_orig:
        ints[int + LOCAL_ORIG] = flag(text, from);
        return true;
      case COLUMN.local_resp:
        ints[int + LOCAL_RESP] = flag(text, from);
        return true;
      case COLUMN.history:
        this.text(HISTORY, text, from, to);
        return true;
      case COLUMN.label:
        this.text(LABEL, text, from, to);
        return true;
      case COLUMN['detailed-label']:
        this.text(DETAILED_LABEL, text, from, to);
        return true;
      default:
        return true;
    }
  }

  private putCount(place: number, value: number): void {
    if (place < REALS) this.reals[this.count * REALS + place] = value;
    else this.ints[this.count * INTS + place - REALS] = port(value);
  }

  private address(text: Uint8Array, from: number, to: number, side: 0 | 16): boolean {
    let six = false;
    for (let i = from; i < to && i < from + 5; i++) if (text[i] === COLON) six = true;
    this.ints[this.count * INTS + IP_VERSION] = six ? 6 : 4;
    const at = this.count * ADDRESS_BYTES + side;
    if (six) return takeIpv6(text, from, to, this.addresses.subarray(at, at + 16)) === to;
    return takeIpv4(text, from, to, this.addresses, at) === to;
  }

  private protocol(text: Uint8Array, from: number, to: number): void {
    const int = this.count * INTS;
    this.ints[int + PROTO] = OTHER;
    for (let i = TCP; i <= ICMP; i++) {
      if (!equals(text, from, to, PROTOCOL_WORDS[i] as Uint8Array)) continue;
      this.ints[int + PROTO] = i;
      this.ints[int + IP_PROTO] = IP_PROTOCOLS[i] as number;
      return;
    }
  }

  /** A printable-ASCII copy; what is too long is cut. */
  private text(field: 0 | 1 | 2 | 3, text: Uint8Array, from: number, to: number): void {
    const { texts } = this;
    const at = this.count * TEXT_BYTES + TEXT_AT[field];
    const length = Math.min(to - from, (TEXT_AT[field + 1] as number) - TEXT_AT[field]);
    for (let i = 0; i < length; i++) texts[at + i] = printableByte(text[from + i] as number);
    this.ints[this.count * INTS + LENGTHS + field] = length;
  }

  /** Names of the service in alphabetical order, joined by commas. */
  private sort(separator: number): void {
    const { texts } = this;
    const at = this.count * TEXT_BYTES + TEXT_AT[SERVICE];
    const length = this.ints[this.count * INTS + LENGTHS + SERVICE] as number;
    for (let i = at; i < at + length; i++) {
      if (texts[i] !== separator) continue;
      this.ints[this.count * INTS + LENGTHS + SERVICE] = sortedNames(texts, at, length, separator);
      return;
    }
  }

  /** Time of a row's first packet, in µs. */
  timestampUs(index: number): number {
    return this.reals[index * REALS + TIME] as number;
  }

  read(index: number, into: ConnRecord): void {
    const { reals, ints, addresses } = this;
    const real = index * REALS;
    const int = index * INTS;
    into.timestampUs = reals[real + TIME] as number;
    into.duration = reals[real + DURATION] as number;
    into.origBytes = reals[real + ORIG_BYTES] as number;
    into.respBytes = reals[real + RESP_BYTES] as number;
    into.missedBytes = reals[real + MISSED_BYTES] as number;
    into.origPkts = reals[real + ORIG_PKTS] as number;
    into.origIpBytes = reals[real + ORIG_IP_BYTES] as number;
    into.respPkts = reals[real + RESP_PKTS] as number;
    into.respIpBytes = reals[real + RESP_IP_BYTES] as number;
    into.ipVersion = ints[int + IP_VERSION] as number;
    into.origP = ints[int + ORIG_P] as number;
    into.respP = ints[int + RESP_P] as number;
    into.proto = ints[int + PROTO] as number;
    into.ipProto = ints[int + IP_PROTO] as number;
    into.connState = ints[int + CONN_STATE] as number;
    into.localOrig = ints[int + LOCAL_ORIG] as number;
    into.localResp = ints[int + LOCAL_RESP] as number;
    const length = into.ipVersion === 4 ? 4 : 16;
    const at = index * ADDRESS_BYTES;
    for (let i = 0; i < length; i++) {
      into.origH[i] = addresses[at + i] as number;
      into.respH[i] = addresses[at + 16 + i] as number;
    }
    this.readText(index, SERVICE, into.service);
    this.readText(index, HISTORY, into.history);
    this.readText(index, LABEL, into.label);
    this.readText(index, DETAILED_LABEL, into.detailedLabel);
  }

  private readText(index: number, field: 0 | 1 | 2 | 3, into: TextField): void {
    const { texts } = this;
    const at = index * TEXT_BYTES + TEXT_AT[field];
    const length = this.ints[index * INTS + LENGTHS + field] as number;
    for (let i = 0; i < length; i++) into.bytes[i] = texts[at + i] as number;
    into.length = length;
  }
}

/** First byte of an address column in a row's addresses. */
function sideOf(column: Column): 0 | 16 {
  return column === COLUMN['id.orig_h'] ? 0 : 16;
}

function port(value: number): number {
  return value <= 65535 ? value : -1;
}

function stateOf(text: Uint8Array, from: number, to: number): number {
  const state = STATE_AT[statePlace(text, from, to)] as number;
  return state >= 0 && equals(text, from, to, STATE_WORDS[state] as Uint8Array) ? state : -1;
}

/** The last letter and the length, which no two states share. */
function statePlace(text: Uint8Array, from: number, to: number): number {
  return (((text[to - 1] as number) & 31) << 3) | ((to - from) & 7);
}
