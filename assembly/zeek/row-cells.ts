/**
 * Cells of a row. Each reader returns the address after what it read, which must be the separator or the line end for the
 * cell to be whole, or 0 where the cell is none that it knows. Readers may look 16 bytes past the end of the text.
 */

const ZERO: i32 = 48;
const DOT: i32 = 46;
const NEWLINE: i32 = 10;
/** digits of a number that is exact for certain as f64 */
const SAFE_DIGITS: usize = 15;

// @inline
function digitAt(p: usize): i32 {
  return <i32>load<u8>(p) - ZERO;
}

/** what `decimal` and `count` read */
export let whole: i64 = 0;
/** millionths after the point */
export let micros: i64 = 0;

/** A count: 1 to 15 digits. */
// @inline
export function count(from: usize): usize {
  let p = from;
  let value: i64 = 0;
  let digit = digitAt(p);
  while (<u32>digit <= 9) {
    value = 10 * value + digit;
    digit = digitAt(++p);
  }
  whole = value;
  return p === from || p - from > SAFE_DIGITS ? 0 : p;
}

/** A decimal number with at most six digits after the point. */
export function decimal(from: usize): usize {
  let p = count(from);
  micros = 0;
  if (p === 0 || load<u8>(p) !== DOT) return p;
  let part: i64 = 0;
  let digit = digitAt(++p);
  let scale: i64 = 1000000;
  while (<u32>digit <= 9) {
    if (scale === 1) return 0;
    part = 10 * part + digit;
    scale /= 10;
    digit = digitAt(++p);
  }
  micros = part * scale;
  return p;
}

/** A dotted quad, into four bytes at `to`. A leading zero would be octal to some readers. */
export function ipv4(from: usize, to: usize): usize {
  let p = from;
  for (let part: usize = 0; part < 4; part++) {
    if (part > 0 && load<u8>(p++) !== DOT) return 0;
    let value = digitAt(p);
    if (<u32>value > 9) return 0;
    let digit = digitAt(++p);
    if (<u32>digit <= 9) {
      if (value === 0) return 0;
      value = 10 * value + digit;
      digit = digitAt(++p);
      if (<u32>digit <= 9) {
        value = 10 * value + digit;
        if (value > 255) return 0;
        p++;
      }
    }
    store<u8>(to + part, <u8>value);
  }
  return p;
}

/** The end of a cell. */
export function end(from: usize, separator: i32): usize {
  const separators = i8x16.splat(<i8>separator);
  const newlines = i8x16.splat(<i8>NEWLINE);
  let p = from;
  while (true) {
    const bytes = v128.load(p);
    const found = i8x16.bitmask(v128.or(i8x16.eq(bytes, separators), i8x16.eq(bytes, newlines)));
    if (found !== 0) return p + <usize>ctz(found);
    p += 16;
  }
}

/**
 * A text of printable ASCII, copied to `to`.
 * @param most bytes it may have
 * @param names what separates names in it: several are not for this reader; 0: it is one text
 */
export function text(from: usize, to: usize, separator: i32, most: usize, names: i32): usize {
  const separators = i8x16.splat(<i8>separator);
  const newlines = i8x16.splat(<i8>NEWLINE);
  const between = i8x16.splat(<i8>names);
  let p = from;
  while (p - from <= most) {
    const bytes = v128.load(p);
    const found = i8x16.bitmask(v128.or(i8x16.eq(bytes, separators), i8x16.eq(bytes, newlines)));
    const printable = v128.and(i8x16.gt_s(bytes, i8x16.splat(31)), i8x16.ne(bytes, i8x16.splat(127)));
    const bad = i8x16.bitmask(v128.or(v128.not(printable), i8x16.eq(bytes, between)));
    v128.store(to + (p - from), bytes);
    if (found !== 0) {
      const last = p + <usize>ctz(found);
      return (bad & ((found & -found) - 1)) !== 0 || last - from > most ? 0 : last;
    }
    if (bad !== 0) return 0;
    p += 16;
  }
  return 0;
}

/** Whether a capital letter stands in a text. */
export function capitals(from: usize, to: usize): bool {
  for (let p = from; p < to; p += 16) {
    const bytes = v128.load(p);
    const found = v128.and(i8x16.gt_s(bytes, i8x16.splat(64)), i8x16.lt_s(bytes, i8x16.splat(91)));
    const inside: i32 = to - p < 16 ? (1 << (<i32>(to - p))) - 1 : 0xffff;
    if ((i8x16.bitmask(found) & inside) !== 0) return true;
  }
  return false;
}
