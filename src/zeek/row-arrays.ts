/** Rows of a conn.log as flat arrays over one piece of memory, which threads can share: read, moved and copied. */

import type { Key } from '../base/hash.js';
import type { Origins } from '../source/origins.js';
import type { TextField } from '../table/record.js';
import * as AT from './layout.js';
import type { ConnRecord } from './record.js';

export class RowArrays {
  /** whole rows; cells go into the one after them */
  count = 0;
  protected readonly reals: Float64Array;
  protected readonly ints: Int32Array;
  protected readonly addresses: Uint8Array;
  protected readonly texts: Uint8Array;
  /** bytes of texts of the whole rows */
  protected textEnd = 0;

  /** @param memory that holds BATCH_BYTES from `from` on, a multiple of 8 */
  constructor(memory: ArrayBufferLike = new ArrayBuffer(AT.BATCH_BYTES), from = 0) {
    const at = AT.arraysFrom(from);
    this.reals = new Float64Array(memory, at.reals, AT.BATCH_ROWS * AT.REALS);
    this.ints = new Int32Array(memory, at.ints, AT.BATCH_ROWS * AT.INTS);
    this.addresses = new Uint8Array(memory, at.addresses, AT.BATCH_ROWS * AT.ADDRESS_BYTES);
    this.texts = new Uint8Array(memory, at.texts, at.end - at.texts);
  }

  clear(): void {
    this.count = this.textEnd = 0;
  }

  /** Bytes of texts so far. */
  get textBytes(): number {
    return this.textEnd;
  }

  /** Takes over the rows that another batch holds after those of this one, which are the same in both. */
  extend(other: RowArrays, count: number, textBytes: number): void {
    const { count: from, textEnd } = this;
    this.reals.set(other.reals.subarray(from * AT.REALS, count * AT.REALS), from * AT.REALS);
    this.ints.set(other.ints.subarray(from * AT.INTS, count * AT.INTS), from * AT.INTS);
    const address = from * AT.ADDRESS_BYTES;
    this.addresses.set(other.addresses.subarray(address, count * AT.ADDRESS_BYTES), address);
    this.texts.set(other.texts.subarray(textEnd, textBytes), textEnd);
    this.count = count;
    this.textEnd = textBytes;
  }

  get full(): boolean {
    return this.count >= AT.BATCH_ROWS;
  }

  /** Copies rows `from`..`to` - 1 of another block behind those of this one, which has room for them. */
  append(other: RowArrays, from: number, to: number): void {
    const { count, reals, ints, addresses } = this;
    reals.set(other.reals.subarray(from * AT.REALS, to * AT.REALS), count * AT.REALS);
    ints.set(other.ints.subarray(from * AT.INTS, to * AT.INTS), count * AT.INTS);
    const bytes = other.addresses.subarray(from * AT.ADDRESS_BYTES, to * AT.ADDRESS_BYTES);
    addresses.set(bytes, count * AT.ADDRESS_BYTES);
    this.count += to - from;
    for (let row = count; row < this.count; row++) this.takeTexts(row, other.texts);
  }

  /** Row `to` becomes what row `from` is. */
  moveRow(from: number, to: number): void {
    this.reals.copyWithin(to * AT.REALS, from * AT.REALS, (from + 1) * AT.REALS);
    this.ints.copyWithin(to * AT.INTS, from * AT.INTS, (from + 1) * AT.INTS);
    this.addresses.copyWithin(to * AT.ADDRESS_BYTES, from * AT.ADDRESS_BYTES, (from + 1) * AT.ADDRESS_BYTES);
  }

  /** The texts of a row that was copied lie in `from` still. */
  private takeTexts(row: number, from: Uint8Array): void {
    const { ints, texts } = this;
    for (let field = 0; field < AT.TEXT_MOST.length; field++) {
      const length = ints[row * AT.INTS + AT.LENGTHS + field];
      if (length === 0) continue;
      const start = ints[row * AT.INTS + AT.STARTS + field];
      for (let i = 0; i < length; i++) texts[this.textEnd + i] = from[start + i];
      ints[row * AT.INTS + AT.STARTS + field] = this.textEnd;
      this.textEnd += length;
    }
  }

  /** Rows `from`..`to` - 1 are lines `line` and following of log `log`. */
  place(from: number, to: number, line: number, log: number): void {
    for (let row = from; row < to; row++) {
      this.ints[row * AT.INTS + AT.LINE] = line + row - from;
      this.ints[row * AT.INTS + AT.LOG] = log;
    }
  }

  /** Tells where the rows stand. */
  trace(origins: Origins): void {
    const { ints, count } = this;
    for (let row = 0; row < count; row++) {
      // a line of more than 2^31 before it is one all the same
      origins.add(ints[row * AT.INTS + AT.LOG], 1, ints[row * AT.INTS + AT.LINE] >>> 0);
    }
  }

  /** Time of a row's last packet, in µs; of its first one where the log does not say how long it took. */
  endUs(index: number): number {
    const duration = this.reals[index * AT.REALS + AT.DURATION];
    return this.timestampUs(index) + (duration > 0 ? 1e6 * duration : 0);
  }

  /** `key` takes in what two rows of one connection share: uid, time, hosts and ports. False where a row has no uid. */
  identify(index: number, key: Key): boolean {
    const { ints } = this;
    const int = index * AT.INTS;
    const low = ints[int + AT.UID];
    const high = ints[int + AT.UID + 1];
    if ((low | high) === 0) return false;
    const time = this.timestampUs(index);
    const ports = (ints[int + AT.ORIG_P] << 16) ^ ints[int + AT.RESP_P];
    // uids and hashes are random already
    const hosts = int + AT.HASHES;
    key.addPair(low ^ ints[hosts] ^ time, high ^ ints[hosts + 3] ^ ports).addPair(time / 2 ** 32, time);
    return true;
  }

  /** Time of a row's first packet, in µs. */
  timestampUs(index: number): number {
    return this.reals[index * AT.REALS + AT.TIME];
  }

  /** `into` becomes record number `index`. */
  read(index: number, into: ConnRecord): void {
    const { reals, ints, addresses } = this;
    const real = index * AT.REALS;
    const int = index * AT.INTS;
    into.timestampUs = reals[real + AT.TIME];
    into.duration = reals[real + AT.DURATION];
    into.origBytes = reals[real + AT.ORIG_BYTES];
    into.respBytes = reals[real + AT.RESP_BYTES];
    into.missedBytes = reals[real + AT.MISSED_BYTES];
    into.origPkts = reals[real + AT.ORIG_PKTS];
    into.origIpBytes = reals[real + AT.ORIG_IP_BYTES];
    into.respPkts = reals[real + AT.RESP_PKTS];
    into.respIpBytes = reals[real + AT.RESP_IP_BYTES];
    into.ipVersion = ints[int + AT.IP_VERSION];
    into.origP = ints[int + AT.ORIG_P];
    into.respP = ints[int + AT.RESP_P];
    into.proto = ints[int + AT.PROTO];
    into.ipProto = ints[int + AT.IP_PROTO];
    into.connState = ints[int + AT.CONN_STATE];
    into.localOrig = ints[int + AT.LOCAL_ORIG];
    into.localResp = ints[int + AT.LOCAL_RESP];
    const hashes = int + AT.HASHES;
    into.origHashLow = ints[hashes];
    into.origHashHigh = ints[hashes + 1];
    into.respHashLow = ints[hashes + 2];
    into.respHashHigh = ints[hashes + 3];
    into.serviceHashLow = ints[hashes + 4];
    into.serviceHashHigh = ints[hashes + 5];
    into.historyHashLow = ints[hashes + 6];
    into.historyHashHigh = ints[hashes + 7];
    const length = into.ipVersion === 4 ? 4 : 16;
    const at = index * AT.ADDRESS_BYTES;
    for (let i = 0; i < length; i++) {
      into.origH[i] = addresses[at + AT.ORIG_H + i];
      into.respH[i] = addresses[at + AT.RESP_H + i];
    }
    this.readUid(int + AT.UID_TEXT, into.uid);
    this.readText(index, AT.SERVICE, into.service);
    this.readText(index, AT.HISTORY, into.history);
    this.readText(index, AT.LABEL, into.label);
    this.readText(index, AT.DETAILED_LABEL, into.detailedLabel);
  }

  private readUid(at: number, into: TextField): void {
    const { ints } = this;
    let length = 0;
    for (; length < AT.UID_MOST; length++) {
      const byte = (ints[at + (length >> 2)] >>> (8 * (length & 3))) & 0xff;
      if (byte === 0) break;
      into.bytes[length] = byte;
    }
    into.length = length;
  }

  private readText(index: number, field: 0 | 1 | 2 | 3, into: TextField): void {
    const { texts } = this;
    const at = this.ints[index * AT.INTS + AT.STARTS + field];
    const length = this.ints[index * AT.INTS + AT.LENGTHS + field];
    for (let i = 0; i < length; i++) into.bytes[i] = texts[at + i];
    into.length = length;
  }
}
