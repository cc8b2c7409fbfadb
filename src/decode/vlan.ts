/**
 * VLAN tag: IEEE 802.1Q section 9.6 (C-tag), 802.1ad (S-tag). The record keeps the outermost VLAN identifier.
 *
 *   (the EtherType before it: 0x8100, 0x88a8, 0x9100)
 *   +--------+---+----------------+-----------------+----
 *   | PCP (3)|DEI| identifier (12)| type/length (16)| …        numbers in bits
 *   +--------+---+----------------+-----------------+----
 */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopMalformed, stopShort } from './cursor.js';
import { FIRST_ETHERTYPE, nextByEtherType } from './ethertype.js';
import { LLC } from './layers.js';
import { u16 } from './numbers.js';

const TAG = 0;
const TYPE = 2;
const MIN_LENGTH = 4;
const IDENTIFIER_MASK = 0x0fff;
const MAX_802_3_LENGTH = 1500;

const LAYER = layerIndex('vlan');

export function readVlan(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + MIN_LENGTH > c.end) return stopShort(c, into, LAYER, at + MIN_LENGTH);
  if (into.vlanId < 0) into.vlanId = u16(data, at + TAG) & IDENTIFIER_MASK;
  const type = u16(data, at + TYPE);
  c.at = at + MIN_LENGTH;
  if (type >= FIRST_ETHERTYPE) return nextByEtherType(c, into, type, LAYER);
  if (type > MAX_802_3_LENGTH) return stopMalformed(c, into, LAYER, at + TYPE);
  c.limit(c.at + type);
  return LLC;
}
