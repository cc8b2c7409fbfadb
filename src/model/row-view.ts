/** Chosen rows of a spool, transformed on the way: what the engines train on and calibration scores. */

import { turn } from '../base/turns.js';
import type { RowSource } from './autoencoder.js';
import { Random } from './random.js';
import type { Spool } from './spool.js';

/** rows handed over at once */
export const CHUNK_ROWS = 8192;
/** consecutive rows read together when shuffling: a chunk mixes CHUNK_ROWS/RUN_ROWS places of the recording */
const RUN_ROWS = 64;

export interface RowRange {
  readonly from: number;
  /** exclusive */
  readonly to: number;
}

/** Row of `source` number `from` -> row of `out` number `to`. */
export interface RowTransform {
  readonly width: number;
  apply(source: Float32Array, from: number, out: Float32Array, to: number): void;
}

export interface RowChunk {
  rows: Float32Array;
  count: number;
  /** number of the first row in the spool; meaningful without a seed only, as are the next two */
  first: number;
  timestampUs: Float64Array;
  /** four words a row: hash of the initiator, hash of the pair */
  hashes: Int32Array;
}

/** One chunk read ahead: raw rows of some runs. */
interface Staged {
  readonly raw: Float32Array;
  count: number;
  first: number;
  ready: Promise<unknown> | undefined;
}

export class RowView implements RowSource {
  readonly rows: number;
  readonly width: number;
  readonly #spool: Spool;
  readonly #transform: RowTransform | undefined;
  readonly #ranges: readonly RowRange[];

  /** @param ranges of the spool, in order; default: all of it */
  constructor(spool: Spool, ranges: readonly RowRange[] = [{ from: 0, to: spool.rows }], transform?: RowTransform) {
    this.#spool = spool;
    this.#ranges = ranges.filter((r) => r.to > r.from);
    this.#transform = transform;
    this.rows = this.#ranges.reduce((sum, r) => sum + r.to - r.from, 0);
    this.width = transform?.width ?? spool.width;
  }

  /** Runs as (first row, rows) pairs, none across the border of two ranges. */
  #runs(rows: number): Int32Array {
    const runs: number[] = [];
    for (const { from, to } of this.#ranges) {
      for (let at = from; at < to; at += rows) runs.push(at, Math.min(rows, to - at));
    }
    return Int32Array.from(runs);
  }

  /** With a seed: runs in random order, rows shuffled within a chunk. Without: in order, with times and hashes. */
  async *chunks(seed?: number): AsyncGenerator<RowChunk> {
    const random = seed === undefined ? undefined : new Random(seed);
    const runs = this.#runs(random ? RUN_ROWS : CHUNK_ROWS);
    const order = Int32Array.from({ length: runs.length / 2 }, (_, i) => i);
    random?.shuffle(order);
    const spoolWidth = this.#spool.width;
    const stage = (): Staged => ({
      raw: new Float32Array(CHUNK_ROWS * spoolWidth),
      count: 0,
      first: 0,
      ready: undefined,
    });
    const chunk: RowChunk = {
      rows: new Float32Array(CHUNK_ROWS * this.width),
      count: 0,
      first: 0,
      timestampUs: new Float64Array(random ? 0 : CHUNK_ROWS),
      hashes: new Int32Array(random ? 0 : 4 * CHUNK_ROWS),
    };
    const rowOrder = Int32Array.from({ length: CHUNK_ROWS }, (_, i) => i);
    let current = stage();
    let ahead = this.#spool.onDisk ? stage() : current;
    let next = this.#fill(current, runs, order, 0, random !== undefined);
    for (;;) {
      const { count } = current;
      if (count === 0) return;
      await current.ready;
      // a failed read of the chunk ahead is met when its turn comes; until then it must not count as unhandled
      if (ahead !== current) next = this.#fill(ahead, runs, order, next, random !== undefined);
      if (random) {
        for (let i = 0; i < count; i++) rowOrder[i] = i;
        random.shuffle(rowOrder, count);
      } else {
        await this.#spool.readMeta(current.first, count, chunk.timestampUs, chunk.hashes);
      }
      this.#gather(current.raw, count, rowOrder, chunk.rows);
      chunk.count = count;
      chunk.first = current.first;
      yield chunk;
      const due = turn();
      if (due) await due;
      if (ahead === current) next = this.#fill(current, runs, order, next, random !== undefined);
      [current, ahead] = [ahead, current];
    }
  }

  /** Starts reading the next runs that fit a chunk; returns the number of the first one left. */
  #fill(staged: Staged, runs: Int32Array, order: Int32Array, from: number, shuffled: boolean): number {
    const waiting: Promise<void>[] = [];
    staged.count = 0;
    let next = from;
    while (next < order.length) {
      const run = order[next];
      const first = runs[2 * run];
      const rows = runs[2 * run + 1];
      if (staged.count + rows > CHUNK_ROWS) break;
      if (staged.count === 0) staged.first = first;
      // in order, a chunk is one stretch of rows, so that `first` and the times describe all of it
      else if (!shuffled && first !== staged.first + staged.count) break;
      const wait = this.#spool.readRows(first, rows, staged.raw, staged.count * this.#spool.width);
      if (wait) waiting.push(wait);
      staged.count += rows;
      next++;
    }
    staged.ready = waiting.length > 0 ? Promise.all(waiting) : undefined;
    staged.ready?.catch(() => undefined);
    return next;
  }

  #gather(raw: Float32Array, count: number, order: Int32Array, out: Float32Array): void {
    const { width } = this;
    const transform = this.#transform;
    for (let to = 0; to < count; to++) {
      const from = order[to];
      if (transform) transform.apply(raw, from, out, to);
      else for (let j = 0; j < width; j++) out[to * width + j] = raw[from * width + j];
    }
  }
}
