/** What one record counts about the captured segment; each count only on records of its own kind. */

import { Key } from '../../base/hash.js';
import type { PacketRecord } from '../../table/record.js';
import { COUNT_INDEX as C, COUNTS } from '../counts.js';
import { Recent } from '../distinct.js';
import { WindowCounters } from '../window.js';
import { ArpReplies } from './arp-replies.js';
import type { Macs } from './macs.js';
import { ICMPV6, type Scene, UDP } from './scene.js';

const ROUTER_ADVERTISEMENT = 134;
const DHCP_SERVER_PORT = 67;
const DHCPV6_SERVER_PORT = 547;
const [SEEN_ROUTER, SEEN_DHCP, SEEN_MAC] = [50, 51, 52];
const SEGMENT = { adverts: 0, routers: 1, dhcp: 2, macs: 3 } as const;
/** as many MACs as the addresses that are held: a segment with more is beyond any that one host hears */
const MACS = 16_384;
/** MACs of the last packets, so that most packets need no look-up; a power of two */
const LATEST = 256;

export class Envelope {
  readonly counts = new Float64Array(COUNTS.length).fill(Number.NaN);
  /** one slot: the captured segment */
  private readonly segment = new WindowCounters(1, 4);
  private readonly recent = new Recent(4_096);
  private readonly arpReplies = new ArpReplies();
  private readonly recentMacs = new Recent(MACS);
  private readonly latestMac = new Float64Array(LATEST);
  private readonly latestBucket = new Int32Array(LATEST);
  private readonly key = new Key();

  /** Call after `macs.look`. */
  measure(record: PacketRecord, scene: Scene, macs: Macs): void {
    const { counts } = this;
    counts.fill(Number.NaN);
    this.measureSegment(record, scene);
    if (record.ethSrc >= 0) this.measureMacs(record.ethSrc, scene, macs);
    counts[C.arp_unsolicited] = this.arpReplies.count(record, scene, macs);
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
    const before = segment.get(0, SEGMENT.macs);
    this.recentMacs.touch(key.low, key.high, tick, bucket, segment, 0, SEGMENT.macs);
    const after = segment.get(0, SEGMENT.macs);
    if (after > before) this.counts[C.macs] = after;
  }

  private measureSegment(record: PacketRecord, scene: Scene): void {
    const { counts, segment, key } = this;
    const { bucket, tick } = scene;
    if (scene.protocol === ICMPV6 && record.icmpType === ROUTER_ADVERTISEMENT) {
      segment.advance(0, bucket);
      segment.add(0, bucket, SEGMENT.adverts, 1);
      key.start(SEEN_ROUTER).addPair(scene.source.hashLow, scene.source.hashHigh);
      this.recent.touch(key.low, key.high, tick, bucket, segment, 0, SEGMENT.routers);
      counts[C.router_adverts] = segment.get(0, SEGMENT.adverts);
      counts[C.routers] = segment.get(0, SEGMENT.routers);
    } else if (
      scene.protocol === UDP &&
      (scene.sourcePort === DHCP_SERVER_PORT || scene.sourcePort === DHCPV6_SERVER_PORT)
    ) {
      segment.advance(0, bucket);
      key.start(SEEN_DHCP).addPair(scene.source.hashLow, scene.source.hashHigh);
      this.recent.touch(key.low, key.high, tick, bucket, segment, 0, SEGMENT.dhcp);
      counts[C.dhcp_servers] = segment.get(0, SEGMENT.dhcp);
    }
  }

  clear(): void {
    this.segment.reset(0, 0);
    this.recent.clear();
    this.recentMacs.clear();
    this.arpReplies.clear();
    this.latestMac.fill(-1);
  }
}
