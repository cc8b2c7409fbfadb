/** Cells of a flow table as a row of a conn.log: the one place where both meet. */

import { FIELDS, type Field, type FlowTable } from '../../source/flow-tables/formats.js';
import { equals, readCount } from '../cells.js';
import { COLUMN } from '../columns.js';
import type { ConnBatch } from '../conn-batch.js';
import * as AT from '../layout.js';
import { ICMP, OTHER, TCP, UDP } from '../record.js';
import { Labels } from './labels.js';
import { readDuration, TimeReader } from './times.js';
import {
  DONE,
  JOINED,
  NOT_IP,
  protocolNumber,
  readFlags,
  readPort,
  stateOfArgus,
  stateOfFlags,
  UNANSWERED,
} from './words.js';

/** by name its number */
export const F = Object.fromEntries(FIELDS.map((field, k) => [field, k])) as Readonly<Record<Field, number>>;

/** What stands in CONN_STATE of a row of one side until its answer is known: this, and the flags. Above every state. */
export const ONE_WAY = 0x100;
/** … and the flags of TCP that nobody told. */
export const NO_FLAGS = 0x1ff;

const ETHERNET = 14;
/** frames without and with all that Ethernet carries */
const LEAST_FRAME = 42;
const MOST_FRAME = 1514;
/** B: of TCP with time stamps, as nearly every system has them, and what a SYN has beyond */
const TCP_HEADER = 32;
const SYN_OPTIONS = 8;
const UDP_HEADER = 8;
const COLON = 58;
const QUESTION = 63;
const LESS = 60;
const GREATER = 62;
const MINUS = 45;
const BACKSLASH = 92;
const SMALL_N = 110;
const CLOCK_LENGTH = 'hh:mm:ss'.length;

const encoder = new TextEncoder();
/** what stands for a value that is not there */
const UNSET = ['-', 'nan', 'NaN', 'null', 'None', '\\N'].map((word) => encoder.encode(word));

export type Outcome = 'row' | 'no connection' | 'bad';

export class FlowRow {
  /** by field where its cell lies in the text; none: both 0 */
  readonly from = new Int32Array(FIELDS.length);
  readonly to = new Int32Array(FIELDS.length);
  readonly times = new TimeReader();
  private readonly labels = new Labels();
  /** why the last row is bad, in a few words */
  fault = '';
  private text: Uint8Array = new Uint8Array(0);
  private into!: ConnBatch;

  /** @param nameOf what the table calls a field, for messages */
  constructor(
    private readonly table: FlowTable,
    private readonly nameOf: (field: Field) => string = (field) => field,
  ) {}

  clear(): void {
    this.from.fill(0);
    this.to.fill(0);
  }

  put(field: number, from: number, to: number): void {
    this.from[field] = from;
    this.to[field] = to;
  }

  private has(field: number): boolean {
    return (this.to[field] as number) > (this.from[field] as number);
  }

  private count(field: number): number {
    return readCount(this.text, this.from[field] as number, this.to[field] as number);
  }

  /** Makes the next row of `into` of the cells of `text`. @param oneWay it is what one side sent */
  make(text: Uint8Array, into: ConnBatch, oneWay = false): Outcome {
    this.text = text;
    this.into = into;
    this.fault = '';
    this.unset();
    const protocol = protocolNumber(text, this.from[F.protocol] as number, this.to[F.protocol] as number);
    if (protocol === NOT_IP) return 'no connection';
    const swapped = this.swapped();
    into.begin();
    if (!this.when() || !this.who(swapped)) return 'bad';
    const proto = this.what(protocol, swapped);
    const { srcPackets, dstPackets, total } = this.sizes(proto, swapped);
    if (total === 1 || (oneWay && srcPackets === 1)) into.put(AT.DURATION, -1);
    this.how(proto, srcPackets, dstPackets, oneWay);
    this.told();
    into.end();
    return 'row';
  }

  /** Blanks around a cell, and words for nothing, are no value. */
  private unset(): void {
    const { text, from, to } = this;
    for (let k = 0; k < from.length; k++) {
      let start = from[k] as number;
      let end = to[k] as number;
      while (start < end && (text[start] as number) <= 32) start++;
      while (end > start && (text[end - 1] as number) <= 32) end--;
      if (end > start && end - start < 5 && isUnset(text, start, end)) end = start;
      from[k] = start;
      to[k] = end;
    }
  }

  private bad(field: Field): false {
    this.fault = `${this.nameOf(field)} cannot be read`;
    return false;
  }

  private when(): boolean {
    const { text, from, to, into, times, table } = this;
    const startUs = times.read(text, from[F.start] as number, to[F.start] as number);
    if (startUs < 0) {
      this.bad('start');
      if (isClock(text, from[F.start] as number, to[F.start] as number))
        this.fault = `${this.nameOf('start')} has no date; with Argus, print it by ra -u`;
      return false;
    }
    into.put(AT.TIME, startUs);
    let us = this.has(F.duration)
      ? readDuration(text, from[F.duration] as number, to[F.duration] as number, table.durationUnit)
      : -1;
    if (us < 0 && this.has(F.end)) {
      const endUs = times.read(text, from[F.end] as number, to[F.end] as number);
      if (endUs >= startUs) us = endUs - startUs;
    }
    if (us >= 0) into.put(AT.DURATION, us / 1e6);
    return true;
  }

  /** Whether the table's source is who was called: `<-`. */
  private swapped(): boolean {
    const { text } = this;
    const from = this.from[F.direction] as number;
    const to = this.to[F.direction] as number;
    if (to - from < 2) return false;
    return text[from] === LESS && text[to - 1] !== GREATER;
  }

  private who(swapped: boolean): boolean {
    const { text, from, to, into } = this;
    const [orig, resp] = swapped ? [F.dst, F.src] : [F.src, F.dst];
    if (!into.assign(COLUMN['id.orig_h'], text, from[orig] as number, to[orig] as number, 0)) {
      return this.bad(swapped ? 'dst' : 'src');
    }
    if (!into.assign(COLUMN['id.resp_h'], text, from[resp] as number, to[resp] as number, 0)) {
      return this.bad(swapped ? 'src' : 'dst');
    }
    return true;
  }

  /** Protocol and ports. @returns index into PROTOCOLS */
  private what(protocol: number, swapped: boolean): number {
    const { text, from, to, into, table } = this;
    const proto = protocol === 6 ? TCP : protocol === 17 ? UDP : protocol === 1 || protocol === 58 ? ICMP : OTHER;
    into.put(AT.REALS + AT.PROTO, proto);
    into.put(AT.REALS + AT.IP_PROTO, protocol);
    let sport = readPort(text, from[F.sport] as number, to[F.sport] as number);
    let dport = readPort(text, from[F.dport] as number, to[F.dport] as number);
    if (proto === ICMP) {
      const told = table.icmpIn;
      if (this.has(F.icmp)) [sport, dport] = [this.count(F.icmp), this.count(F.icmpCode)];
      else if (told === 'sport') [sport, dport] = sport < 0 ? [-1, -1] : [sport & 255, sport >> 8];
      else if (told === 'dport') [sport, dport] = this.typeAndCode(dport);
    } else if (swapped) [sport, dport] = [dport, sport];
    into.put(AT.REALS + AT.ORIG_P, sport);
    into.put(AT.REALS + AT.RESP_P, dport);
    return proto;
  }

  /** Of ICMP: `2048` or, as newer versions write it, `8.0`. */
  private typeAndCode(port: number): [number, number] {
    const from = this.from[F.dport] as number;
    const to = this.to[F.dport] as number;
    const dot = this.text.subarray(from, to).indexOf(46);
    if (dot < 0) return port < 0 ? [-1, -1] : [port >> 8, port & 255];
    return [readPort(this.text, from, from + dot), readPort(this.text, from + dot + 1, to)];
  }

  /** Packets and bytes of both sides, as far as they are told or follow from what is told. */
  private sizes(proto: number, swapped: boolean): { srcPackets: number; dstPackets: number; total: number } {
    const { into, table } = this;
    const frames = table.bytesOf === 'frames';
    let srcBytes = this.count(F.srcBytes);
    let dstBytes = this.count(F.dstBytes);
    const bytes = this.count(F.bytes);
    if (bytes >= 0 && srcBytes >= 0 && dstBytes < 0) dstBytes = Math.max(0, bytes - srcBytes);
    let srcPackets = this.count(F.srcPackets);
    let dstPackets = this.count(F.dstPackets);
    const packets = this.count(F.packets);
    if (packets >= 0 && srcPackets < 0) {
      if (dstPackets >= 0) srcPackets = Math.max(0, packets - dstPackets);
      else if (srcBytes >= 0 && dstBytes >= 0) {
        srcPackets = shareOf(packets, srcBytes, dstBytes);
        dstPackets = packets - srcPackets;
      }
    } else if (packets >= 0 && dstPackets < 0) dstPackets = Math.max(0, packets - srcPackets);
    if (swapped) {
      [srcBytes, dstBytes] = [dstBytes, srcBytes];
      [srcPackets, dstPackets] = [dstPackets, srcPackets];
    }
    const payloads = swapped ? [F.dstPayload, F.srcPayload] : [F.srcPayload, F.dstPayload];
    const headers = (this.six() ? 40 : 20) + (proto === TCP ? TCP_HEADER : proto === OTHER ? 0 : UDP_HEADER);
    const side = (count: number, all: number, payloadField: number): [ip: number, payload: number] => {
      const beyond = proto === TCP && count > 0 ? SYN_OPTIONS : 0;
      let ip = all < 0 ? -1 : frames ? (count < 0 ? -1 : Math.max(0, all - ETHERNET * count)) : all;
      let payload = this.count(payloadField);
      if (payload < 0 && ip >= 0 && count >= 0) payload = Math.max(0, ip - count * headers - beyond);
      else if (payload >= 0 && ip < 0 && count >= 0) ip = payload + count * headers + beyond;
      return [ip, payload];
    };
    const [origIp, orig] = side(srcPackets, srcBytes, payloads[0] as number);
    const [respIp, resp] = side(dstPackets, dstBytes, payloads[1] as number);
    into.put(AT.ORIG_PKTS, srcPackets);
    into.put(AT.RESP_PKTS, dstPackets);
    into.put(AT.ORIG_IP_BYTES, origIp);
    into.put(AT.RESP_IP_BYTES, respIp);
    into.put(AT.ORIG_BYTES, orig);
    into.put(AT.RESP_BYTES, resp);
    into.put(AT.MISSED_BYTES, this.count(F.missed));
    return { srcPackets, dstPackets, total: srcPackets < 0 || dstPackets < 0 ? packets : srcPackets + dstPackets };
  }

  private six(): boolean {
    const end = this.to[F.src] as number;
    for (let i = this.from[F.src] as number; i < end; i++) if (this.text[i] === COLON) return true;
    return false;
  }

  /** How it ended, in Zeek's words, where that is told. */
  private how(proto: number, srcPackets: number, dstPackets: number, oneWay: boolean): void {
    const { text, from, to, into, table } = this;
    const set = (state: number): boolean => into.put(AT.REALS + AT.CONN_STATE, state);
    if (oneWay) {
      const flags = readFlags(text, from[F.flags] as number, to[F.flags] as number, table.hexFlags);
      set(flags < 0 ? NO_FLAGS : ONE_WAY | flags);
    } else if (table.stateIs === 'zeek') {
      if (this.has(F.state)) into.assign(COLUMN.conn_state, text, from[F.state] as number, to[F.state] as number, 0);
    } else if (proto === ICMP) set(JOINED);
    else if (proto !== TCP) set(dstPackets > 0 ? DONE : dstPackets === 0 ? UNANSWERED : -1);
    else set(this.tcpState(srcPackets, dstPackets));
  }

  private tcpState(srcPackets: number, dstPackets: number): number {
    const { text, from, to, table } = this;
    if (table.stateIs === 'flags') {
      const src = readFlags(text, from[F.srcFlags] as number, to[F.srcFlags] as number, table.hexFlags);
      const dst = readFlags(text, from[F.dstFlags] as number, to[F.dstFlags] as number, table.hexFlags);
      if (src < 0 && dst < 0) return -1;
      return stateOfFlags(src, dstPackets === 0 ? -1 : dst);
    }
    if (table.stateIs === 'argus') {
      const state = stateOfArgus(text, from[F.state] as number, to[F.state] as number, srcPackets, dstPackets);
      return this.joined() ? JOINED : state;
    }
    return dstPackets === 0 && this.count(F.syns) > 0 ? UNANSWERED : -1;
  }

  /** Argus did not see the beginning: `<?>`, `?>`, `<?`. */
  private joined(): boolean {
    const to = this.to[F.direction] as number;
    for (let i = this.from[F.direction] as number; i < to; i++) if (this.text[i] === QUESTION) return true;
    return false;
  }

  /** What the table or its maker says of the row: application, name, labels. */
  private told(): void {
    const { text, from, to, into } = this;
    for (const [field, column] of [
      [F.service, COLUMN.service],
      [F.id, COLUMN.uid],
      [F.detail, COLUMN['detailed-label']],
    ] as const) {
      if (this.has(field)) into.assign(column, text, from[field] as number, to[field] as number, 0);
    }
    if (this.has(F.label)) this.labels.put(text, from[F.label] as number, to[F.label] as number, into);
  }
}

/** Values begin with digits, flags or letters of a word: those that are none are told by their first byte. */
function isUnset(text: Uint8Array, from: number, to: number): boolean {
  const first = text[from] as number;
  if (first !== MINUS && first !== BACKSLASH && (first | 32) !== SMALL_N) return false;
  return UNSET.some((word) => equals(text, from, to, word));
}

/** A time of day without a date, as `ra` prints it by itself. */
function isClock(text: Uint8Array, from: number, to: number): boolean {
  return /^\d\d:\d\d:\d\d/.test(String.fromCharCode(...text.subarray(from, Math.min(to, from + CLOCK_LENGTH))));
}

/** Packets of the source where only the sum is known: in the middle of what frames of a possible size allow. */
function shareOf(packets: number, srcBytes: number, dstBytes: number): number {
  if (dstBytes === 0) return packets;
  if (srcBytes === 0) return 0;
  const least = Math.max(1, Math.ceil(srcBytes / MOST_FRAME), packets - Math.floor(dstBytes / LEAST_FRAME));
  const most = Math.min(packets - 1, Math.floor(srcBytes / LEAST_FRAME), packets - Math.ceil(dstBytes / MOST_FRAME));
  if (packets < 2) return packets;
  return least > most ? Math.round(packets / 2) : Math.round((least + most) / 2);
}
