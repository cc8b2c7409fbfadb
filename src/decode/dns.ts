/**
 * DNS header, first question, and the addresses that answer it (RFC 1035 sections 4.1.1 to 4.1.4).
 *
 *   +--------+---------------------------------------+-------------+------------+------------+------------+
 *   | id (2) |QR opcode AA TC RD RA Z AD CD rcode (2)| questions(2)| answers (2)| … (2)      | … (2)      |
 *   +--------+---------------------------------------+-------------+------------+------------+------------+
 *   | name: labels of length (1) and bytes, or a pointer 11 + 14 bits, until length 0 | type (2) | class (2)|
 *   +---------------------------------------------------------------------------------+----------+----------+
 *
 * A name that the capture cut keeps the labels that are whole, and the record says `truncated`. Pointers may lead anywhere in
 * the message, forward too (scanners do that), but only so often.
 *
 *   +---------------+----------+-----------+---------+------------+------------+
 *   | answer's name | type (2) | class (2) | TTL (4) | length (2) | data       |
 *   +---------------+----------+-----------+---------+------------+------------+
 *
 * Answers are extra: they are read as far as they are whole, and what is wrong with them stops nothing.
 */

import { answerBytes, DNS_ANSWERS_CAPACITY, type PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopMalformed, stopShort } from './cursor.js';
import { DONE } from './layers.js';
import { appendNameByte } from './name-text.js';
import { u16 } from './numbers.js';

const FLAGS = 2;
const QUESTION_COUNT = 4;
const ANSWER_COUNT = 6;
const MIN_LENGTH = 12;
const TYPE_CLASS_LENGTH = 4;
const LENGTH_PREFIX = 2;

const RESPONSE = 0x8000;
const RCODE_MASK = 15;
const POINTER = 0xc0;
const MAX_LABEL = 63;
/** Length of a name on the wire with its length bytes (RFC 1035 section 2.3.4). */
const MAX_NAME = 255;
/** Pointers followed in one name; encoders need one. */
const MAX_POINTERS = 16;
const DOT = 0x2e;
const IN = 1;
/** of a resource record behind its name: class, length of its data, the data */
const [RR_CLASS, RR_LENGTH, RR_DATA] = [2, 8, 10];

const LAYER = layerIndex('dns');

export function readDns(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + MIN_LENGTH > c.end) return stopShort(c, into, LAYER, at + MIN_LENGTH);
  const flags = u16(data, at + FLAGS);
  into.dnsResponse = (flags & RESPONSE) === 0 ? 0 : 1;
  if (into.dnsResponse === 1) into.dnsRcode = flags & RCODE_MASK;
  if (u16(data, at + QUESTION_COUNT) === 0) return DONE;
  return readQuestion(c, into);
}

/**
 * A DNS message at the start of a TCP segment, behind its length (RFC 1035 section 4.2.2). Only one that the segment holds
 * whole is told from the middle of a longer one.
 */
export function readDnsOverTcp(c: Cursor, into: PacketRecord): number {
  const { at } = c;
  if (at + LENGTH_PREFIX > c.end) return DONE;
  const length = u16(c.data, at);
  if (length < MIN_LENGTH || at + LENGTH_PREFIX + length > c.wireEnd) return DONE;
  c.at = at + LENGTH_PREFIX;
  c.limit(c.at + length);
  return readDns(c, into);
}

function readQuestion(c: Cursor, into: PacketRecord): number {
  const { data, at, end } = c;
  const name = into.dnsQryName;
  let i = at + MIN_LENGTH;
  /** where the question goes on behind its first pointer; 0 before one */
  let behind = 0;
  let pointers = 0;
  let wireLength = 1;
  for (;;) {
    if (i >= end) return cutName(c, into, i + 1);
    const length = data[i];
    if (length === 0) break;
    if (length > MAX_LABEL) {
      if (length < POINTER) return badName(c, into, i);
      if (i + 2 > end) return cutName(c, into, i + 2);
      if (++pointers > MAX_POINTERS) return badName(c, into, i);
      if (behind === 0) behind = i + 2;
      i = at + (u16(data, i) & 0x3fff);
      continue;
    }
    wireLength += length + 1;
    if (wireLength > MAX_NAME) return badName(c, into, i);
    const labelEnd = i + 1 + length;
    if (labelEnd > end) return cutName(c, into, labelEnd);
    if (name.length > 0) name.bytes[name.length++] = DOT;
    for (let k = i + 1; k < labelEnd; k++) appendNameByte(name, data[k], DOT);
    i = labelEnd;
  }
  if (name.length === 0) name.bytes[name.length++] = DOT; // the root
  const typeAt = behind === 0 ? i + 1 : behind;
  if (typeAt + TYPE_CLASS_LENGTH > end) return stopShort(c, into, LAYER, typeAt + TYPE_CLASS_LENGTH);
  into.dnsQryType = u16(data, typeAt);
  const answered = into.dnsResponse === 1 && into.dnsRcode === 0 && u16(data, at + QUESTION_COUNT) === 1;
  if (answered) readAnswers(c, into, typeAt + TYPE_CLASS_LENGTH);
  return DONE;
}

/** Addresses of the type asked for; records of a chain of names (CNAME) are passed over. */
function readAnswers(c: Cursor, into: PacketRecord, from: number): void {
  const { data, at, end } = c;
  const length = answerBytes(into.dnsQryType);
  if (length === 0) return;
  let i = from;
  for (let left = u16(data, at + ANSWER_COUNT); left > 0 && into.dnsAnswerCount < DNS_ANSWERS_CAPACITY; left--) {
    i = behindName(data, i, end);
    if (i + RR_DATA > end) return;
    const next = i + RR_DATA + u16(data, i + RR_LENGTH);
    if (next > end) return;
    const isAddress = u16(data, i) === into.dnsQryType && u16(data, i + RR_CLASS) === IN;
    if (isAddress && next - i === RR_DATA + length) {
      into.dnsAnswers.set(data.subarray(i + RR_DATA, next), length * into.dnsAnswerCount++);
    }
    i = next;
  }
}

/** The offset behind a name that stands at `from`; `end` where it is none. */
function behindName(data: Uint8Array, from: number, end: number): number {
  for (let i = from; i < end; ) {
    const length = data[i];
    if (length === 0) return i + 1;
    if (length >= POINTER) return i + 2;
    if (length > MAX_LABEL) return end;
    i += length + 1;
  }
  return end;
}

/** The name goes on behind the captured bytes, or behind the message, where no name can. */
function cutName(c: Cursor, into: PacketRecord, neededEnd: number): number {
  return neededEnd > c.wireEnd ? badName(c, into, c.end) : stopShort(c, into, LAYER, neededEnd);
}

/** A name that cannot be right is no name: the field stays empty. */
function badName(c: Cursor, into: PacketRecord, position: number): number {
  into.dnsQryName.length = 0;
  return stopMalformed(c, into, LAYER, position);
}
