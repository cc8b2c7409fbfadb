/**
 * Times as flow tables write them: seconds, milli-, micro- or nanoseconds since the epoch; ISO 8601 and its like; day, month and
 * year set off by slashes. What has no zone is taken as UTC.
 */

const ZERO = 48;
const DOT = 46;
const PLUS = 43;
const MINUS = 45;
const SLASH = 47;
const DAY_US = 86_400e6;
const HOUR_US = 3600e6;
/** From so much on, a number since the epoch is one of ms, µs or ns: seconds reach the first in the year 5138. */
const MS_FROM = 1e11;
const US_FROM = 1e14;
const NS_FROM = 1e17;
/** Hours up to this are afternoon where a table counts twelve without saying which: it was recorded by day. */
const LAST_AFTERNOON = 7;

export class TimeReader {
  /** how times are written that nobody can be sure of; for a warning */
  noZone = false;
  twelveHours = false;
  monthFirst: boolean | undefined;
  private noTwelve = false;
  private at = 0;
  private digits = 0;
  private day = Number.NaN;
  private dayUs = 0;

  /** µs since the epoch, or -1. */
  read(text: Uint8Array, from: number, to: number): number {
    this.at = from;
    const first = this.number(text, to);
    const { digits } = this;
    if (digits === 0) return -1;
    if (this.at === to || text[this.at] === DOT) return sinceEpoch(first, this.fraction(text, to), this.at === to);
    const mark = text[this.at++];
    if (mark !== MINUS && mark !== SLASH) return -1;
    const second = this.number(text, to);
    if (text[this.at++] !== mark) return -1;
    const third = this.number(text, to);
    if (digits === 4) return this.rest(text, to, this.date(first, second, third));
    if (this.digits !== 4) return -1;
    // the first date that can be read in one way only tells of all of them
    if (second > 12) this.monthFirst ??= true;
    else if (first > 12) this.monthFirst ??= false;
    const date = this.monthFirst ? this.date(third, first, second) : this.date(third, second, first);
    return this.rest(text, to, date, true);
  }

  private number(text: Uint8Array, to: number): number {
    let value = 0;
    const from = this.at;
    for (; this.at < to; this.at++) {
      const digit = (text[this.at] as number) - ZERO;
      if (digit < 0 || digit > 9) break;
      value = 10 * value + digit;
    }
    this.digits = this.at - from;
    return value;
  }

  /** Millionths behind a point, where there is one. */
  private fraction(text: Uint8Array, to: number): number {
    if (this.at >= to || text[this.at] !== DOT) return 0;
    let micros = 0;
    let unit = 1e5;
    for (this.at++; this.at < to; this.at++) {
      const digit = (text[this.at] as number) - ZERO;
      if (digit < 0 || digit > 9) break;
      if (unit >= 1) micros += digit * unit;
      unit /= 10;
    }
    return micros;
  }

  /** µs of midnight, or -1. */
  private date(year: number, month: number, day: number): number {
    const key = (year * 16 + month) * 32 + day;
    if (key === this.day) return this.dayUs;
    if (year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31) return -1;
    this.day = key;
    this.dayUs = Date.UTC(year, month - 1, day) * 1000;
    return this.dayUs;
  }

  /** The time of day, and the zone. */
  private rest(text: Uint8Array, to: number, dateUs: number, slashes = false): number {
    if (dateUs < 0) return -1;
    if (this.at < to) this.at++; // T or a blank
    while (this.at < to && text[this.at] === 32) this.at++;
    let hours = this.number(text, to);
    if (this.digits === 0 || this.at >= to) return -1;
    this.at++;
    const minutes = this.number(text, to);
    if (this.digits === 0) return -1;
    let seconds = 0;
    if (this.at < to && text[this.at] === 58) {
      this.at++;
      seconds = this.number(text, to);
    }
    const micros = this.fraction(text, to);
    while (this.at < to && text[this.at] === 32) this.at++;
    const half = this.at < to ? (text[this.at] as number) | 32 : 0;
    const told = half === 97 || half === 112;
    if (told) hours = (hours % 12) + (half === 112 ? 12 : 0);
    else if (slashes) hours = this.ofTwelve(hours);
    if (hours > 23 || minutes > 59 || seconds > 60) return -1;
    const us = dateUs + hours * HOUR_US + minutes * 60e6 + seconds * 1e6 + Math.floor(micros + 1e-6);
    if (this.at === to || told) {
      this.noZone = true;
      return us;
    }
    return this.zone(text, to, us);
  }

  private ofTwelve(hours: number): number {
    if (hours === 0 || hours > 12) this.noTwelve = true;
    if (this.noTwelve || hours > LAST_AFTERNOON) return hours;
    this.twelveHours = true;
    return hours + 12;
  }

  private zone(text: Uint8Array, to: number, us: number): number {
    const mark = text[this.at++] as number;
    if ((mark | 32) === 122) return this.at === to ? us : -1;
    if (mark !== PLUS && mark !== MINUS) return -1;
    const number = this.number(text, to);
    let hours = number;
    let minutes = 0;
    if (this.digits === 4) {
      hours = Math.floor(number / 100);
      minutes = number % 100;
    } else if (this.at < to) {
      this.at++;
      minutes = this.number(text, to);
    }
    const offset = hours * HOUR_US + minutes * 60e6;
    if (this.at !== to || offset > DAY_US) return -1;
    return mark === PLUS ? us - offset : us + offset;
  }
}

/** µs of a number since the epoch, whose unit its size tells. */
function sinceEpoch(whole: number, micros: number, ended: boolean): number {
  if (!ended) return -1;
  if (whole >= NS_FROM) return Math.floor(whole / 1000);
  if (whole >= US_FROM) return whole;
  if (whole >= MS_FROM) return whole * 1000 + Math.floor(micros / 1000);
  return whole * 1e6 + Math.floor(micros + 1e-6);
}

/** µs of a length of time in units of so many µs, or of hours, minutes and seconds (`00:01:02.345`); -1 where there is none. */
export function readDuration(text: Uint8Array, from: number, to: number, unitUs: number): number {
  let total = 0;
  let value = 0;
  let scale = 0;
  let colons = false;
  for (let i = from; i < to; i++) {
    const byte = text[i] as number;
    const digit = byte - ZERO;
    if (digit >= 0 && digit <= 9) {
      if (scale === 0) value = 10 * value + digit;
      else {
        value += digit * scale;
        scale /= 10;
      }
    } else if (byte === DOT && scale === 0) scale = 0.1;
    else if (byte === 58 && scale === 0) {
      colons = true;
      total = 60 * (total + value);
      value = 0;
    } else return plainNumber(text, from, to, unitUs);
  }
  if (from === to) return -1;
  return Math.round((total + value) * (colons ? 1e6 : unitUs));
}

const latin = new TextDecoder('latin1');

/** Exponents, as data frames write small numbers. */
function plainNumber(text: Uint8Array, from: number, to: number, unitUs: number): number {
  const value = Number(latin.decode(text.subarray(from, to)));
  return value >= 0 && Number.isFinite(value) ? Math.round(value * unitUs) : -1;
}
