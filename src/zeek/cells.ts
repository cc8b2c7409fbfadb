/** Values of a conn.log from their bytes, without strings in between. */

const ZERO = 48;
const DOT = 46;
const COMMA = 44;
/** µs of the last digit after so many of them */
const MICROS = [1e6, 1e5, 1e4, 1e3, 100, 10, 1];
const latin = new TextDecoder('latin1');

/** Largest number of seconds that no unsigned 32-bit number has that was wrapped below zero. */
export const LONGEST_DURATION_US = 2 ** 31 * 1e6;

/** What writers of data frames and databases put where there is nothing, in small letters. */
const ABSENT: readonly Uint8Array[] = ['-', 'nan', 'nat', 'n/a', 'none', 'null', '<na>'].map((word) =>
  new TextEncoder().encode(word),
);
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
  const value = Number(withPoint(latin.decode(text.subarray(from, to))));
  return value >= 0 && Number.isSafeInteger(value) ? value : -1;
}

/** A number with the comma that half of the world has for the point. */
function withPoint(word: string): string {
  return /^\d+,\d+$/.test(word) ? word.replace(',', '.') : word;
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

/** Exponents, and dates as ISO 8601 writes them. */
function otherMicros(text: Uint8Array, from: number, to: number): number {
  const word = withPoint(latin.decode(text.subarray(from, to)));
  const seconds = Number(word);
  if (seconds >= 0) return Math.round(seconds * 1e6);
  const date = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,6})\d*)?(Z|[+-]\d\d:?\d\d)?$/.exec(word);
  if (!date) return -1;
  const [, day, time, fraction = '', zone = 'Z'] = date;
  const ms = Date.parse(`${day}T${time}${zone}`);
  return Number.isNaN(ms) ? -1 : ms * 1000 + Number(fraction.padEnd(6, '0'));
}

/** Names of the units of time by how many times a thousand of them are a second. */
export const TIME_UNITS = ['seconds', 'milliseconds', 'microseconds', 'nanoseconds'] as const;
/** Seconds reach this in the year 5138; before March 1973 milliseconds did not, nor do finer units their thousandfold. */
const UNIT_FROM_US = 1e11 * 1e6;

/** What `readTime` read: which of TIME_UNITS the number was of. */
export let timeUnit = 0;

/** A point in time in µs, or -1. Seconds, or what can only be a finer unit; or a date. */
export function readTime(text: Uint8Array, from: number, to: number): number {
  timeUnit = 0;
  let us = readMicros(text, from, to);
  if (us < UNIT_FROM_US) return us;
  while (us >= UNIT_FROM_US && timeUnit < TIME_UNITS.length - 1) {
    us /= 1000;
    timeUnit++;
  }
  // a number of nanoseconds has more digits than a double holds
  const digits = /^(\d{1,19})(?:\.0*)?$/.exec(latin.decode(text.subarray(from, to)))?.[1];
  if (digits === undefined) return us < UNIT_FROM_US ? Math.round(us) : -1;
  const perUs = 10n ** BigInt(3 * Math.max(0, timeUnit - 2));
  const exact = (BigInt(digits) * 10n ** BigInt(Math.max(0, 6 - 3 * timeUnit)) + perUs / 2n) / perUs;
  return us < UNIT_FROM_US ? Number(exact) : -1;
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
