/** Values of a conn.log from their bytes, without strings in between. */

import type { TextField } from '../table/record.js';

const ZERO = 48;
const DOT = 46;
const COMMA = 44;
const latin = new TextDecoder('latin1');

/** The whole number in `text[from..to)`, or -1 where there is none below 2^53. */
export function readCount(text: Uint8Array, from: number, to: number): number {
  if (from >= to) return -1;
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = (text[i] as number) - ZERO;
    // a writer may print a count as 12.0 or 1e+06
    if (digit < 0 || digit > 9) return otherNumber(text, from, to);
    value = 10 * value + digit;
  }
  return Number.isSafeInteger(value) ? value : -1;
}

function otherNumber(text: Uint8Array, from: number, to: number): number {
  const value = Number(latin.decode(text.subarray(from, to)));
  return value >= 0 && Number.isSafeInteger(Math.round(value)) ? Math.round(value) : -1;
}

/** The decimal number in `text[from..to)` in millionths, rounded, or -1 where there is none. */
export function readMicros(text: Uint8Array, from: number, to: number): number {
  if (from >= to) return -1;
  let whole = 0;
  let i = from;
  for (; i < to; i++) {
    const digit = (text[i] as number) - ZERO;
    if (digit < 0 || digit > 9) break;
    whole = 10 * whole + digit;
  }
  if (i === to) return whole * 1e6;
  if (text[i] !== DOT) return otherMicros(text, from, to);
  let part = 0;
  let scale = 1e6;
  for (i++; i < to; i++) {
    const digit = (text[i] as number) - ZERO;
    if (digit < 0 || digit > 9) return otherMicros(text, from, to);
    if (scale > 1) {
      part = 10 * part + digit;
      scale /= 10;
    } else if (scale === 1) {
      if (digit >= 5) part++;
      scale = 0;
    }
  }
  return whole * 1e6 + (scale > 1 ? part * scale : part);
}

/** Exponents, and dates as ISO 8601 writes them. */
function otherMicros(text: Uint8Array, from: number, to: number): number {
  const word = latin.decode(text.subarray(from, to));
  const seconds = Number(word);
  if (seconds >= 0) return Math.round(seconds * 1e6);
  const date = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)?(Z|[+-]\d\d:?\d\d)?$/.exec(word);
  if (!date) return -1;
  const ms = Date.parse(`${date[1]}${date[3] ?? 'Z'}`);
  return Number.isNaN(ms) ? -1 : ms * 1000 + Number((date[2] ?? '').padEnd(6, '0'));
}

/** A printable-ASCII copy; what is too long is cut, what is not printable becomes a question mark. */
export function copyText(text: Uint8Array, from: number, to: number, into: TextField): void {
  const length = Math.min(to - from, into.bytes.length);
  for (let i = 0; i < length; i++) {
    const byte = text[from + i] as number;
    into.bytes[i] = byte >= 32 && byte < 127 ? byte : 63;
  }
  into.length = length;
}

/** Names between `separator` in alphabetical order, joined by commas. */
export function copySet(text: Uint8Array, from: number, to: number, separator: number, into: TextField): void {
  copyText(text, from, to, into);
  if (into.bytes.subarray(0, into.length).indexOf(separator) < 0) return;
  const names = into.toString().split(String.fromCharCode(separator));
  const sorted = [...new Set(names)].filter((name) => name !== '').sort();
  let at = 0;
  for (const name of sorted) {
    if (at > 0) into.bytes[at++] = COMMA;
    for (let i = 0; i < name.length; i++) into.bytes[at++] = name.charCodeAt(i);
  }
  into.length = at;
}

/** Whether `text[from..to)` is exactly `word`. */
export function equals(text: Uint8Array, from: number, to: number, word: Uint8Array): boolean {
  if (to - from !== word.length) return false;
  for (let i = 0; i < word.length; i++) if (text[from + i] !== word[i]) return false;
  return true;
}
