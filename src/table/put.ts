/**
 * Table cells written as ASCII. Each function returns the offset after what it wrote.
 *
 * Several characters are stored at once, as one little-endian word from a table, and the next store overwrites what was
 * too much: up to `OVERRUN_BYTES` beyond the end of a cell are touched, and must be there. Arguments are small integers
 * where rows are many: a fraction or a 48-bit number as an argument would be an object on the heap each time.
 */

export const OVERRUN_BYTES = 4;

const ZERO = 48;
const DOT = 46;
const COLON = 58;
const QUOTE = 34;
const COMMA = 44;

const HEX = new TextEncoder().encode('0123456789abcdef');

/** "00" to "99", and "00" to "ff", as 16-bit words */
const PAIR = new Uint16Array(100);
for (let i = 0; i < 100; i++) PAIR[i] = (ZERO + Math.floor(i / 10)) | ((ZERO + (i % 10)) << 8);
const HEX_PAIR = new Uint16Array(256);
for (let i = 0; i < 256; i++) HEX_PAIR[i] = HEX[i >> 4] | (HEX[i & 15] << 8);

/** Up to four characters as a word. */
function word(text: string): number {
  let value = 0;
  for (let i = 0; i < text.length; i++) value |= text.charCodeAt(i) << (8 * i);
  return value;
}

const CELL_LIMIT = 1000;
/** At n + 1: the number n and a comma; at 0: the comma of an empty cell. And the lengths of these. */
const CELL = new Int32Array(CELL_LIMIT + 1);
const CELL_LENGTH = new Uint8Array(CELL_LIMIT + 1);
for (let i = -1; i < CELL_LIMIT; i++) {
  const text = i < 0 ? ',' : `${i},`;
  CELL[i + 1] = word(text);
  CELL_LENGTH[i + 1] = text.length;
}

/** The decimals of n thousandths without trailing zeros, and a comma; 0 is not used. And the lengths of these. */
const DECIMALS = new Int32Array(1000);
const DECIMALS_LENGTH = new Uint8Array(1000);
for (let i = 1; i < 1000; i++) {
  const text = `${String(i).padStart(3, '0').replace(/0+$/, '')},`;
  DECIMALS[i] = word(text);
  DECIMALS_LENGTH[i] = text.length;
}

/** A byte in decimal, then '.' or '-'. */
const BYTE_DOT = new Int32Array(256);
const BYTE_DASH = new Int32Array(256);
for (let i = 0; i < 256; i++) {
  BYTE_DOT[i] = word(`${i}.`);
  BYTE_DASH[i] = word(`${i}-`);
}

/** Exactly four decimal digits of 0..9999 as a word. */
function fourDigits(value: number): number {
  const high = (value / 100) | 0;
  return PAIR[high] | (PAIR[value - 100 * high] << 16);
}

/** A whole number and a comma; only the comma for -1. Exact up to 2^53. */
export function putCell(view: DataView, at: number, value: number): number {
  if (value < CELL_LIMIT) {
    view.setInt32(at, CELL[value + 1], true);
    return at + CELL_LENGTH[value + 1];
  }
  if (value < 10_000) {
    view.setInt32(at, fourDigits(value), true);
    view.setUint8(at + 4, COMMA);
    return at + 5;
  }
  if (value < 100_000) {
    const high = (value / 10_000) | 0;
    view.setUint8(at, ZERO + high);
    view.setInt32(at + 1, fourDigits(value - 10_000 * high), true);
    view.setUint8(at + 5, COMMA);
    return at + 6;
  }
  const end = putUint(view, at, value);
  view.setUint8(end, COMMA);
  return end + 1;
}

function putUint(view: DataView, at: number, value: number): number {
  if (value < 10_000) return putCell(view, at, value) - 1;
  const high = Math.floor(value / 10_000);
  const end = putUint(view, at, high);
  view.setInt32(end, fourDigits(value - 10_000 * high), true);
  return end + 4;
}

/** `count` commas. */
export function putCommas(view: DataView, at: number, count: number): number {
  for (let i = 0; i < count; i += 4) view.setInt32(at + i, 0x2c2c2c2c, true);
  return at + count;
}

/** Seconds with the µs as six decimals, and a comma. */
export function putTime(view: DataView, at: number, seconds: number, micros: number): number {
  const high = (micros / 10_000) | 0;
  const end = putUint(view, at, seconds);
  view.setInt32(end, DOT | (PAIR[high] << 8), true);
  view.setInt32(end + 3, fourDigits(micros - 10_000 * high), true);
  view.setUint8(end + 7, COMMA);
  return end + 8;
}

/** Thousandths as a number without trailing zeros, and a comma: 0.25, 4.5, 8. Only the comma below 0. */
export function putDecimal(view: DataView, at: number, thousandths: number): number {
  if (thousandths < 0) return putCell(view, at, -1);
  const whole = (thousandths / 1000) | 0;
  const rest = thousandths - 1000 * whole;
  const end = putCell(view, at, whole);
  if (rest === 0) return end;
  view.setUint8(end - 1, DOT);
  view.setInt32(end, DECIMALS[rest], true);
  return end + DECIMALS_LENGTH[rest];
}

/** 0x, two lower-case hexadecimal digits, and a comma; only the comma for -1. */
export function putHex2(view: DataView, at: number, value: number): number {
  if (value < 0) return putCell(view, at, -1);
  view.setInt32(at, 0x7830 | (HEX_PAIR[value] << 16), true);
  view.setUint8(at + 4, COMMA);
  return at + 5;
}

/** 0x, four lower-case hexadecimal digits, and a comma; only the comma for -1. */
export function putHex4(view: DataView, at: number, value: number): number {
  if (value < 0) return putCell(view, at, -1);
  view.setInt32(at, 0x7830 | (HEX_PAIR[value >> 8] << 16), true);
  view.setInt32(at + 4, HEX_PAIR[value & 255] | (COMMA << 16), true);
  return at + 7;
}

/** A MAC address in two halves of 24 bits, as aa:bb:cc:dd:ee:ff, and a comma; only the comma where `high` is below 0. */
export function putMac(view: DataView, at: number, high: number, low: number): number {
  if (high < 0) return putCell(view, at, -1);
  const colon = COLON << 16;
  view.setInt32(at, HEX_PAIR[high >> 16] | colon, true);
  view.setInt32(at + 3, HEX_PAIR[(high >> 8) & 255] | colon, true);
  view.setInt32(at + 6, HEX_PAIR[high & 255] | colon, true);
  view.setInt32(at + 9, HEX_PAIR[low >> 16] | colon, true);
  view.setInt32(at + 12, HEX_PAIR[(low >> 8) & 255] | colon, true);
  view.setInt32(at + 15, HEX_PAIR[low & 255] | (COMMA << 16), true);
  return at + 18;
}

/** `bytes[from..from+4)` as a dotted quad, and a comma. */
export function putIpv4(view: DataView, at: number, bytes: Uint8Array, from = 0): number {
  const a = bytes[from];
  const b = bytes[from + 1];
  const c = bytes[from + 2];
  view.setInt32(at, BYTE_DOT[a], true);
  let end = at + CELL_LENGTH[a + 1];
  view.setInt32(end, BYTE_DOT[b], true);
  end += CELL_LENGTH[b + 1];
  view.setInt32(end, BYTE_DOT[c], true);
  end += CELL_LENGTH[c + 1];
  return putCell(view, end, bytes[from + 3]);
}

/** Whole numbers 0..255 joined by '-', and a comma. */
export function putKinds(view: DataView, at: number, kinds: Uint8Array, count: number): number {
  if (count === 0) return putCell(view, at, -1);
  let end = at;
  for (let i = 0; i < count; i++) {
    const kind = kinds[i];
    view.setInt32(end, BYTE_DASH[kind], true);
    end += CELL_LENGTH[kind + 1];
  }
  view.setUint8(end - 1, COMMA);
  return end;
}

/** Printable ASCII, quoted by RFC 4180 where it holds a comma or a quote, and a comma. */
export function putText(view: DataView, at: number, text: Uint8Array, length: number): number {
  for (let i = 0; i < length; i++) {
    const byte = text[i];
    if (byte === COMMA || byte === QUOTE) return putQuoted(view, at, text, length);
    view.setUint8(at + i, byte);
  }
  view.setUint8(at + length, COMMA);
  return at + length + 1;
}

function putQuoted(view: DataView, at: number, text: Uint8Array, length: number): number {
  let end = at;
  view.setUint8(end++, QUOTE);
  for (let i = 0; i < length; i++) {
    const byte = text[i];
    if (byte === QUOTE) view.setUint8(end++, QUOTE);
    view.setUint8(end++, byte);
  }
  view.setUint8(end, QUOTE);
  view.setUint8(end + 1, COMMA);
  return end + 2;
}
