/**
 * Records in memory, to be read as often as wanted without the file that they come from. A record is an object of numbers,
 * byte arrays and texts; it is held as flat pages of those, a few hundred bytes each, whatever its kind.
 */
import { TextField } from '../../table/record.js';

/** records of a page */
const PAGE = 1024;
/** as many bytes as the spool of training's rows holds before it goes to a file; by then that one is closed */
const MOST_BYTES = 96 * 2 ** 20;

type Fields = Record<string, number | Uint8Array | TextField>;

interface Page {
  readonly timesUs: Float64Array;
  readonly numbers: Float64Array;
  readonly bytes: Uint8Array;
  /** where each text ends */
  readonly ends: Uint32Array;
  texts: Uint8Array;
  used: number;
}

export class HeldRecords<R> {
  count = 0;
  private readonly pages: Page[] = [];
  private readonly numbers: readonly string[];
  private readonly arrays: readonly string[];
  private readonly texts: readonly string[];
  private readonly arrayBytes: number;
  private heldBytes = 0;

  /** @param model any record of the kind */
  constructor(model: R) {
    const fields = Object.entries(model as Fields);
    const named = (is: (value: unknown) => boolean) => fields.filter(([, value]) => is(value)).map(([name]) => name);
    this.numbers = named((value) => typeof value === 'number');
    this.arrays = named((value) => value instanceof Uint8Array);
    this.texts = named((value) => value instanceof TextField);
    const { numbers, arrays, texts } = this;
    if (numbers.length + arrays.length + texts.length < fields.length)
      throw new TypeError('a record has numbers, bytes and texts only');
    this.arrayBytes = arrays.reduce((sum, name) => sum + ((model as Fields)[name] as Uint8Array).length, 0);
  }

  /** Keeps a copy. @param timeUs when a reader comes by it @returns false where there is no room for it */
  add(record: R, timeUs: number): boolean {
    const k = this.count % PAGE;
    if (k === 0 && !this.begin()) return false;
    const page = this.pages[this.pages.length - 1];
    page.timesUs[k] = timeUs;
    const from = record as Fields;
    let at = k * this.numbers.length;
    for (const name of this.numbers) page.numbers[at++] = from[name] as number;
    at = k * this.arrayBytes;
    for (const name of this.arrays) {
      const bytes = from[name] as Uint8Array;
      page.bytes.set(bytes, at);
      at += bytes.length;
    }
    at = k * this.texts.length;
    for (const name of this.texts) {
      const { bytes, length } = from[name] as TextField;
      this.roomFor(page, length);
      page.texts.set(bytes.subarray(0, length), page.used);
      page.used += length;
      page.ends[at++] = page.used;
    }
    this.count++;
    return true;
  }

  timeUs(index: number): number {
    return this.pages[Math.floor(index / PAGE)].timesUs[index % PAGE];
  }

  /** Overwrites `into` by record `index`. */
  read(index: number, into: R): void {
    const page = this.pages[Math.floor(index / PAGE)];
    const k = index % PAGE;
    const to = into as Fields;
    let at = k * this.numbers.length;
    for (const name of this.numbers) to[name] = page.numbers[at++];
    at = k * this.arrayBytes;
    for (const name of this.arrays) {
      const bytes = to[name] as Uint8Array;
      bytes.set(page.bytes.subarray(at, at + bytes.length));
      at += bytes.length;
    }
    at = k * this.texts.length;
    for (const name of this.texts) {
      const text = to[name] as TextField;
      const start = at === 0 ? 0 : page.ends[at - 1];
      text.length = page.ends[at++] - start;
      for (let i = 0; i < text.length; i++) text.bytes[i] = page.texts[start + i];
    }
  }

  /** Forgets all records from `count` on. */
  cut(count: number): void {
    this.count = Math.min(this.count, count);
    this.pages.length = Math.ceil(this.count / PAGE);
  }

  private begin(): boolean {
    const bytes = PAGE * (8 * (1 + this.numbers.length) + this.arrayBytes + 4 * this.texts.length);
    if (this.heldBytes + bytes > MOST_BYTES) return false;
    this.heldBytes += bytes;
    this.pages.push({
      timesUs: new Float64Array(PAGE),
      numbers: new Float64Array(PAGE * this.numbers.length),
      bytes: new Uint8Array(PAGE * this.arrayBytes),
      ends: new Uint32Array(PAGE * this.texts.length),
      texts: new Uint8Array(PAGE),
      used: 0,
    });
    return true;
  }

  private roomFor(page: Page, more: number): void {
    if (page.used + more <= page.texts.length) return;
    const larger = new Uint8Array(2 * page.texts.length + more);
    larger.set(page.texts.subarray(0, page.used));
    this.heldBytes += larger.length - page.texts.length;
    page.texts = larger;
  }
}
