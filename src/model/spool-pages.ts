/** Where the rows of a spool lie: in pages of shared memory, or one after the other in a file. */

export const PAGE_ROWS = 1024;
/** words of the hashes of a row */
export const HASH_WORDS = 4;
/** of a row's time and hashes */
const META_BYTES = 8 + 4 * HASH_WORDS;

export const pageBytes = (width: number): number => PAGE_ROWS * (width * 4 + META_BYTES);

/** PAGE_ROWS rows [PAGE_ROWS x width] float32, then their times f64, then their hashes 4 x i32: initiator, pair. */
export class Page {
  readonly bytes: Uint8Array;
  readonly rows: Float32Array;
  readonly timestampUs: Float64Array;
  readonly hashes: Int32Array;

  constructor(
    width: number,
    readonly memory = new SharedArrayBuffer(pageBytes(width)),
  ) {
    const rowBytes = PAGE_ROWS * width * 4;
    this.bytes = new Uint8Array(memory);
    this.rows = new Float32Array(memory, 0, PAGE_ROWS * width);
    this.timestampUs = new Float64Array(memory, rowBytes, PAGE_ROWS);
    this.hashes = new Int32Array(memory, rowBytes + PAGE_ROWS * 8, PAGE_ROWS * HASH_WORDS);
  }
}

/** Splits rows from..from+count at the borders of pages: `rows` of them from `slot` of page `index` on, `done` were before. */
export function* splitAtPages(
  from: number,
  count: number,
): Generator<{ index: number; slot: number; rows: number; done: number }> {
  for (let done = 0; done < count; ) {
    const index = Math.floor((from + done) / PAGE_ROWS);
    const slot = (from + done) % PAGE_ROWS;
    const rows = Math.min(count - done, PAGE_ROWS - slot);
    yield { index, slot, rows, done };
    done += rows;
  }
}

/** A spool that is complete, for other threads of this process. */
export interface SpoolImage {
  readonly width: number;
  /** descriptor of the file that has all pages but the last; undefined: `pages` has all */
  readonly file: number | undefined;
  /** all of them, or the last */
  readonly pages: readonly SharedArrayBuffer[];
  /** number of the first of `pages` */
  readonly firstPage: number;
}
