/**
 * Rows of a connection that had one before. Zeek gives each connection a uid and writes one row of it into conn.log, when it
 * is over; conn_long.log has one now and then while it lives. A copy of a log among others has each row again.
 */

import { exactKey, Key } from '../base/hash.js';
import type { ConnBatch } from './conn-batch.js';

/** So many connections are remembered, in 256 KiB, which a cache holds; a new one pushes out the older of the two in its place. */
const PLACE_BITS = 14;
const PLACES = 1 << PLACE_BITS;
const KEY_KIND = 0;

export class Repeats {
  /** two keys a place, side by side, so that a look-up waits for memory once */
  private readonly keys = new Float64Array(2 * PLACES);
  private readonly key = new Key();
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
    const { key, keys } = this;
    if (!batch.identify(row, key.start(KEY_KIND))) return false;
    const at = 2 * (key.low & (PLACES - 1));
    const known = exactKey(key.low, key.high);
    const newer = keys[at];
    if (newer === known || keys[at + 1] === known) return true;
    keys[at + 1] = newer;
    keys[at] = known;
    return false;
  }
}
