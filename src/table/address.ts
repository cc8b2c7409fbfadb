/** Addresses between bytes and their text in a buffer: IPv4 dotted quad, IPv6 by RFC 5952. */

import { putIpv4 } from './put.js';

const ZERO = 48;
const DOT = 46;
const COLON = 58;
const COMMA = 44;
const HEX = new TextEncoder().encode('0123456789abcdef');

/**
 * Writes `bytes[from..from+16)` in the form of RFC 5952 section 4, with the dotted quad of section 5 for ::ffff:0:0/96, and a comma.
 * @returns the offset after it
 */
export function putIpv6(view: DataView, at: number, bytes: Uint8Array, from = 0): number {
  let zeroStart = -1;
  let zeroLength = 1;
  for (let i = 0; i < 8; ) {
    let end = i;
    while (end < 8 && bytes[from + 2 * end] === 0 && bytes[from + 2 * end + 1] === 0) end++;
    if (end - i > zeroLength) {
      zeroStart = i;
      zeroLength = end - i;
    }
    i = end === i ? i + 1 : end;
  }
  const mapped = zeroStart === 0 && zeroLength === 5 && bytes[from + 10] === 0xff && bytes[from + 11] === 0xff;
  const groups = mapped ? 6 : 8;
  let end = at;
  for (let i = 0; i < groups; i++) {
    if (i === zeroStart) {
      view.setUint8(end++, COLON);
      view.setUint8(end++, COLON);
      i += zeroLength - 1;
      continue;
    }
    if (i > 0 && i !== zeroStart + zeroLength) view.setUint8(end++, COLON);
    end = putGroup(view, end, (bytes[from + 2 * i] << 8) | bytes[from + 2 * i + 1]);
  }
  view.setUint8(end, mapped ? COLON : COMMA);
  return mapped ? putIpv4(view, end + 1, bytes, from + 12) : end + 1;
}

function putGroup(view: DataView, at: number, group: number): number {
  let end = at;
  if (group >= 0x1000) view.setUint8(end++, HEX[group >> 12]);
  if (group >= 0x100) view.setUint8(end++, HEX[(group >> 8) & 15]);
  if (group >= 0x10) view.setUint8(end++, HEX[(group >> 4) & 15]);
  view.setUint8(end++, HEX[group & 15]);
  return end;
}

/**
 * Reads a dotted quad that starts at `text[at]` into `into[to..to+4)`.
 * @returns the offset after it, or -1 where there is none
 */
export function takeIpv4(text: Uint8Array, at: number, end: number, into: Uint8Array, to = 0): number {
  let p = at;
  for (let part = 0; part < 4; part++) {
    if (part > 0 && text[p++] !== DOT) return -1;
    let value = 0;
    const start = p;
    while (p < end && p - start < 3) {
      const digit = text[p] - 48;
      if (digit < 0 || digit > 9) break;
      value = 10 * value + digit;
      p++;
    }
    // a leading zero would be octal to some readers
    if (p === start || value > 255 || (text[start] === ZERO && p - start > 1)) return -1;
    into[to + part] = value;
  }
  return p;
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/**
 * Reads IPv6 text (any form of RFC 4291 section 2.2) that starts at `text[at]` into `into[to..to+16)`.
 * @returns the offset after it, or -1 where there is none
 */
export function takeIpv6(text: Uint8Array, at: number, end: number, into: Uint8Array, to = 0): number {
  let p = at;
  /** bytes filled, and how many of them stood before "::" */
  let filled = 0;
  let beforeGap = -1;
  if (text[p] === COLON) {
    if (text[p + 1] !== COLON) return -1;
    p += 2;
    beforeGap = 0;
  }
  while (filled < 16 && p < end) {
    const start = p;
    let value = 0;
    let digit = hexDigit(text[p]);
    while (digit >= 0 && p - start < 4) {
      value = (value << 4) | digit;
      p++;
      digit = p < end ? hexDigit(text[p]) : -1;
    }
    if (p === start) break;
    if (p < end && text[p] === DOT) {
      if (filled > 12) return -1;
      p = takeIpv4(text, start, end, into, to + filled);
      if (p < 0) return -1;
      filled += 4;
      break;
    }
    into[to + filled++] = value >> 8;
    into[to + filled++] = value & 255;
    if (p >= end || text[p] !== COLON || filled === 16) break;
    p++;
    if (p < end && text[p] === COLON) {
      if (beforeGap >= 0) return -1;
      beforeGap = filled;
      p++;
    } else if (p >= end || hexDigit(text[p]) < 0) {
      return -1;
    }
  }
  if (filled === 16) {
    // "::" must stand for at least one group (RFC 4291 section 2.2)
    return beforeGap < 0 ? p : -1;
  }
  if (beforeGap < 0) return -1;
  const after = filled - beforeGap;
  into.copyWithin(to + 16 - after, to + beforeGap, to + filled);
  into.fill(0, to + beforeGap, to + 16 - after);
  return p;
}
