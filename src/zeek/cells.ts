/** Values of a conn.log from their bytes, without strings in between. */

import { ABSENT_WORDS, numberOf, SECONDS_BELOW, timeOf } from '../base/spellings.js';

const ZERO = 48;
const DOT = 46;
const COMMA = 44;
/** µs of the last digit after so many of them */
const MICROS = [1e6, 1e5, 1e4, 1e3, 100, 10, 1];
const latin = new TextDecoder('latin1');

/** Largest number of seconds that no unsigned 32-bit number has that was wrapped below zero. */
export const LONGEST_DURATION_US = 2 ** 31 * 1e6;

const ABSENT: readonly Uint8Array[] = ABSENT_WORDS.map((word) => new TextEncoder().encode(word));
const LONGEST_ABSENT = 4;

/** Whether the cell `text[from..to)` says that there is nothing. */
export function isAbsent(text: Uint8Array, from: number, to: number): boolean {
  if (from === to) return true;
  if (to - from > LONGEST_ABSENT) return false;
  return ABSENT.some((word) => word.length === to - from && word.every((byte, i) => lower(text[from + i]) === byte));
}

function lower(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte + 32 : byte;
}

/** The whole number in `text[from..to)`, or -1 where there is none below 2^53. */
export function readCount(text: Uint8Array, from: number, to: number): number {
  if (from >= to) return -1;
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = text[i] - ZERO;
    // a writer may print a count as 12.0 or 1e+06
    if (digit < 0 || digit > 9) return otherNumber(text, from, to);
    value = 10 * value + digit;
  }
  return Number.isSafeInteger(value) ? value : -1;
}

function otherNumber(text: Uint8Array, from: number, to: number): number {
  const value = numberOf(latin.decode(text.subarray(from, to)));
  return value >= 0 && Number.isSafeInteger(value) ? value : -1;
}

/** The decimal number in `text[from..to)` in millionths, rounded, or -1 where there is none. */
export function readMicros(text: Uint8Array, from: number, to: number): number {
  if (from >= to) return -1;
  let whole = 0;
  let i = from;
  for (; i < to; i++) {
    const digit = text[i] - ZERO;
    if (digit < 0 || digit > 9) break;
    whole = 10 * whole + digit;
  }
  if (i === to) return whole * 1e6;
  if (text[i] !== DOT) return otherMicros(text, from, to);
  let part = 0;
  const first = i + 1;
  for (i = first; i < to; i++) {
    const digit = text[i] - ZERO;
    if (digit < 0 || digit > 9) return otherMicros(text, from, to);
    if (i < first + 6) part = 10 * part + digit;
    else if (i === first + 6 && digit >= 5) part++;
  }
  return whole * 1e6 + part * MICROS[Math.min(to - first, 6)];
}

function otherMicros(text: Uint8Array, from: number, to: number): number {
  const value = numberOf(latin.decode(text.subarray(from, to)));
  return value >= 0 ? Math.round(value * 1e6) : -1;
}

/** Which of TIME_UNITS the number was of that `readTime` read. */
export let timeUnit = 0;

/** A point in time in µs, or -1: seconds, or what can only be a finer unit; or a date. */
export function readTime(text: Uint8Array, from: number, to: number): number {
  timeUnit = 0;
  const micros = readMicros(text, from, to);
  if (micros >= 0 && micros < SECONDS_BELOW * 1e6) return micros;
  const { us, unit } = timeOf(latin.decode(text.subarray(from, to)));
  timeUnit = unit;
  return us >= 0 ? us : -1;
}

/** What is not printable ASCII becomes a question mark. */
export function printableByte(byte: number): number {
  return byte >= 32 && byte < 127 ? byte : 63;
}

/** Puts capitals in `text[from..to)` into small letters. */
export function makeSmall(text: Uint8Array, from: number, to: number): void {
  for (let i = from; i < to; i++) if (text[i] >= 65 && text[i] <= 90) text[i] += 32;
}

/** Puts the names in `text[at..at+length)` into alphabetical order, each once, joined by commas. @returns their new length */
export function sortedNames(text: Uint8Array, at: number, length: number, separator: number): number {
  const names = String.fromCharCode(...text.subarray(at, at + length)).split(String.fromCharCode(separator));
  const sorted = [...new Set(names)].filter((name) => name !== '').sort();
  let end = at;
  for (const name of sorted) {
    if (end > at) text[end++] = COMMA;
    for (let i = 0; i < name.length; i++) text[end++] = name.charCodeAt(i);
  }
  return end - at;
}

/** Whether `text[from..to)` is exactly `word`. */
export function equals(text: Uint8Array, from: number, to: number, word: Uint8Array): boolean {
  if (to - from !== word.length) return false;
  for (let i = 0; i < word.length; i++) if (text[from + i] !== word[i]) return false;
  return true;
}
