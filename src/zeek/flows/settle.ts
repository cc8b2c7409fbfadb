/**
 * Rows of flow tables in the order in which connections ended, as a conn.log is, and two rows of one side each made one
 * connection. Meters write flows when they forget them, some of them minutes late, and at the end of a capture in any order.
 * So many rows wait: of those the half that ended first is given on whenever there is no room for more, and the rest at the end.
 */

import type { ConnBatch } from '../conn-batch.js';
import { BATCH_ROWS } from '../layout.js';
import type { NextBatch } from '../lines.js';
import { HeldRows } from './held-rows.js';

/** 32 768 rows in 30 MB: at a hundred flows a second five minutes, the longest that Suricata waits for more of UDP. */
const BLOCKS = 32;
const MOST = BLOCKS * BATCH_ROWS;
/** An answer begins at most so long after what it answers ended: nfcapd and nfpcapd forget a flow after a minute at most. */
const ANSWER_US = 60e6;
const BUCKETS = 1 << 16;
/** halves between the same ends that are looked at for the other one: a flood of such must not cost more */
const MOST_LOOKED_AT = 32;
const NONE = -1;

class Waiting {
  count = 0;
  private blocks: HeldRows[] = [];
  private spare: HeldRows[] = [];
  private readonly first = new Int32Array(BUCKETS).fill(NONE);
  private readonly next = new Int32Array(MOST);
  private readonly ends = new Float64Array(MOST);
  private readonly order = new Uint32Array(MOST);

  get full(): boolean {
    return this.count > MOST - BATCH_ROWS;
  }

  /** Takes in the rows of a batch, but for those that answer one that waits. */
  take(batch: HeldRows): void {
    for (let row = 0; row < batch.count; row++) {
      const waits = batch.waits(row);
      if (waits && this.answered(batch, row)) continue;
      const at = this.add(batch, row);
      if (waits) this.remember(at);
    }
  }

  /** The rows that ended first, `share` of all, into batches. */
  *give(share: number, nextBatch: NextBatch): Generator<ConnBatch> {
    const { count, ends } = this;
    const order = this.order.subarray(0, count);
    for (let k = 0; k < count; k++) {
      order[k] = k;
      ends[k] = this.block(k).endUs(k % BATCH_ROWS);
    }
    order.sort((a, b) => (ends[a] as number) - (ends[b] as number) || a - b);
    const given = Math.round(count * share);
    let out = nextBatch();
    out.clear();
    for (let k = 0; k < given; k++) {
      const at = order[k] as number;
      const [block, row] = [this.block(at), at % BATCH_ROWS];
      block.alone(row);
      out.append(block, row, row + 1);
      if (!out.full) continue;
      yield out;
      out = nextBatch();
      out.clear();
    }
    if (out.count > 0) yield out;
    // those that stay, in the order in which they came
    this.keep(order.subarray(given).sort());
  }

  private keep(rows: Uint32Array): void {
    const before = this.blocks;
    this.blocks = this.spare;
    this.spare = before;
    for (const block of this.blocks) block.clear();
    this.count = 0;
    this.first.fill(NONE);
    for (const at of rows) {
      const to = this.add(before[Math.floor(at / BATCH_ROWS)] as HeldRows, at % BATCH_ROWS);
      if (this.block(to).waits(to % BATCH_ROWS)) this.remember(to);
    }
  }

  private block(at: number): HeldRows {
    return this.blocks[Math.floor(at / BATCH_ROWS)] as HeldRows;
  }

  private add(batch: HeldRows, row: number): number {
    const at = this.count++;
    const block = Math.floor(at / BATCH_ROWS);
    this.blocks[block] ??= new HeldRows();
    (this.blocks[block] as HeldRows).append(batch, row, row + 1);
    return at;
  }

  private remember(at: number): void {
    const bucket = this.block(at).bucket(at % BATCH_ROWS) % BUCKETS;
    this.next[at] = this.first[bucket] as number;
    this.first[bucket] = at;
  }

  /** Joins a row with the oldest that waits for it. */
  private answered(batch: HeldRows, row: number): boolean {
    let found = NONE;
    let at = this.first[batch.bucket(row) % BUCKETS] as number;
    for (let k = 0; at !== NONE && k < MOST_LOOKED_AT; k++, at = this.next[at] as number) {
      const block = this.block(at);
      const held = at % BATCH_ROWS;
      if (!block.waits(held) || !block.answers(held, batch, row)) continue;
      const gapUs = Math.max(batch.timestampUs(row) - block.endUs(held), block.timestampUs(held) - batch.endUs(row));
      if (gapUs <= ANSWER_US) found = at;
    }
    if (found === NONE) return false;
    this.block(found).join(found % BATCH_ROWS, batch, row);
    return true;
  }
}

/** @param rows in batches of `HeldRows` @param nextBatch where rows go */
export async function* settled(rows: AsyncIterable<HeldRows>, nextBatch: NextBatch): AsyncGenerator<ConnBatch> {
  const waiting = new Waiting();
  for await (const batch of rows) {
    waiting.take(batch);
    if (waiting.full) yield* waiting.give(0.5, nextBatch);
  }
  yield* waiting.give(1, nextBatch);
}
