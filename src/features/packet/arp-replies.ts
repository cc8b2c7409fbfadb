/**
 * ARP replies that nobody asked for, under an address that is not the sender's since training. Announcements of one's own
 * address (RFC 5227) are as common as changes of the network and do not count.
 */

import { Key } from '../../base/hash.js';
import type { PacketRecord } from '../../table/record.js';
import { SlotTable } from '../slot-table.js';
import { WindowCounters } from '../window.js';
import { ADDRESSES, MACS } from './learned-macs.js';
import { isRequest, type Macs } from './macs.js';
import { ARP, type Scene } from './scene.js';

/** s after an ARP request in which a reply is one to it: Linux asks three times, a second apart, and gives up */
const REQUEST_SECONDS = 5;
const REQUEST_KEY = 40;
const MAC_KEY = 0;

export class ArpReplies {
  private readonly requests = new SlotTable(ADDRESSES);
  private readonly requestSeconds = new Float64Array(ADDRESSES);
  private readonly senders = new SlotTable(MACS);
  private readonly replies = new WindowCounters(MACS, 1);
  private readonly key = new Key();

  /** How many such replies the sender's MAC sent in 60 s, where this is one of them; else NaN. */
  count(record: PacketRecord, scene: Scene, macs: Macs): number {
    if (scene.protocol !== ARP || record.ethSrc < 0 || this.isAsked(record, scene)) return Number.NaN;
    if (macs.isAtHome(record, scene)) return Number.NaN;
    const k = this.key.start(MAC_KEY).addWide(record.ethSrc);
    const sender = this.senders.claim(k.low, k.high, scene.tick);
    if (this.senders.fresh) this.replies.reset(sender, scene.bucket);
    else this.replies.advance(sender, scene.bucket);
    this.replies.add(sender, scene.bucket, 0, 1);
    return this.replies.get(sender, 0);
  }

  /** A request, which is noted; an answer to one; or an announcement. */
  private isAsked(record: PacketRecord, { source, destination, tick, seconds }: Scene): boolean {
    const asks = isRequest(record);
    const asker = asks ? source : destination;
    const target = asks ? destination : source;
    if (asker.hashLow === target.hashLow && asker.hashHigh === target.hashHigh) return true;
    const k = this.key
      .start(REQUEST_KEY)
      .addPair(asker.hashLow, asker.hashHigh)
      .addPair(target.hashLow, target.hashHigh);
    if (!asks) {
      const asked = this.requests.find(k.low, k.high);
      return asked >= 0 && seconds - this.requestSeconds[asked] <= REQUEST_SECONDS;
    }
    this.requestSeconds[this.requests.claim(k.low, k.high, tick)] = seconds;
    return true;
  }

  clear(): void {
    this.requests.clear();
    this.senders.clear();
  }
}
