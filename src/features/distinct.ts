/**
 * Distinct counts over the last minute, exact while the shared table of recently seen things holds them.
 * A thing pushed out of that table and seen again within the minute counts twice: an upper bound, never a loss.
 */
import { SlotTable } from './slot-table.js';
import { BUCKETS, type WindowCounters } from './window.js';

export class Recent {
  private readonly table: SlotTable;
  private readonly lastBucket: Int32Array;

  constructor(capacity: number) {
    this.table = new SlotTable(capacity);
    this.lastBucket = new Int32Array(capacity);
  }

  /** Counts the thing with this key (which names its owner too) in `windows` at (slot, counter), once a minute. */
  touch(
    low: number,
    high: number,
    tick: number,
    bucket: number,
    windows: WindowCounters,
    slot: number,
    counter: number,
  ): void {
    const item = this.table.claim(low, high, tick);
    const last = this.lastBucket[item];
    if (this.table.fresh || last <= bucket - BUCKETS) windows.add(slot, bucket, counter, 1);
    else if (last < bucket) windows.renew(slot, last, bucket, counter);
    this.lastBucket[item] = bucket;
  }

  clear(): void {
    this.table.clear();
  }
}
