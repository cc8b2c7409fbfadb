/**
 * Brings the rows of a spool to an engine by a thread of its own, which stays ahead: it reads the runs of the next chunks into the
 * engine's memory while the engine works on one. Nothing is copied or scaled on the way to the kernel.
 */

import { Worker } from 'node:worker_threads';
import { ThreadMessages } from '../base/thread-messages.js';
import type { RawChunk, RowSlot } from './autoencoder.js';
import type { RowRange } from './row-order.js';
import type { Spool } from './spool.js';
import type { SpoolImage } from './spool-pages.js';

export interface FeederData {
  readonly spool: SpoolImage;
  /** words by number, below */
  readonly words: SharedArrayBuffer;
}

/** slots that were used and may be written again, in this pass */
export const FREED = 0;
/** not 0: the pass is given up */
export const GIVEN_UP = 1;
const WORDS = 2;

/** One pass. */
export interface ToFeeder {
  readonly ranges: readonly RowRange[];
  readonly seed: number;
  readonly slots: readonly RowSlot[];
  readonly memory: SharedArrayBuffer;
}

export type FromFeeder =
  | { readonly type: 'ready' }
  /** the next slot holds so many rows; 0: the pass is over */
  | { readonly type: 'chunk'; readonly count: number };

export class Feeder {
  private constructor(
    private readonly thread: ThreadMessages<FromFeeder>,
    private readonly words: Int32Array,
    private readonly spool: Spool,
  ) {}

  /** Undefined where no thread starts here. `spool` is finished, and stays open until this is closed. */
  static async start(spool: Spool): Promise<Feeder | undefined> {
    const words = new SharedArrayBuffer(4 * WORDS);
    const workerData: FeederData = { spool: spool.image(), words };
    const thread = new ThreadMessages<FromFeeder>(
      new Worker(new URL('./feeder-thread.js', import.meta.url), { workerData }),
    );
    const first = await thread.next();
    if (first === undefined || first instanceof Error) return undefined;
    return new Feeder(thread, new Int32Array(words), spool);
  }

  /** The chunks of one pass, in the order that RowOrder gives them. One pass after the other. @throws what reading throws */
  async *chunks(
    ranges: readonly RowRange[],
    seed: number,
    slots: readonly RowSlot[],
    memory: SharedArrayBuffer,
  ): AsyncGenerator<RawChunk> {
    Atomics.store(this.words, FREED, 0);
    Atomics.store(this.words, GIVEN_UP, 0);
    const pass: ToFeeder = { ranges, seed, slots, memory };
    this.thread.worker.postMessage(pass);
    let over = false;
    try {
      for (let slot = 0; ; slot = (slot + 1) % slots.length) {
        const count = await this.#next();
        over = count === 0;
        if (over) return;
        yield { slot, count };
        Atomics.add(this.words, FREED, 1);
        Atomics.notify(this.words, FREED);
      }
    } finally {
      if (!over) await this.#giveUp();
    }
  }

  async #next(): Promise<number> {
    const message = await this.thread.next();
    if (message === undefined) throw new Error('the thread that brings rows ended early');
    if (message instanceof Error) throw this.spool.readFailure(message);
    return message.type === 'chunk' ? message.count : 0;
  }

  async #giveUp(): Promise<void> {
    Atomics.store(this.words, GIVEN_UP, 1);
    Atomics.add(this.words, FREED, 1);
    Atomics.notify(this.words, FREED);
    // what it had ready, up to its word for the end; a thread that is gone says nothing
    for (;;) {
      const message = await this.thread.next();
      if (message === undefined || message instanceof Error || (message.type === 'chunk' && message.count === 0))
        return;
    }
  }

  async close(): Promise<void> {
    await this.thread.worker.terminate();
  }
}
