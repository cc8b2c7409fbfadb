/**
 * Who asked the link for whom, and which answers nobody asked for. Announcements of one's own address (RFC 5227) are as common
 * as changes of the network and do not count, nor do ARP replies under an address that is the sender's since training.
 */

import { Key } from '../../base/hash.js';
import type { PacketRecord } from '../../table/record.js';
import { SlotTable } from '../slot-table.js';
import { ADDRESSES } from './learned-macs.js';
import { isOnLink } from './link.js';
import { isRequest, type Macs } from './macs.js';
import { ARP, type Scene, UNICAST } from './scene.js';

/** s after a question in which an answer is one to it: Linux asks three times, a second apart, and gives up */
const ASKED_SECONDS = 5;
const [ASKED_KEY, SOLICITED_KEY] = [40, 41];
const SOLICITATION = 135;
const ADVERTISEMENT = 136;

export class Questions {
  private readonly table = new SlotTable(ADDRESSES);
  private readonly askedSeconds = new Float64Array(ADDRESSES);
  /** solicitations of an address that are not answered yet: each is answered once, by whomever it is about */
  private readonly open = new Int32Array(ADDRESSES);
  private readonly key = new Key();

  /** Notes a question; true for an ARP reply or a neighbour advertisement to somebody who did not ask. */
  unasked(record: PacketRecord, scene: Scene, macs: Macs): boolean {
    if (scene.protocol === ARP) return this.ofArp(record, scene, macs);
    const { icmpType } = record;
    if (icmpType !== SOLICITATION && (icmpType !== ADVERTISEMENT || scene.cast !== UNICAST)) return false;
    return isOnLink(record, scene) && this.ofNeighbours(icmpType === SOLICITATION, scene);
  }

  private ofArp(record: PacketRecord, scene: Scene, macs: Macs): boolean {
    const { source, destination } = scene;
    if (record.ethSrc < 0) return false;
    if (source.hashLow === destination.hashLow && source.hashHigh === destination.hashHigh) return false;
    const asks = isRequest(record);
    const asker = asks ? source : destination;
    const target = asks ? destination : source;
    const key = this.key.start(ASKED_KEY).addPair(asker.hashLow, asker.hashHigh);
    key.addPair(target.hashLow, target.hashHigh);
    if (!asks) return !this.isAsked(key, scene) && !macs.isAtHome(record, scene);
    this.note(key, scene);
    return false;
  }

  /** The packet table does not hold whom a solicitation is about: answers are told from others by their number. */
  private ofNeighbours(asks: boolean, scene: Scene): boolean {
    const { hashLow, hashHigh } = asks ? scene.source : scene.destination;
    const key = this.key.start(SOLICITED_KEY).addPair(hashLow, hashHigh);
    const asked = this.isAsked(key, scene);
    const slot = asks ? this.note(key, scene) : this.table.find(key.low, key.high);
    if (asks) this.open[slot] = asked ? this.open[slot] + 1 : 1;
    else if (asked && this.open[slot] > 0) this.open[slot]--;
    else return true;
    return false;
  }

  private note({ low, high }: Key, { tick, seconds }: Scene): number {
    const slot = this.table.claim(low, high, tick);
    this.askedSeconds[slot] = seconds;
    return slot;
  }

  private isAsked({ low, high }: Key, { seconds }: Scene): boolean {
    const slot = this.table.find(low, high);
    return slot >= 0 && seconds - this.askedSeconds[slot] <= ASKED_SECONDS;
  }

  clear(): void {
    this.table.clear();
  }
}
