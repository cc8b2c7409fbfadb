/** Rows of a conn.log as parsers write them, cell by cell. A batch read is valid until the next is asked for. */

import { Key } from '../base/hash.js';
import { takeIpv4, takeIpv6 } from '../table/address.js';
import {
  isAbsent,
  LONGEST_DURATION_US,
  makeSmall,
  printableByte,
  readCount,
  readMicros,
  readTime,
  sortedNames,
  timeUnit,
} from './cells.js';
import { COLUMN, type Column } from './columns.js';
import * as AT from './layout.js';
import { HASH_KINDS, ICMP, OTHER, UDP } from './record.js';
import { RowArrays } from './row-arrays.js';
import { flag, protocolOf, stateOf } from './words.js';

/** by column: the place of its count; -1: it has none */
const PLACE = new Int8Array(Object.keys(COLUMN).length).fill(-1);
for (const [column, place] of AT.COUNT_PLACES) PLACE[column] = place;

const MOST_PORT = 65535;
const COLON = 58;
const BOTH_HOSTS = 3;
/** first bytes of an IPv4-mapped IPv6 address, ::ffff:0:0/96 (RFC 4291 section 2.5.5.2) */
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff] as const;
const key = new Key();

export class ConnBatch extends RowArrays {
  /** bytes of texts of the whole rows and of the row begun */
  private nextText = 0;
  /** a bit for each address of the row begun, and for each of them that is of IPv6 */
  private hosts = 0;
  private hosts6 = 0;

  /** the first column of the row begun whose cell holds something that cannot be read, and where it stands; -1: none */
  wrong: Column | -1 = -1;
  wrongFrom = 0;
  wrongTo = 0;
  /** which of TIME_UNITS the time of the row begun was given in */
  unit = 0;

  /** Begins the next row: nothing is present. */
  begin(): void {
    this.wrong = -1;
    const { reals, ints, count } = this;
    const real = count * AT.REALS;
    for (let i = real; i < real + AT.REALS; i++) reals[i] = -1;
    const int = count * AT.INTS;
    for (let i = int; i < int + AT.LENGTHS; i++) ints[i] = -1;
    for (let i = int + AT.LENGTHS; i < int + AT.HASHES; i++) ints[i] = 0;
    for (let i = int + AT.UID; i < int + AT.INTS; i++) ints[i] = 0;
    ints[int + AT.PROTO] = OTHER;
    this.nextText = this.textEnd;
    this.hosts = this.hosts6 = 0;
  }

  /** Whether the row begun says when and who. */
  get complete(): boolean {
    return this.hosts === BOTH_HOSTS && this.reals[this.count * AT.REALS + AT.TIME] >= 0;
  }

  /** Ends the row begun, with what only the whole row tells. */
  end(): void {
    const { ints, addresses, texts, count } = this;
    const int = count * AT.INTS;
    this.oneFamily();
    if (ints[int + AT.PROTO] === ICMP) ints[int + AT.IP_PROTO] = ints[int + AT.IP_VERSION] === 6 ? 58 : 1;
    else if (ints[int + AT.PROTO] === UDP) ints[int + AT.IP_PROTO] = 17;
    const length = ints[int + AT.IP_VERSION] === 6 ? 16 : 4;
    const address = count * AT.ADDRESS_BYTES;
    this.hash(0, addresses, address + AT.ORIG_H, length);
    this.hash(1, addresses, address + AT.RESP_H, length);
    this.hash(2, texts, ints[int + AT.STARTS + AT.SERVICE], ints[int + AT.LENGTHS + AT.SERVICE]);
    this.hash(3, texts, ints[int + AT.STARTS + AT.HISTORY], ints[int + AT.LENGTHS + AT.HISTORY]);
    this.textEnd = this.nextText;
    this.count++;
  }

  private hash(which: 0 | 1 | 2 | 3, bytes: Uint8Array, from: number, length: number): void {
    key.start(HASH_KINDS[which]).addBytes(bytes, from, length);
    const at = this.count * AT.INTS + AT.HASHES + 2 * which;
    this.ints[at] = key.low;
    this.ints[at + 1] = key.high;
  }

  /**
   * Puts the cell `text[from..to)` of a column into the row begun. False where it makes the row worthless. Other cells
   * that cannot be read stay "not present", and `wrong` says so: the row still tells who met whom.
   * @param separator of the names in a set
   */
  assign(column: Column, text: Uint8Array, from: number, to: number, separator: number): boolean {
    const isLabel = column === COLUMN.label || column === COLUMN['detailed-label'];
    if (!isLabel && isAbsent(text, from, to)) return true;
    const read = this.take(column, text, from, to, separator);
    if (read || column === COLUMN.ts || column === COLUMN['id.orig_h'] || column === COLUMN['id.resp_h']) return read;
    if (this.wrong >= 0) return true;
    this.wrong = column;
    this.wrongFrom = from;
    this.wrongTo = to;
    return true;
  }

  /** False where the cell cannot be read. */
  private take(column: Column, text: Uint8Array, from: number, to: number, separator: number): boolean {
    const place = PLACE[column];
    if (place >= 0) return this.put(place, readCount(text, from, to));
    const { reals, ints } = this;
    const real = this.count * AT.REALS;
    const int = this.count * AT.INTS;
    switch (column) {
      case COLUMN['id.orig_h']:
      case COLUMN['id.resp_h']:
        return this.address(text, from, to, sideOf(column));
      case COLUMN.ts: {
        const timeUs = readTime(text, from, to);
        reals[real + AT.TIME] = timeUs;
        this.unit = timeUnit;
        return timeUs >= 0;
      }
      case COLUMN.uid:
        this.uid(text, from, to);
        return true;
      case COLUMN.proto:
        this.protocol(text, from, to);
        return true;
      case COLUMN.ip_proto:
        ints[int + AT.IP_PROTO] = readCount(text, from, to);
        return ints[int + AT.IP_PROTO] >= 0;
      case COLUMN.service:
        this.text(AT.SERVICE, text, from, to);
        this.sort(separator);
        return true;
      case COLUMN.duration: {
        const micros = readMicros(text, from, to);
        const good = micros >= 0 && micros < LONGEST_DURATION_US;
        reals[real + AT.DURATION] = good ? micros / 1e6 : -1;
        return good;
      }
      case COLUMN.conn_state:
        ints[int + AT.CONN_STATE] = stateOf(text, from, to);
        return ints[int + AT.CONN_STATE] >= 0;
      case COLUMN.local_orig:
        ints[int + AT.LOCAL_ORIG] = flag(text, from);
        return ints[int + AT.LOCAL_ORIG] >= 0;
      case COLUMN.local_resp:
        ints[int + AT.LOCAL_RESP] = flag(text, from);
        return ints[int + AT.LOCAL_RESP] >= 0;
      case COLUMN.history:
        this.text(AT.HISTORY, text, from, to);
        return true;
      case COLUMN.label:
        this.text(AT.LABEL, text, from, to);
        return true;
      case COLUMN['detailed-label']:
        this.text(AT.DETAILED_LABEL, text, from, to);
        return true;
      default:
        return true;
    }
  }

  /** Puts a number of the row begun: into the reals or, from REALS on, among the others. False where it is none. */
  put(place: number, value: number): boolean {
    if (place < AT.REALS) this.reals[this.count * AT.REALS + place] = value;
    else this.ints[this.count * AT.INTS + place - AT.REALS] = port(value);
    return value >= 0 && (place < AT.REALS || value <= MOST_PORT);
  }

  private address(text: Uint8Array, from: number, to: number, side: number): boolean {
    let six = false;
    for (let i = from; i < to && i < from + 5; i++) if (text[i] === COLON) six = true;
    const bit = side === AT.ORIG_H ? 1 : 2;
    const at = this.count * AT.ADDRESS_BYTES + side;
    this.addresses.fill(0, at, at + 16);
    this.hosts |= bit;
    this.hosts6 &= ~bit;
    if (!six) return takeIpv4(text, from, to, this.addresses, at) === to;
    const bytes = this.addresses.subarray(at, at + 16);
    if (takeIpv6(text, from, to, bytes) !== to) return false;
    // a host has one name, whichever kind of socket the writer of the log had
    if (!unmap(bytes)) this.hosts6 |= bit;
    return true;
  }

  /** The row begun gets one version. An IPv4 address beside one of IPv6 is written as an IPv4-mapped one. */
  private oneFamily(): void {
    const { addresses, count, hosts6 } = this;
    this.ints[count * AT.INTS + AT.IP_VERSION] = hosts6 === 0 ? 4 : 6;
    if (hosts6 !== 1 && hosts6 !== 2) return;
    const at = count * AT.ADDRESS_BYTES + (hosts6 === 1 ? AT.RESP_H : AT.ORIG_H);
    addresses.copyWithin(at + MAPPED.length, at, at + 4);
    addresses.set(MAPPED, at);
  }

  private uid(text: Uint8Array, from: number, to: number): void {
    const at = this.count * AT.INTS + AT.UID;
    this.ints.fill(0, at, at + AT.INTS - AT.UID); // a column may stand twice
    this.takeBytes(at, text, Math.max(from, to - 8), to);
    this.takeBytes(at + AT.UID_TEXT - AT.UID, text, from, Math.min(to, from + AT.UID_MOST));
  }

  /** Four bytes a word, the least first. */
  private takeBytes(at: number, text: Uint8Array, from: number, to: number): void {
    for (let i = from; i < to; i++) this.ints[at + ((i - from) >> 2)] |= text[i] << (8 * ((i - from) & 3));
  }

  private protocol(text: Uint8Array, from: number, to: number): void {
    const int = this.count * AT.INTS;
    const proto = protocolOf(text, from, to);
    this.ints[int + AT.PROTO] = proto;
    const number = proto === OTHER ? readCount(text, from, to) : (AT.IP_PROTOCOLS[proto] as number);
    if (number >= 0) this.ints[int + AT.IP_PROTO] = number;
  }

  /** A printable-ASCII copy; what is too long is cut. */
  private text(field: 0 | 1 | 2 | 3, text: Uint8Array, from: number, to: number): void {
    const { texts, nextText } = this;
    // a column that stands twice must not outgrow the batch
    const length = Math.min(to - from, AT.TEXT_MOST[field], texts.length - nextText);
    for (let i = 0; i < length; i++) texts[nextText + i] = printableByte(text[from + i]);
    const int = this.count * AT.INTS;
    this.ints[int + AT.LENGTHS + field] = length;
    this.ints[int + AT.STARTS + field] = nextText;
    this.nextText = nextText + length;
  }

  /** Names of the service in small letters and alphabetical order, joined by commas. */
  private sort(separator: number): void {
    const { texts } = this;
    const at = this.ints[this.count * AT.INTS + AT.STARTS + AT.SERVICE];
    const length = this.ints[this.count * AT.INTS + AT.LENGTHS + AT.SERVICE];
    makeSmall(texts, at, at + length);
    for (let i = at; i < at + length; i++) {
      if (texts[i] !== separator) continue;
      this.ints[this.count * AT.INTS + AT.LENGTHS + AT.SERVICE] = sortedNames(texts, at, length, separator);
      return;
    }
  }
}

/** First byte of an address column in a row's addresses. */
function sideOf(column: Column): number {
  return column === COLUMN['id.orig_h'] ? AT.ORIG_H : AT.RESP_H;
}

/** An IPv4-mapped IPv6 address becomes its four bytes. @returns whether it was one */
function unmap(bytes: Uint8Array): boolean {
  for (let i = 0; i < MAPPED.length; i++) if (bytes[i] !== MAPPED[i]) return false;
  bytes.copyWithin(0, MAPPED.length);
  bytes.fill(0, 4);
  return true;
}

function port(value: number): number {
  return value <= MOST_PORT ? value : -1;
}
