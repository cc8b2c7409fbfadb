/**
 * Ethernet II and IEEE 802.3.
 *
 *   +---------------------+---------------------+-----------------+----
 *   | destination (6)     | source (6)          | type/length (2) | …
 *   +---------------------+---------------------+-----------------+----
 *
 * IEEE 802.3 section 3.2.6: up to 1500 the last field is a length and LLC follows; from 0x0600 it is an EtherType.
 */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopMalformed, stopShort } from './cursor.js';
import { FIRST_ETHERTYPE, nextByEtherType } from './ethertype.js';
import { LLC } from './layers.js';
import { mac, u16 } from './numbers.js';

const DESTINATION = 0;
const SOURCE = 6;
const TYPE = 12;
const MIN_LENGTH = 14;
const MAX_802_3_LENGTH = 1500;

const LAYER = layerIndex('eth');

export function readEthernet(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + MIN_LENGTH > c.end) return stopShort(c, into, LAYER, at + MIN_LENGTH);
  into.ethDst = mac(data, at + DESTINATION);
  into.ethSrc = mac(data, at + SOURCE);
  const type = u16(data, at + TYPE);
  c.at = at + MIN_LENGTH;
  if (type >= FIRST_ETHERTYPE) {
    into.ethType = type;
    return nextByEtherType(c, into, type, LAYER);
  }
  if (type > MAX_802_3_LENGTH) return stopMalformed(c, into, LAYER, at + TYPE);
  c.limit(c.at + type);
  return LLC;
}
