/** Which rows make the chunks of a pass over a spool, and in which order: the same whoever reads them. */

import { Random } from './random.js';

/** rows handed over at once */
export const CHUNK_ROWS = 8192;
/** consecutive rows read together when shuffling: a chunk mixes CHUNK_ROWS/RUN_ROWS places of the recording */
const RUN_ROWS = 64;

export interface RowRange {
  readonly from: number;
  /** exclusive */
  readonly to: number;
}

/** With a seed: runs of rows in random order, and the rows shuffled within a chunk. Without: in order, each chunk one stretch of rows. */
export class RowOrder {
  readonly #random: Random | undefined;
  /** (first row, rows) pairs, none across the border of two ranges */
  readonly #runs: Int32Array;
  readonly #order: Int32Array;
  #next = 0;

  constructor(ranges: readonly RowRange[], seed?: number) {
    const rows = seed === undefined ? CHUNK_ROWS : RUN_ROWS;
    const runs: number[] = [];
    for (const { from, to } of ranges) {
      for (let at = from; at < to; at += rows) runs.push(at, Math.min(rows, to - at));
    }
    this.#runs = Int32Array.from(runs);
    this.#order = Int32Array.from({ length: runs.length / 2 }, (_, i) => i);
    this.#random = seed === undefined ? undefined : new Random(seed);
    this.#random?.shuffle(this.#order);
  }

  /**
   * The next chunk: `read` is told each of its runs, rows `first`..`first`+`rows` of the spool, which become its rows from `at` on.
   * @returns its rows; 0 at the end
   */
  chunk(read: (first: number, rows: number, at: number) => void): number {
    let count = 0;
    let end = 0;
    for (; this.#next < this.#order.length; this.#next++) {
      const run = this.#order[this.#next];
      const first = this.#runs[2 * run];
      const rows = this.#runs[2 * run + 1];
      if (count + rows > CHUNK_ROWS) break;
      if (count > 0 && !this.#random && first !== end) break;
      read(first, rows, count);
      count += rows;
      end = first + rows;
    }
    return count;
  }

  /** Numbers 0..`count`−1 in the order in which the rows of a chunk are used; chunk after chunk. */
  rows(order: Int32Array, count: number): void {
    for (let i = 0; i < count; i++) order[i] = i;
    this.#random?.shuffle(order, count);
  }
}
