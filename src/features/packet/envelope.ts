/** What one record counts about the captured segment; each count only on records of its own kind. */

import { Key } from '../../base/hash.js';
import type { PacketRecord } from '../../table/record.js';
import { COUNT_INDEX as C, COUNTS } from '../counts.js';
import { Recent } from '../distinct.js';
import { WindowCounters } from '../window.js';
import type { Macs } from './macs.js';
import type { Scene } from './scene.js';

const SEEN_MAC = 52;
const SEEN_MACS = 0;
/** as many MACs as the addresses that are held: a segment with more is beyond any that one host hears */
const MACS = 16_384;
/** MACs of the last packets, so that most packets need no look-up; a power of two */
const LATEST = 256;

export class Envelope {
  readonly counts = new Float64Array(COUNTS.length).fill(Number.NaN);
  /** one slot: the captured segment */
  private readonly segment = new WindowCounters(1, 1);
  private readonly recentMacs = new Recent(MACS);
  private readonly latestMac = new Float64Array(LATEST);
  private readonly latestBucket = new Int32Array(LATEST);
  private readonly key = new Key();

  /** Call after `macs.look`. */
  measure(record: PacketRecord, scene: Scene, macs: Macs): void {
    const { counts } = this;
    counts.fill(Number.NaN);
    if (record.ethSrc >= 0) this.measureMacs(record.ethSrc, scene, macs);
    if (macs.conflict) counts[C.mac_conflicts] = macs.packets;
    if (macs.changed) counts[C.mac_changes] = macs.packets;
  }

  /** Counts the MACs of the segment, on packets of those that were silent for a minute. */
  private measureMacs(mac: number, { tick, bucket }: Scene, macs: Macs): void {
    const { segment, key } = this;
    const at = mac & (LATEST - 1);
    if (this.latestMac[at] === mac && this.latestBucket[at] === bucket) return;
    this.latestMac[at] = mac;
    this.latestBucket[at] = bucket;
    macs.notePresence(mac, bucket);
    segment.advance(0, bucket);
    key.start(SEEN_MAC).addWide(mac);
    const before = segment.get(0, SEEN_MACS);
    this.recentMacs.touch(key.low, key.high, tick, bucket, segment, 0, SEEN_MACS);
    const after = segment.get(0, SEEN_MACS);
    if (after > before) this.counts[C.macs] = after;
  }

  clear(): void {
    this.segment.reset(0, 0);
    this.recentMacs.clear();
    this.latestMac.fill(-1);
  }
}
