/** EtherTypes (IEEE registry): number -> the layer that reads it. */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, stopUnsupported } from './cursor.js';
import { ARP, DONE, IPV4, IPV6, MPLS, PPPOE, VLAN } from './layers.js';

/** Numbers from here are EtherTypes, smaller ones are IEEE 802.3 lengths. */
export const FIRST_ETHERTYPE = 0x0600;

function layerOfEtherType(type: number): number {
  switch (type) {
    case 0x0800:
      return IPV4;
    case 0x86dd:
      return IPV6;
    case 0x0806: // ARP
    case 0x8035: // RARP has the same form (RFC 903)
      return ARP;
    case 0x8100: // 802.1Q
    case 0x88a8: // 802.1ad
    case 0x9100: // QinQ before 802.1ad
      return VLAN;
    case 0x8864: // PPPoE session
      return PPPOE;
    default:
      return DONE;
  }
}

/** The layer behind EtherType `type`, whose header starts at `c.at`; `layer` is the one that named it. */
export function nextByEtherType(c: Cursor, into: PacketRecord, type: number, layer: number): number {
  const next = layerOfEtherType(type);
  if (next !== DONE) return next;
  return c.inner && isMpls(type) ? MPLS : stopUnsupported(c, into, layer, c.at);
}

/** Unicast, or labels that the next router assigns (RFC 5332): the same form. */
export function isMpls(type: number): boolean {
  return type === 0x8847 || type === 0x8848;
}
