/** Numbers written as ASCII into a buffer, without a string in between: millions of cells a second. */

const ZERO = 48;
const MINUS = 45;
const DOT = 46;

/** Longest text that `writeInteger` and `writeFixed` write. */
export const NUMBER_CAPACITY = 32;

const digits = new Uint8Array(20);

/** A non-negative integer below 2^53 in decimal; returns the end. */
export function writeInteger(value: number, out: Uint8Array, at: number): number {
  let rest = value;
  let n = 0;
  while (rest > 0x7fffffff) {
    const next = Math.floor(rest / 10);
    digits[n++] = rest - next * 10;
    rest = next;
  }
  let small = rest | 0;
  do {
    const next = (small / 10) | 0;
    digits[n++] = small - next * 10;
    small = next;
  } while (small > 0);
  let end = at;
  while (n > 0) out[end++] = ZERO + digits[--n];
  return end;
}

/** `value` with six decimals; not a number is an empty cell, and beyond 2^33 the shortest text is used. Returns the end. */
export function writeFixed6(value: number, out: Uint8Array, at: number): number {
  const size = Math.abs(value);
  // NaN and infinity too
  if (!(size < 8_589_934_592)) {
    if (!Number.isFinite(value)) return at;
    const text = String(value);
    for (let i = 0; i < text.length; i++) out[at + i] = text.charCodeAt(i);
    return at + text.length;
  }
  const micros = Math.round(size * 1e6);
  let end = at;
  if (value < 0 && micros > 0) out[end++] = MINUS;
  const whole = Math.floor(micros / 1e6);
  return writeMillionths(whole, (micros - whole * 1e6) | 0, out, end);
}

/** µs since the epoch as seconds with six decimals, exact. Returns the end. */
export function writeSeconds(us: number, out: Uint8Array, at: number): number {
  let end = at;
  let micros = Math.round(us);
  if (!Number.isFinite(micros)) return at;
  if (micros < 0) {
    out[end++] = MINUS;
    micros = -micros;
  }
  const whole = Math.floor(micros / 1e6);
  return writeMillionths(whole, micros - whole * 1e6, out, end);
}

/** A whole number, a point and six digits. */
function writeMillionths(whole: number, millionths: number, out: Uint8Array, at: number): number {
  const end = writeInteger(whole, out, at);
  out[end] = DOT;
  let rest = millionths;
  for (let k = 6; k > 0; k--) {
    const next = (rest / 10) | 0;
    out[end + k] = ZERO + rest - next * 10;
    rest = next;
  }
  return end + 7;
}
