/** A cursor over the cells of one table row, typed reads on bytes. */

import { takeIpv4, takeIpv6 } from './address.js';
import { CellReader, COMMA, QUOTE } from './cell-reader.js';
import { DNS_ANSWERS_CAPACITY, type TextField } from './record.js';
import { respelledCount, respelledNothing, respelledNumber } from './respelled.js';

const DOT = 46;
const MINUS = 45;
const SPACE = 32;
const COLON = 58;
const ZERO = 48;

export class CellCursor extends CellReader {
  /** A whole number 0..max, or -1 where the cell is empty. */
  uint(max: number): number {
    const { bytes } = this;
    let p = this.pos;
    const start = p;
    let value = 0;
    for (let digit = bytes[p] - 48; digit >= 0 && digit <= 9; digit = bytes[p] - 48) {
      value = 10 * value + digit;
      p++;
    }
    if (bytes[p] !== COMMA && p !== this.end) {
      const after = p > start ? this.afterZeros(p) : -1;
      if (after < 0) return this.unquoted(() => this.uint(max), 'no whole number', respelledCount);
      p = after;
    }
    if (p === start) value = -1;
    else if (value > max) this.fail(`more than ${max}`);
    this.next(p);
    return value;
  }

  /** Data frames write whole numbers of a column with empty cells as 4.0: where the cell ends behind such zeros, or -1. */
  private afterZeros(point: number): number {
    const { bytes } = this;
    if (bytes[point] !== DOT) return -1;
    let p = point + 1;
    while (bytes[p] === ZERO) p++;
    return p > point + 1 && (bytes[p] === COMMA || p === this.end) ? p : -1;
  }

  /** 0x and hexadecimal digits, 0..max, or -1. */
  hex(max: number): number {
    if (this.empty()) return -1;
    const { bytes } = this;
    let p = this.pos;
    let value = 0;
    if (bytes[p] === 48 && bytes[p + 1] === 120) {
      for (p += 2; p < this.pos + 10; p++) {
        const digit = hexDigit(bytes[p]);
        if (digit < 0) break;
        value = 16 * value + digit;
      }
    }
    if (p < this.pos + 3 || (bytes[p] !== COMMA && p !== this.end)) {
      return this.unquoted(() => this.hex(max), 'no hexadecimal number', respelledNothing);
    }
    if (value > max) this.fail(`more than 0x${max.toString(16)}`);
    this.next(p);
    return value;
  }

  /** Seconds with up to six decimals, as µs, into `real`. */
  time(): void {
    const { bytes } = this;
    let p = this.pos;
    const negative = bytes[p] === MINUS;
    if (negative) p++;
    const start = p;
    let seconds = 0;
    let digit = bytes[p] - 48;
    for (; digit >= 0 && digit <= 9; digit = bytes[p] - 48) {
      seconds = 10 * seconds + digit;
      p++;
    }
    const whole = p > start;
    let micros = 0;
    if (bytes[p] === DOT) {
      let unit = 100_000;
      for (p++; ; p++) {
        digit = bytes[p] - 48;
        if (digit < 0 || digit > 9) break;
        micros += unit * digit;
        unit = (unit / 10) | 0;
      }
    }
    if (!whole || (bytes[p] !== COMMA && p !== this.end)) {
      this.unquoted(() => this.time(), 'no time', this.respelledTime);
      return;
    }
    const us = seconds * 1e6 + micros;
    if (us > Number.MAX_SAFE_INTEGER) {
      this.unquoted(() => this.time(), 'time out of range', this.respelledTime);
      return;
    }
    this.next(p);
    this.real[0] = negative && us > 0 ? -us : us;
  }

  /** A number 0..max with up to three decimals, or -1, into `real`. */
  decimal(max: number): void {
    this.real[0] = -1;
    if (this.empty()) return;
    const { bytes } = this;
    let p = this.pos;
    const start = p;
    let thousandths = 0;
    let digit = bytes[p] - 48;
    for (; digit >= 0 && digit <= 9; digit = bytes[p] - 48) {
      thousandths = 10 * thousandths + 1000 * digit;
      p++;
    }
    const whole = p > start;
    if (bytes[p] === DOT) {
      let unit = 100;
      for (p++; ; p++) {
        digit = bytes[p] - 48;
        if (digit < 0 || digit > 9) break;
        thousandths += unit * digit;
        unit = (unit / 10) | 0;
      }
    }
    if (!whole || (bytes[p] !== COMMA && p !== this.end)) {
      this.unquoted(() => this.decimal(max), 'no number', respelledNumber);
      return;
    }
    // one correctly rounded division: the nearest double of the text, as the decoder's rounding gives
    const value = thousandths / 1000;
    if (value > max) this.fail(`more than ${max}`);
    this.next(p);
    this.real[0] = value;
  }

  /** aa:bb:cc:dd:ee:ff as a 48-bit number, or -1, into `real`. */
  mac(): void {
    this.real[0] = -1;
    if (this.empty()) return;
    const { bytes, pos } = this;
    let high = 0;
    let low = 0;
    let good = true;
    for (let i = 0; i < 6; i++) {
      const a = hexDigit(bytes[pos + 3 * i]);
      const b = hexDigit(bytes[pos + 3 * i + 1]);
      if (a < 0 || b < 0 || (i < 5 && bytes[pos + 3 * i + 2] !== COLON)) {
        good = false;
        break;
      }
      if (i < 3) high = (high << 8) | (a << 4) | b;
      else low = (low << 8) | (a << 4) | b;
    }
    const p = pos + 17;
    if (!good || (bytes[p] !== COMMA && p !== this.end)) {
      this.unquoted(() => this.mac(), 'no MAC address', respelledNothing);
      return;
    }
    this.next(p);
    this.real[0] = high * 0x1000000 + low;
  }

  /** An address into `into`. */
  ip(version: number, into: Uint8Array): void {
    const p =
      version === 4 ? takeIpv4(this.bytes, this.pos, this.end, into) : takeIpv6(this.bytes, this.pos, this.end, into);
    if (p < 0 || (this.bytes[p] !== COMMA && p !== this.end)) {
      this.unquoted(() => this.ip(version, into), `no IPv${version} address`);
      return;
    }
    this.next(p);
  }

  /** Addresses of `length` bytes (4 or 16) joined by spaces into `into`. @returns how many */
  ips(length: 4 | 16, into: Uint8Array): number {
    if (this.empty()) return 0;
    const { bytes, end } = this;
    let p = this.pos;
    let to = 0;
    for (; p >= 0 && to < into.length; to += length) {
      p = length === 4 ? takeIpv4(bytes, p, end, into, to) : takeIpv6(bytes, p, end, into, to);
      if (bytes[p] !== SPACE) break;
      p++;
    }
    if (p < 0 || to >= length * DNS_ANSWERS_CAPACITY || (bytes[p] !== COMMA && p !== end)) {
      return this.unquoted(() => this.ips(length, into), 'no list of addresses', respelledNothing);
    }
    this.next(p);
    return to / length + 1;
  }

  /** Numbers 0..255 joined by '-' into `into`. @returns how many */
  kinds(into: Uint8Array): number {
    if (this.empty()) return 0;
    const { bytes } = this;
    let p = this.pos;
    let count = 0;
    let good = true;
    while (good) {
      const start = p;
      let value = 0;
      for (let digit = bytes[p] - 48; digit >= 0 && digit <= 9; digit = bytes[p] - 48) {
        value = 10 * value + digit;
        p++;
      }
      if (p === start || value > 255 || count === into.length) good = false;
      else into[count++] = value;
      if (bytes[p] !== MINUS) break;
      p++;
    }
    if (good && count === 1 && bytes[p] === DOT) p = Math.max(p, this.afterZeros(p));
    if (!good || (bytes[p] !== COMMA && p !== this.end)) {
      return this.unquoted(() => this.kinds(into), 'no list of option kinds', respelledNothing);
    }
    this.next(p);
    return count;
  }

  /** Printable ASCII into `into`. */
  text(into: TextField): void {
    const { bytes, end } = this;
    if (bytes[this.pos] === QUOTE && !this.scratchUsed) {
      this.unquoted(() => this.textFrom(into), 'text too long');
      return;
    }
    let p = this.pos;
    while (p < end && bytes[p] !== COMMA) p++;
    this.store(into, p);
  }

  private textFrom(into: TextField): void {
    this.store(into, this.end);
  }

  private store(into: TextField, to: number): void {
    const { bytes, pos } = this;
    const length = to - pos;
    if (length > into.bytes.length) this.fail('text too long');
    for (let i = 0; i < length; i++) {
      const byte = bytes[pos + i];
      if (byte < 32 || byte > 126) this.fail('text that is not printable ASCII');
      into.bytes[i] = byte;
    }
    into.length = length;
    this.next(to);
  }

  /** The next cell as a string; for cells of few values. */
  word(): string {
    const { bytes } = this;
    if (bytes[this.pos] === QUOTE && !this.scratchUsed) return this.unquoted(() => this.word(), 'no word');
    let p = this.pos;
    let text = '';
    while (p < this.end && bytes[p] !== COMMA) text += String.fromCharCode(bytes[p++]);
    this.next(p);
    return text;
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
