/** The protocol field of both versions of Linux cooked captures. */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, stopUnsupported } from './cursor.js';
import { FIRST_ETHERTYPE, nextByEtherType } from './ethertype.js';
import { LLC } from './layers.js';

/** Length of a link-layer address that is a MAC address. */
export const ADDRESS_IS_MAC = 6;

/** LINUX_SLL_P_802_2: an LLC header follows. */
const PROTOCOL_LLC = 0x0004;

/** ARPHRD_ values under which the field holds no EtherType, or what follows it is of another kind. */
const ARPHRD_NETLINK = 824;
const ARPHRD_CAN = 280;

export function nextBySllProtocol(
  c: Cursor,
  into: PacketRecord,
  hardware: number,
  protocol: number,
  layer: number,
): number {
  if (hardware === ARPHRD_NETLINK || hardware === ARPHRD_CAN) return stopUnsupported(c, into, layer, c.at);
  if (protocol >= FIRST_ETHERTYPE) {
    into.ethType = protocol;
    return nextByEtherType(c, into, protocol, layer);
  }
  return protocol === PROTOCOL_LLC ? LLC : stopUnsupported(c, into, layer, c.at);
}
