/** Links: who speaks on one himself, and which of them an address belongs to. */

import { Key } from '../../base/hash.js';
import type { PacketRecord } from '../../table/record.js';
import type { Endpoint } from '../extractor.js';
import { ARP, ICMPV6, type Scene } from './scene.js';

/** An IP address on one link, by its hash. */
export interface Address {
  hashLow: number;
  hashHigh: number;
}

const LINK_KEY = 70;

export class Links {
  private readonly key = new Key();
  private readonly address = { hashLow: 0, hashHigh: 0 };

  /** The address on the record's link, until the next call. Tag 0 is none (IEEE 802.1Q: it is there for the priority). */
  on({ vlanId }: PacketRecord, end: Endpoint): Address {
    if (vlanId <= 0) return end;
    const key = this.key.start(LINK_KEY).addPair(end.hashLow, end.hashHigh).add(vlanId);
    this.address.hashLow = key.low;
    this.address.hashHigh = key.high;
    return this.address;
  }
}

/** ARP, or neighbour discovery, which no router passes on (RFC 4861: types 133 to 137 with hop limit 255). */
export function isOnLink(record: PacketRecord, scene: Scene): boolean {
  if (scene.protocol === ARP) return true;
  return scene.protocol === ICMPV6 && record.icmpType >= 133 && record.icmpType <= 137 && record.ipTtl === 255;
}
