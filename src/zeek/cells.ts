/** Values of a conn.log from their bytes, without strings in between. */

const ZERO = 48;
const DOT = 46;
const COMMA = 44;
/** µs of the last digit after so many of them */
const MICROS = [1e6, 1e5, 1e4, 1e3, 100, 10, 1];
const latin = new TextDecoder('latin1');

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
  const value = Number(latin.decode(text.subarray(from, to)));
  return value >= 0 && Number.isSafeInteger(Math.round(value)) ? Math.round(value) : -1;
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
  const word = latin.decode(text.subarray(from, to));
  const seconds = Number(word);
  if (seconds >= 0) return Math.round(seconds * 1e6);
  const date = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)?(Z|[+-]\d\d:?\d\d)?$/.exec(word);
  if (!date) return -1;
  const ms = Date.parse(`${date[1]}${date[3] ?? 'Z'}`);
  return Number.isNaN(ms) ? -1 : ms * 1000 + Number((date[2] ?? '').padEnd(6, '0'));
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
