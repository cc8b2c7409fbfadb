/** Chosen rows of a spool, transformed on the way: what the engines train on and calibration scores. */

import { turn } from '../base/turns.js';
import type { RawRows, RowScaler, RowSource } from './autoencoder.js';
import type { Feeder } from './feeder.js';
import { CHUNK_ROWS, RowOrder, type RowRange } from './row-order.js';
import type { Spool } from './spool.js';

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
  readonly raw: RawRows | undefined;
  readonly #spool: Spool;
  readonly #scaler: RowScaler | undefined;
  readonly #ranges: readonly RowRange[];

  /**
   * @param ranges of the spool, in order; default: all of it
   * @param scaler none: rows as they are
   * @param feeder of the spool: what brings raw rows to engines that scale
   */
  constructor(
    spool: Spool,
    ranges: readonly RowRange[] = [{ from: 0, to: spool.rows }],
    scaler?: RowScaler,
    feeder?: Feeder,
  ) {
    this.#spool = spool;
    this.#ranges = ranges.filter((r) => r.to > r.from);
    this.#scaler = scaler;
    this.rows = this.#ranges.reduce((sum, r) => sum + r.to - r.from, 0);
    this.width = scaler?.width ?? spool.width;
    if (scaler && feeder) {
      this.raw = {
        scaling: scaler.scaling,
        into: (slots, memory, seed) => feeder.chunks(this.#ranges, seed, slots, memory),
      };
    }
  }

  /** With a seed: in random order. Without: in order, with times and hashes. */
  async *chunks(seed?: number): AsyncGenerator<RowChunk> {
    const shuffled = seed !== undefined;
    const plan = new RowOrder(this.#ranges, seed);
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
      timestampUs: new Float64Array(shuffled ? 0 : CHUNK_ROWS),
      hashes: new Int32Array(shuffled ? 0 : 4 * CHUNK_ROWS),
    };
    const order = new Int32Array(CHUNK_ROWS);
    let current = stage();
    let ahead = this.#spool.onDisk ? stage() : current;
    this.#fill(current, plan);
    for (;;) {
      const { count } = current;
      if (count === 0) return;
      await current.ready;
      // a failed read of the chunk ahead is met when its turn comes; until then it must not count as unhandled
      if (ahead !== current) this.#fill(ahead, plan);
      plan.rows(order, count);
      if (!shuffled) await this.#spool.readMeta(current.first, count, chunk.timestampUs, chunk.hashes);
      this.#gather(current.raw, count, order, chunk.rows);
      chunk.count = count;
      chunk.first = current.first;
      yield chunk;
      const due = turn();
      if (due) await due;
      if (ahead === current) this.#fill(current, plan);
      [current, ahead] = [ahead, current];
    }
  }

  /** Starts reading the next chunk. */
  #fill(staged: Staged, plan: RowOrder): void {
    const waiting: Promise<void>[] = [];
    staged.count = plan.chunk((first, rows, at) => {
      if (at === 0) staged.first = first;
      const wait = this.#spool.readRows(first, rows, staged.raw, at * this.#spool.width);
      if (wait) waiting.push(wait);
    });
    staged.ready = waiting.length > 0 ? Promise.all(waiting) : undefined;
    staged.ready?.catch(() => undefined);
  }

  #gather(raw: Float32Array, count: number, order: Int32Array, out: Float32Array): void {
    const { width } = this;
    const scaler = this.#scaler;
    for (let to = 0; to < count; to++) {
      const from = order[to];
      if (scaler) scaler.apply(raw, from, out, to);
      else for (let j = 0; j < width; j++) out[to * width + j] = raw[from * width + j];
    }
  }
}
