/**
 * Rows of a connection that had one before. Zeek gives each connection a uid and writes one row of it into conn.log, when it
 * is over; conn_long.log has one now and then while it lives. A copy of a log among others has each row again.
 */

import type { ConnBatch } from './conn-batch.js';

/** So many connections are remembered, in 2.5 MiB; a new one pushes out the older of the two in its place. */
const PLACE_BITS = 16;
const SLOTS = 2 << PLACE_BITS;

export class Repeats {
  private readonly starts = new Float64Array(SLOTS);
  private readonly low = new Int32Array(SLOTS);
  private readonly high = new Int32Array(SLOTS);
  private readonly ends = new Int32Array(SLOTS);
  private dropped = 0;

  /** Takes out of a batch each row of a connection that is remembered. */
  leaveOut(batch: ConnBatch): void {
    let kept = 0;
    for (let k = 0; k < batch.count; k++) {
      if (this.knows(batch, k)) continue;
      if (kept < k) batch.moveRow(k, kept);
      kept++;
    }
    this.dropped += batch.count - kept;
    batch.count = kept;
  }

  /** One line, where there is something to say. */
  get warnings(): string[] {
    if (this.dropped === 0) return [];
    const rows = this.dropped === 1 ? '1 row' : `${this.dropped} rows`;
    return [`${rows} left out of connections that had a row before (same uid, time, hosts and ports)`];
  }

  private knows(batch: ConnBatch, row: number): boolean {
    const low = batch.uidLow(row);
    const high = batch.uidHigh(row);
    if ((low | high) === 0) return false;
    const start = batch.timestampUs(row);
    const ends = batch.ends(row);
    // multiplicative hashing with the golden ratio (Knuth, volume 3, section 6.4)
    const slot = 2 * (Math.imul(low ^ Math.imul(high, 31) ^ ends, 0x9e3779b1) >>> (32 - PLACE_BITS));
    if (this.isAt(slot, low, high, start, ends) || this.isAt(slot + 1, low, high, start, ends)) return true;
    this.put(slot + 1, this.low[slot], this.high[slot], this.starts[slot], this.ends[slot]);
    this.put(slot, low, high, start, ends);
    return false;
  }

  private isAt(slot: number, low: number, high: number, start: number, ends: number): boolean {
    return (
      this.low[slot] === low && this.high[slot] === high && this.starts[slot] === start && this.ends[slot] === ends
    );
  }

  private put(slot: number, low: number, high: number, start: number, ends: number): void {
    this.low[slot] = low;
    this.high[slot] = high;
    this.starts[slot] = start;
    this.ends[slot] = ends;
  }
}
