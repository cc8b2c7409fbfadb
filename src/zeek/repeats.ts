/**
 * Rows of a connection that had one before. Zeek gives each connection a uid and writes one row of it into conn.log, when it
 * is over; conn_long.log has one now and then while it lives. A copy of a log among others has each row again.
 */

import { Key } from '../base/hash.js';
import type { ConnBatch } from './conn-batch.js';

/** Keys side by side, two words each, in a line of the cache; a new one takes the place of the oldest of them. */
const SIDE_BY_SIDE = 8;
/** Of 65 536 keys in all (512 KiB) one in a hundred is forgotten after 20 000 others, and one in eight after 40 000. */
const LINES = 1 << 13;
const KEY_KIND = 0;

export class Repeats {
  private readonly keys = new Int32Array(2 * SIDE_BY_SIDE * LINES);
  /** by line: place of its oldest key */
  private readonly oldest = new Uint8Array(LINES);
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
    const { key, keys, oldest } = this;
    if (!batch.identify(row, key.start(KEY_KIND))) return false;
    const { low, high } = key;
    const line = low & (LINES - 1);
    const first = 2 * SIDE_BY_SIDE * line;
    for (let at = first; at < first + 2 * SIDE_BY_SIDE; at += 2) {
      if (keys[at] === low && keys[at + 1] === high) return true;
    }
    const place = oldest[line];
    keys[first + 2 * place] = low;
    keys[first + 2 * place + 1] = high;
    oldest[line] = (place + 1) % SIDE_BY_SIDE;
    return false;
  }
}
