/** Headers and payloads as bytes: one frame in a buffer of its own. */

import { type Content, type Host, IPV6_BYTES, ipHeaderBytes, type Link, optionBytes } from './act.js';
import { mac } from './messages/bytes.js';

/** bytes of the link layer's header; tcpdump.org/linktypes */
const LINK_BYTES: Readonly<Record<Link['type'], number>> = { 0: 4, 1: 14, 101: 0, 113: 16, 276: 20 };
/** as macOS has them, whose loopback is captured so */
const AF_INET = 2;
const AF_INET6 = 30;
/** of Linux, as cooked captures hold it */
const ARPHRD_ETHER = 1;

export const ETHERTYPE = { ipv4: 0x0800, ipv6: 0x86dd, arp: 0x0806 } as const;
export const IP_PROTOCOL = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const;

/** of what is said on a link alone (RFC 4861) */
export const HOP_LIMIT = 255;

export const FLAG = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const;

export interface Frame {
  readonly timestampUs: number;
  readonly linkType: number;
  /** as captured */
  readonly bytes: Uint8Array;
  readonly wireLen: number;
}

/** A frame with room for `length` bytes after the link layer. @returns the bytes and where those begin */
export function linkFrame(
  link: Link,
  from: number,
  to: number,
  etherType: number,
  length: number,
): { bytes: Uint8Array; at: number } {
  const at = LINK_BYTES[link.type];
  const bytes = new Uint8Array(at + length);
  const view = new DataView(bytes.buffer);
  switch (link.type) {
    case 1:
      bytes.set(mac(to), 0);
      bytes.set(mac(from), 6);
      view.setUint16(12, etherType);
      break;
    case 113:
      view.setUint16(2, ARPHRD_ETHER);
      view.setUint16(4, 6);
      bytes.set(mac(from), 6);
      view.setUint16(14, etherType);
      break;
    case 276:
      view.setUint16(0, etherType);
      view.setUint16(8, ARPHRD_ETHER);
      bytes[11] = 6;
      bytes.set(mac(from), 12);
      break;
    case 0:
      view.setUint32(0, etherType === ETHERTYPE.ipv6 ? AF_INET6 : AF_INET, true);
      break;
  }
  return { bytes, at };
}

/** Sum of 16-bit words (RFC 1071), to be folded. */
function sumOf(bytes: Uint8Array, from: number, to: number, sum = 0): number {
  let total = sum;
  for (let i = from; i + 1 < to; i += 2) total += (bytes[i] << 8) | bytes[i + 1];
  if ((to - from) % 2 === 1) total += bytes[to - 1] << 8;
  return total;
}

function folded(sum: number): number {
  let rest = sum;
  while (rest > 0xffff) rest = (rest & 0xffff) + Math.floor(rest / 0x10000);
  return ~rest & 0xffff;
}

/** Writes the header of IP at `bytes[at]`. @param length of what follows it */
export function putIp(
  bytes: Uint8Array,
  at: number,
  from: Host,
  to: Uint8Array,
  protocol: number,
  length: number,
  id: number,
): void {
  const view = new DataView(bytes.buffer);
  if (from.address.length === 4) {
    bytes[at] = 0x45;
    view.setUint16(at + 2, ipHeaderBytes(from) + length);
    view.setUint16(at + 4, id & 0xffff);
    view.setUint16(at + 6, 0x4000);
    bytes[at + 8] = from.look.ttl;
    bytes[at + 9] = protocol;
    bytes.set(from.address, at + 12);
    bytes.set(to, at + 16);
    view.setUint16(at + 10, folded(sumOf(bytes, at, at + 20)));
  } else {
    bytes[at] = 0x60;
    view.setUint16(at + 4, length);
    bytes[at + 6] = protocol;
    bytes[at + 7] = from.look.ttl;
    bytes.set(from.address, at + 8);
    bytes.set(to, at + 24);
  }
}

/** The checksum of what lies at `bytes[at..to)`, with the pseudo-header where the protocol has one. */
export function checksum(
  bytes: Uint8Array,
  at: number,
  to: number,
  protocol: number,
  from: Uint8Array,
  dest: Uint8Array,
): number {
  const pseudo =
    protocol === IP_PROTOCOL.icmp ? 0 : sumOf(from, 0, from.length, sumOf(dest, 0, dest.length, protocol + (to - at)));
  return folded(sumOf(bytes, at, to, pseudo));
}

/** A whole packet of ICMPv6 that is meant for the link alone: believed with the highest hop limit only (RFC 4861 section 7.1). */
export function linkMessage(from: Host, to: Uint8Array, message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(IPV6_BYTES + message.length);
  bytes.set(message, IPV6_BYTES);
  const sender = { ...from, look: { ...from.look, ttl: HOP_LIMIT } };
  putIp(bytes, 0, sender, to, IP_PROTOCOL.icmpv6, message.length, 0);
  const sum = checksum(bytes, IPV6_BYTES, bytes.length, IP_PROTOCOL.icmpv6, from.address, to);
  new DataView(bytes.buffer).setUint16(IPV6_BYTES + 2, sum);
  return bytes;
}

/** Writes the options of a segment; `timeUs` and `echoUs` fill the time stamps of both ends (RFC 7323). */
export function putOptions(
  bytes: Uint8Array,
  at: number,
  kinds: readonly number[],
  mss: number,
  timeUs: number,
  echoUs: number,
): number {
  const view = new DataView(bytes.buffer);
  let p = at;
  for (const kind of kinds) {
    const length = optionBytes([kind]);
    bytes[p] = kind;
    if (length > 1) bytes[p + 1] = length;
    if (kind === 2) view.setUint16(p + 2, mss);
    if (kind === 3) bytes[p + 2] = 7;
    if (kind === 8) {
      view.setUint32(p + 2, stampOf(timeUs));
      view.setUint32(p + 6, echoUs < 0 ? 0 : stampOf(echoUs));
    }
    p += length;
  }
  return p;
}

/** a tick a millisecond, as Linux has it */
function stampOf(timeUs: number): number {
  return Math.floor(timeUs / 1000) % 2 ** 32;
}

/** most of a TLS record's fragment (RFC 8446 section 5.1) */
const RECORD_BYTES = 16_384;
const RECORD_HEADER = 5;
const WORDS = 'the quick report of last week was kept in a folder beside the other files of this year ';

/**
 * Fills `out[at..at+count)` with bytes `from`.. of a content that has `total` bytes. The same place of the same content gives the
 * same bytes, however it is cut into segments.
 */
export function fill(
  { content, total, seed }: { content: Content; total: number; seed: number },
  from: number,
  out: Uint8Array,
  at: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) out[at + i] = byteAt(content, total, seed, from + i);
}

function byteAt(content: Content, total: number, seed: number, i: number): number {
  switch (content.as) {
    case 'bytes':
      return content.bytes[i] ?? 0;
    case 'headed':
      return i < content.header.length ? content.header[i] : plainByte(content.rest, seed, i);
    case 'records': {
      const within = i % (RECORD_BYTES + RECORD_HEADER);
      if (within >= RECORD_HEADER) return plainByte('cipher', seed, i);
      const rest = total - (i - within) - RECORD_HEADER;
      const length = Math.max(0, Math.min(RECORD_BYTES, rest));
      return [23, 3, 3, length >> 8, length & 255][within];
    }
    default:
      return plainByte(content.as, seed, i);
  }
}

function plainByte(as: 'cipher' | 'text', seed: number, i: number): number {
  if (as === 'text') return WORDS.charCodeAt((i + (seed & 63)) % WORDS.length);
  // a finaliser of MurmurHash3 (A. Appleby, public domain): no two places look alike
  let h = Math.imul(i ^ seed, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) & 255;
}
