/** Values of table cells written as ASCII into a buffer. Each function returns the offset after what it wrote; room is the caller's care. */

const ZERO = 48;
const MINUS = 45;
const DOT = 46;
const COLON = 58;
const QUOTE = 34;
const COMMA = 44;

const HEX = new TextEncoder().encode('0123456789abcdef');
/** "00" "01" … "99" */
const PAIRS = new Uint8Array(200);
for (let i = 0; i < 100; i++) {
  PAIRS[2 * i] = ZERO + Math.floor(i / 10);
  PAIRS[2 * i + 1] = ZERO + (i % 10);
}

/** A whole number >= 0, decimal, exact up to 2^53. */
export function putUint(buffer: Uint8Array, at: number, value: number): number {
  if (value < 10) {
    buffer[at] = ZERO + value;
    return at + 1;
  }
  if (value < 100) {
    buffer[at] = PAIRS[2 * value] as number;
    buffer[at + 1] = PAIRS[2 * value + 1] as number;
    return at + 2;
  }
  if (value < 10_000) {
    const high = (value / 100) | 0;
    const low = value - 100 * high;
    const end = putUint(buffer, at, high);
    buffer[end] = PAIRS[2 * low] as number;
    buffer[end + 1] = PAIRS[2 * low + 1] as number;
    return end + 2;
  }
  const high = Math.floor(value / 10_000);
  return putFour(buffer, putUint(buffer, at, high), value - 10_000 * high);
}

/** Exactly four decimal digits of 0..9999. */
function putFour(buffer: Uint8Array, at: number, value: number): number {
  const high = (value / 100) | 0;
  const low = value - 100 * high;
  buffer[at] = PAIRS[2 * high] as number;
  buffer[at + 1] = PAIRS[2 * high + 1] as number;
  buffer[at + 2] = PAIRS[2 * low] as number;
  buffer[at + 3] = PAIRS[2 * low + 1] as number;
  return at + 4;
}

/** µs as seconds with six decimals. */
export function putTime(buffer: Uint8Array, at: number, us: number): number {
  let value = us;
  if (value < 0) {
    buffer[at++] = MINUS;
    value = -value;
  }
  const seconds = Math.floor(value / 1e6);
  const micros = value - seconds * 1e6;
  const high = (micros / 10_000) | 0;
  const end = putUint(buffer, at, seconds);
  buffer[end] = DOT;
  buffer[end + 1] = PAIRS[2 * high] as number;
  buffer[end + 2] = PAIRS[2 * high + 1] as number;
  return putFour(buffer, end + 3, micros - 10_000 * high);
}

/** A number >= 0 held to three decimals, without trailing zeros: 0.25, 4.5, 8. */
export function putDecimal(buffer: Uint8Array, at: number, value: number): number {
  const thousandths = Math.round(value * 1000);
  const whole = (thousandths / 1000) | 0;
  const rest = thousandths - 1000 * whole;
  const end = putUint(buffer, at, whole);
  if (rest === 0) return end;
  const tenth = (rest / 100) | 0;
  const low = rest - 100 * tenth;
  buffer[end] = DOT;
  buffer[end + 1] = ZERO + tenth;
  if (low === 0) return end + 2;
  buffer[end + 2] = PAIRS[2 * low] as number;
  if (low % 10 === 0) return end + 3;
  buffer[end + 3] = PAIRS[2 * low + 1] as number;
  return end + 4;
}

/** 0x and exactly `digits` lower-case hexadecimal digits. */
export function putHex(buffer: Uint8Array, at: number, value: number, digits: number): number {
  buffer[at] = ZERO;
  buffer[at + 1] = 120;
  for (let i = 0; i < digits; i++) buffer[at + 1 + digits - i] = HEX[(value >> (4 * i)) & 15] as number;
  return at + 2 + digits;
}

/** A 48-bit MAC address held in a number, as aa:bb:cc:dd:ee:ff. */
export function putMac(buffer: Uint8Array, at: number, mac: number): number {
  const high = Math.floor(mac / 0x1000000);
  const end = putMacHalf(buffer, at, high);
  buffer[end] = COLON;
  return putMacHalf(buffer, end + 1, mac - high * 0x1000000);
}

function putMacHalf(buffer: Uint8Array, at: number, half: number): number {
  buffer[at] = HEX[half >> 20] as number;
  buffer[at + 1] = HEX[(half >> 16) & 15] as number;
  buffer[at + 2] = COLON;
  buffer[at + 3] = HEX[(half >> 12) & 15] as number;
  buffer[at + 4] = HEX[(half >> 8) & 15] as number;
  buffer[at + 5] = COLON;
  buffer[at + 6] = HEX[(half >> 4) & 15] as number;
  buffer[at + 7] = HEX[half & 15] as number;
  return at + 8;
}

/** Whole numbers 0..255 joined by '-'. */
export function putKinds(buffer: Uint8Array, at: number, kinds: Uint8Array, count: number): number {
  let end = at;
  for (let i = 0; i < count; i++) {
    if (i > 0) buffer[end++] = MINUS;
    end = putUint(buffer, end, kinds[i] as number);
  }
  return end;
}

/** Printable ASCII, quoted by RFC 4180 where it holds a comma or a quote. */
export function putText(buffer: Uint8Array, at: number, text: Uint8Array, length: number): number {
  for (let i = 0; i < length; i++) {
    const byte = text[i] as number;
    if (byte === COMMA || byte === QUOTE) return putQuoted(buffer, at, text, length);
    buffer[at + i] = byte;
  }
  return at + length;
}

function putQuoted(buffer: Uint8Array, at: number, text: Uint8Array, length: number): number {
  let end = at;
  buffer[end++] = QUOTE;
  for (let i = 0; i < length; i++) {
    const byte = text[i] as number;
    if (byte === QUOTE) buffer[end++] = QUOTE;
    buffer[end++] = byte;
  }
  buffer[end++] = QUOTE;
  return end;
}
