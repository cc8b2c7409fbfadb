/**
 * Feature rows of a training run, computed once and read many times. Small data stay in memory; beyond that they go to a
 * private temporary file, so that resident memory does not depend on the number of rows.
 */

import { SpoolFile, spoolFolder } from './spool-file.js';
import { HASH_WORDS, PAGE_ROWS, Page, pageBytes, type SpoolImage, splitAtPages } from './spool-pages.js';

/** pages in memory while earlier ones are being written */
const PAGES_IN_FLIGHT = 4;

export interface SpoolOptions {
  /** rows beyond this go to a file */
  readonly memoryBytes?: number;
  /** where the file is made; default $TMPDIR, else /var/tmp */
  readonly folder?: string;
}

/** Consecutive rows of one training block (the time blocks of cross-fitting). */
export interface BlockRange {
  readonly block: number;
  readonly from: number;
  to: number;
}

export class Spool {
  rows = 0;
  /** time of the first and the last row, µs since the epoch; where their clock was set, whoever writes the rows knows better */
  firstUs = 0;
  lastUs = 0;
  readonly ranges: BlockRange[] = [];
  readonly #memoryPages: number;
  readonly #folder: string;
  readonly #pageBytes: number;
  /** pages not in the file: all of them, or none but the last */
  #pages: Page[] = [];
  #current: Page;
  #used = 0;
  #file: SpoolFile | undefined;
  #free: Page[] = [];
  #inFlight = 0;
  #writing: Promise<void> = Promise.resolve();
  #failure: unknown;

  /** `width`: values a row */
  constructor(
    readonly width: number,
    options: SpoolOptions = {},
  ) {
    this.#pageBytes = pageBytes(width);
    this.#memoryPages = Math.max(1, Math.floor((options.memoryBytes ?? 96 * 2 ** 20) / this.#pageBytes));
    this.#folder = options.folder ?? spoolFolder();
    this.#current = new Page(width);
    this.#pages.push(this.#current);
  }

  /** Where the next row is to be written: `width` values of `buffer` from `offset` on. Ask again after every `push`. */
  get buffer(): Float32Array {
    return this.#current.rows;
  }

  get offset(): number {
    return this.#used * this.width;
  }

  get onDisk(): boolean {
    return this.#file !== undefined;
  }

  /**
   * Adds the row just written to `buffer`. Rows come in time order, those of one block together.
   * @param timestampUs never less than before
   * @param initiatorLow,initiatorHigh hash of the initiator
   * @param pairLow,pairHigh hash of (initiator, responder), by `Key.startPair`
   * @param block number of the time block, 0..255
   * @returns a promise to be awaited before the next row where the disk is behind, else undefined
   */
  push(
    timestampUs: number,
    initiatorLow: number,
    initiatorHigh: number,
    pairLow: number,
    pairHigh: number,
    block: number,
  ): Promise<void> | undefined {
    const page = this.#current;
    const slot = this.#used++;
    page.timestampUs[slot] = timestampUs;
    const at = HASH_WORDS * slot;
    page.hashes[at] = initiatorLow;
    page.hashes[at + 1] = initiatorHigh;
    page.hashes[at + 2] = pairLow;
    page.hashes[at + 3] = pairHigh;
    if (this.rows === 0) this.firstUs = timestampUs;
    this.lastUs = timestampUs;
    const range = this.ranges.at(-1);
    if (range?.block === block) range.to++;
    else this.ranges.push({ block, from: this.rows, to: this.rows + 1 });
    this.rows++;
    return this.#used === PAGE_ROWS ? this.#turn() : undefined;
  }

  /** A full page: keep it, or hand it to the file and go on with a free one. */
  #turn(): Promise<void> | undefined {
    this.#used = 0;
    if (!this.#file) {
      if (this.#pages.length < this.#memoryPages) {
        this.#current = new Page(this.width);
        this.#pages.push(this.#current);
        return undefined;
      }
      return this.#spill();
    }
    this.#write(this.#current, this.rows / PAGE_ROWS - 1);
    this.#current = this.#free.pop() ?? new Page(this.width);
    this.#pages = [this.#current];
    return this.#inFlight >= PAGES_IN_FLIGHT || this.#failure ? this.#drain() : undefined;
  }

  async #spill(): Promise<void> {
    this.#file = await SpoolFile.create(this.#folder);
    for (const [index, page] of this.#pages.entries()) await this.#file.write(page.bytes, index * this.#pageBytes);
    this.#free = this.#pages.slice(0, PAGES_IN_FLIGHT);
    this.#current = this.#free.pop() as Page;
    this.#pages = [this.#current];
  }

  #write(page: Page, index: number): void {
    this.#inFlight++;
    this.#writing = this.#writing
      .then(() => (this.#file as SpoolFile).write(page.bytes, index * this.#pageBytes))
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .then(() => {
        this.#inFlight--;
        this.#free.push(page);
      });
  }

  async #drain(): Promise<void> {
    await this.#writing;
    if (this.#failure) throw this.#failure;
  }

  /** Waits until every row can be read. */
  async finish(): Promise<void> {
    await this.#drain();
  }

  /** Raw rows from..from+count to into[at..]; a promise only where the file must be read. */
  readRows(from: number, count: number, into: Float32Array, at: number): Promise<void> | undefined {
    const { width } = this;
    return this.#each(from, count, (page, slot, rows, done) => {
      const target = at + done * width;
      if (page instanceof Page) {
        into.set(page.rows.subarray(slot * width, (slot + rows) * width), target);
        return undefined;
      }
      const bytes = new Uint8Array(into.buffer, into.byteOffset + target * 4, rows * width * 4);
      return (this.#file as SpoolFile).read(bytes, page * this.#pageBytes + slot * width * 4);
    });
  }

  /** Times and hashes of rows from..from+count to the start of the arrays. */
  async readMeta(from: number, count: number, timestampUs: Float64Array, hashes: Int32Array): Promise<void> {
    const timesAt = PAGE_ROWS * this.width * 4;
    const hashesAt = timesAt + PAGE_ROWS * 8;
    await this.#each(from, count, (page, slot, rows, done) => {
      if (page instanceof Page) {
        timestampUs.set(page.timestampUs.subarray(slot, slot + rows), done);
        hashes.set(page.hashes.subarray(HASH_WORDS * slot, HASH_WORDS * (slot + rows)), HASH_WORDS * done);
        return undefined;
      }
      const file = this.#file as SpoolFile;
      const start = page * this.#pageBytes;
      const times = new Uint8Array(timestampUs.buffer, timestampUs.byteOffset + done * 8, rows * 8);
      const hashBytes = 4 * HASH_WORDS;
      const words = new Uint8Array(hashes.buffer, hashes.byteOffset + done * hashBytes, rows * hashBytes);
      return file
        .read(times, start + timesAt + slot * 8)
        .then(() => file.read(words, start + hashesAt + slot * hashBytes));
    });
  }

  /** `page` is the page, or its number in the file */
  #each(
    from: number,
    count: number,
    visit: (page: Page | number, slot: number, rows: number, done: number) => Promise<void> | undefined,
  ): Promise<void> | undefined {
    let waiting: Promise<void>[] | undefined;
    for (const { index, slot, rows, done } of splitAtPages(from, count)) {
      const last = index === Math.floor(this.rows / PAGE_ROWS);
      const page = !this.#file ? this.#pages[index] : last ? this.#current : index;
      const wait = visit(page, slot, rows, done);
      if (wait) {
        waiting ??= [];
        waiting.push(wait);
      }
    }
    return waiting && Promise.all(waiting).then(() => undefined);
  }

  /** For threads that read it too, once it is finished and until it is closed. */
  image(): SpoolImage {
    const file = this.#file?.descriptor;
    const pages = (file === undefined ? this.#pages : [this.#current]).map(({ memory }) => memory);
    return { width: this.width, file, pages, firstPage: file === undefined ? 0 : Math.floor(this.rows / PAGE_ROWS) };
  }

  /** What to throw where a thread could not read the image. */
  readFailure(cause: Error): Error {
    return this.#file?.readFailure(cause) ?? cause;
  }

  /** Frees memory and disk. */
  async close(): Promise<void> {
    await this.#writing;
    this.#pages = [];
    this.#free = [];
    const file = this.#file;
    this.#file = undefined;
    this.rows = 0;
    await file?.close();
  }
}
