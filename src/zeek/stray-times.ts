/**
 * Rows with a time that cannot be: one row an hour or ten years ahead of all around it would move every clock that is
 * kept by rows. A log is in the order in which connections ended, so what is written later has not ended long before.
 */

import { ConnBatch } from './conn-batch.js';
import { MORE_ROWS } from './layout.js';
import type { NextBatch } from './lines.js';

/** Rows before and after that one is compared with. */
const AROUND = MORE_ROWS;
/** The longest that Zeek waits for more of a TCP connection before it writes its row (`tcp_inactivity_timeout`). */
const WRITTEN_LATE_US = 300e6;

export class StrayTimes {
  /** times at which the last rows that were kept ended, and how many rows those were in all */
  private readonly before = new Float64Array(AROUND);
  private kept = 0;
  private lastEnd = Number.NEGATIVE_INFINITY;
  /** rows that wait for those after them */
  private readonly held = new ConnBatch();
  /** rows of the log that were judged */
  private rows = 0;
  private dropped = 0;
  private firstRow = 0;
  private firstUs = 0;

  constructor(private readonly name: string) {}

  /** The rows of a batch that can be judged, with those that waited. */
  *take(batches: Iterable<ConnBatch>): Generator<ConnBatch> {
    for (const batch of batches) {
      if (this.held.count > 0) {
        batch.prepend(this.held);
        this.held.clear();
      }
      this.judge(batch, AROUND);
      if (batch.count > 0) yield batch;
    }
  }

  /** The log ended: what waits is compared with what there is. */
  *finish(nextBatch: NextBatch): Generator<ConnBatch> {
    if (this.held.count === 0) return;
    const batch = nextBatch();
    batch.clear();
    batch.append(this.held, 0, this.held.count);
    this.held.clear();
    this.judge(batch, 0);
    if (batch.count > 0) yield batch;
  }

  /** One line, where there is something to say. */
  get warnings(): string[] {
    if (this.dropped === 0) return [];
    const rows = this.dropped === 1 ? '1 row' : `${this.dropped} rows`;
    const first = `row ${this.firstRow} of ${new Date(this.firstUs / 1000).toISOString()}`;
    return [`${this.name}: ${rows} left out with a time far ahead of the rows around, the first is ${first}`];
  }

  /** @param needed rows after one that is ahead, else it waits with them */
  private judge(batch: ConnBatch, needed: number): void {
    const { count } = batch;
    let kept = 0;
    for (let k = 0; k < count; k++) {
      const ahead = batch.timestampUs(k) > this.lastEnd + WRITTEN_LATE_US;
      if (ahead && count - k - 1 < needed) {
        this.held.append(batch, k, count);
        break;
      }
      this.rows++;
      if (ahead && this.isStray(batch, k)) {
        if (this.dropped++ === 0) {
          this.firstRow = this.rows;
          this.firstUs = batch.timestampUs(k);
        }
        continue;
      }
      this.lastEnd = batch.endUs(k);
      this.before[this.kept++ % AROUND] = this.lastEnd;
      if (kept < k) batch.moveRow(k, kept);
      kept++;
    }
    batch.count = kept;
  }

  /**
   * Whether a row begins after most of the next ones have ended, and is farther from them and those before it than they lie
   * apart: not after a pause, and not where rows are in another order. With few after it nothing can be told.
   */
  private isStray(batch: ConnBatch, row: number): boolean {
    const next = Math.min(AROUND, batch.count - row - 1);
    if (next < AROUND / 2) return false;
    const latest = batch.timestampUs(row) - WRITTEN_LATE_US;
    const after: number[] = [];
    for (let k = row + 1; k <= row + next; k++) if (batch.endUs(k) < latest) after.push(batch.endUs(k));
    // a quarter of them may be strays as well
    if (after.length < next - (next >> 2)) return false;
    const around = [...this.before.subarray(0, this.kept), ...after];
    const last = Math.max(...around);
    const ahead = batch.timestampUs(row) - last;
    return ahead > WRITTEN_LATE_US && ahead > last - Math.min(...around);
  }
}
