/**
 * Rows of a conn.log as flat arrays over one piece of memory, which threads can share. Parsers write cell by cell,
 * readers take a row out into a connection record.
 */

import { Key } from '../base/hash.js';
import { takeIpv4, takeIpv6 } from '../table/address.js';
import type { TextField } from '../table/record.js';
import { equals, flag, printableByte, readCount, readMicros, sortedNames, statePlace } from './cells.js';
import { COLUMN, type Column } from './columns.js';
import {
  ADDRESS_BYTES,
  arraysFrom,
  BLOCK_BYTES,
  BLOCK_ROWS,
  CONN_STATE,
  COUNT_PLACES,
  DETAILED_LABEL,
  DURATION,
  HASHES,
  HISTORY,
  INTS,
  IP_PROTO,
  IP_PROTOCOLS,
  IP_VERSION,
  LABEL,
  LENGTHS,
  LOCAL_ORIG,
  LOCAL_RESP,
  MISSED_BYTES,
  ORIG_BYTES,
  ORIG_IP_BYTES,
  ORIG_P,
  ORIG_PKTS,
  PROTO,
  REALS,
  RESP_BYTES,
  RESP_IP_BYTES,
  RESP_P,
  RESP_PKTS,
  SERVICE,
  STARTS,
  TEXT_MOST,
  TIME,
} from './layout.js';
import {
  CONN_STATES,
  type ConnBatch,
  type ConnRecord,
  HASH_KINDS,
  ICMP,
  OTHER,
  PROTOCOLS,
  TCP,
  UDP,
} from './record.js';

/** by column: the place of its count; -1: it has none */
const PLACE = new Int8Array(Object.keys(COLUMN).length).fill(-1);
for (const [column, place] of COUNT_PLACES) PLACE[column] = place;

/** JSON writers of Zeek can give times in ms; seconds reach this in the year 5138. */
const MS_FROM = 1e11 * 1e6;
const COLON = 58;
const encoder = new TextEncoder();
const STATE_WORDS = CONN_STATES.map((state) => encoder.encode(state));
const STATE_AT = new Int8Array(256).fill(-1);
for (const [state, word] of STATE_WORDS.entries()) STATE_AT[statePlace(word, 0, word.length)] = state;
const key = new Key();
const PROTOCOL_WORDS = PROTOCOLS.map((name) => encoder.encode(name));

export class ConnBlock implements ConnBatch {
  /** whole rows; cells go into the one after them */
  count = 0;
  private readonly reals: Float64Array;
  private readonly ints: Int32Array;
  private readonly addresses: Uint8Array;
  private readonly texts: Uint8Array;
  /** bytes of texts of the whole rows, and with those of the row begun */
  private textEnd = 0;
  private nextText = 0;
  /** addresses of the row begun */
  private hosts = 0;

  /** @param memory that holds BLOCK_BYTES from `from` on, a multiple of 8 */
  constructor(memory: ArrayBufferLike = new ArrayBuffer(BLOCK_BYTES), from = 0) {
    const at = arraysFrom(from);
    this.reals = new Float64Array(memory, at.reals, BLOCK_ROWS * REALS);
    this.ints = new Int32Array(memory, at.ints, BLOCK_ROWS * INTS);
    this.addresses = new Uint8Array(memory, at.addresses, BLOCK_ROWS * ADDRESS_BYTES);
    this.texts = new Uint8Array(memory, at.texts, at.end - at.texts);
  }

  clear(): void {
    this.count = this.textEnd = 0;
  }

  /** Bytes of texts so far. */
  get textBytes(): number {
    return this.textEnd;
  }

  /** Takes over the rows that another block holds after those of this one, which are the same in both. */
  extend(other: ConnBlock, count: number, textBytes: number): void {
    const { count: from, textEnd } = this;
    this.reals.set(other.reals.subarray(from * REALS, count * REALS), from * REALS);
    this.ints.set(other.ints.subarray(from * INTS, count * INTS), from * INTS);
    const address = from * ADDRESS_BYTES;
    this.addresses.set(other.addresses.subarray(address, count * ADDRESS_BYTES), address);
    this.texts.set(other.texts.subarray(textEnd, textBytes), textEnd);
    this.count = count;
    this.textEnd = textBytes;
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
    for (let i = int + LENGTHS; i < int + HASHES; i++) ints[i] = 0;
    ints[int + PROTO] = OTHER;
    this.nextText = this.textEnd;
    this.hosts = 0;
  }

  /** Whether the row begun says when and who. */
  get complete(): boolean {
    return this.hosts === 2 && this.reals[this.count * REALS + TIME] >= 0;
  }

  /** Ends the row begun, with what only the whole row tells. */
  end(): void {
    const { ints, addresses, texts, count } = this;
    const int = count * INTS;
    if (ints[int + PROTO] === ICMP) ints[int + IP_PROTO] = ints[int + IP_VERSION] === 6 ? 58 : 1;
    else if (ints[int + PROTO] === UDP) ints[int + IP_PROTO] = 17;
    const length = ints[int + IP_VERSION] === 6 ? 16 : 4;
    this.hash(0, addresses, count * ADDRESS_BYTES, length);
    this.hash(1, addresses, count * ADDRESS_BYTES + 16, length);
    this.hash(2, texts, ints[int + STARTS + SERVICE], ints[int + LENGTHS + SERVICE]);
    this.hash(3, texts, ints[int + STARTS + HISTORY], ints[int + LENGTHS + HISTORY]);
    this.textEnd = this.nextText;
    this.count++;
  }

  private hash(which: 0 | 1 | 2 | 3, bytes: Uint8Array, from: number, length: number): void {
    key.start(HASH_KINDS[which]).addBytes(bytes, from, length);
    const at = this.count * INTS + HASHES + 2 * which;
    this.ints[at] = key.low;
    this.ints[at + 1] = key.high;
  }

  /**
   * Puts the cell `text[from..to)` of a column into the row begun. False where it makes the row worthless. Counts that
   * are no numbers stay "not present": the row still tells who met whom.
   * @param separator of the names in a set
   */
  assign(column: Column, text: Uint8Array, from: number, to: number, separator: number): boolean {
    const place = PLACE[column];
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
    this.hosts++;
    const at = this.count * ADDRESS_BYTES + side;
    this.addresses.fill(0, at, at + 16);
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
    const { texts, nextText } = this;
    // a column that stands twice must not outgrow the block
    const length = Math.min(to - from, TEXT_MOST[field], texts.length - nextText);
    for (let i = 0; i < length; i++) texts[nextText + i] = printableByte(text[from + i]);
    const int = this.count * INTS;
    this.ints[int + LENGTHS + field] = length;
    this.ints[int + STARTS + field] = nextText;
    this.nextText = nextText + length;
  }

  /** Names of the service in alphabetical order, joined by commas. */
  private sort(separator: number): void {
    const { texts } = this;
    const at = this.ints[this.count * INTS + STARTS + SERVICE];
    const length = this.ints[this.count * INTS + LENGTHS + SERVICE];
    for (let i = at; i < at + length; i++) {
      if (texts[i] !== separator) continue;
      this.ints[this.count * INTS + LENGTHS + SERVICE] = sortedNames(texts, at, length, separator);
      return;
    }
  }

  /** Time of a row's first packet, in µs. */
  timestampUs(index: number): number {
    return this.reals[index * REALS + TIME];
  }

  read(index: number, into: ConnRecord): void {
    const { reals, ints, addresses } = this;
    const real = index * REALS;
    const int = index * INTS;
    into.timestampUs = reals[real + TIME];
    into.duration = reals[real + DURATION];
    into.origBytes = reals[real + ORIG_BYTES];
    into.respBytes = reals[real + RESP_BYTES];
    into.missedBytes = reals[real + MISSED_BYTES];
    into.origPkts = reals[real + ORIG_PKTS];
    into.origIpBytes = reals[real + ORIG_IP_BYTES];
    into.respPkts = reals[real + RESP_PKTS];
    into.respIpBytes = reals[real + RESP_IP_BYTES];
    into.ipVersion = ints[int + IP_VERSION];
    into.origP = ints[int + ORIG_P];
    into.respP = ints[int + RESP_P];
    into.proto = ints[int + PROTO];
    into.ipProto = ints[int + IP_PROTO];
    into.connState = ints[int + CONN_STATE];
    into.localOrig = ints[int + LOCAL_ORIG];
    into.localResp = ints[int + LOCAL_RESP];
    const hashes = int + HASHES;
    into.origHashLow = ints[hashes];
    into.origHashHigh = ints[hashes + 1];
    into.respHashLow = ints[hashes + 2];
    into.respHashHigh = ints[hashes + 3];
    into.serviceHashLow = ints[hashes + 4];
    into.serviceHashHigh = ints[hashes + 5];
    into.historyHashLow = ints[hashes + 6];
    into.historyHashHigh = ints[hashes + 7];
    const length = into.ipVersion === 4 ? 4 : 16;
    const at = index * ADDRESS_BYTES;
    for (let i = 0; i < length; i++) {
      into.origH[i] = addresses[at + i];
      into.respH[i] = addresses[at + 16 + i];
    }
    this.readText(index, SERVICE, into.service);
    this.readText(index, HISTORY, into.history);
    this.readText(index, LABEL, into.label);
    this.readText(index, DETAILED_LABEL, into.detailedLabel);
  }

  private readText(index: number, field: 0 | 1 | 2 | 3, into: TextField): void {
    const { texts } = this;
    const at = this.ints[index * INTS + STARTS + field];
    const length = this.ints[index * INTS + LENGTHS + field];
    for (let i = 0; i < length; i++) into.bytes[i] = texts[at + i];
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
  const state = STATE_AT[statePlace(text, from, to)];
  return state >= 0 && equals(text, from, to, STATE_WORDS[state] as Uint8Array) ? state : -1;
}
