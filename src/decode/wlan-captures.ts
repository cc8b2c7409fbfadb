/**
 * Older headers before an 802.11 frame (tcpdump.org/linktypes). What they say of the radio is passed over.
 *
 *   +-------------+------------+----
 *   | version (4) | length (4) | …          AVS (LINKTYPE_IEEE802_11_AVS), big-endian, version 0x80211001
 *   | code (4)    | length (4) | …          Prism (LINKTYPE_IEEE802_11_PRISM), in the byte order of the machine that captured
 *   +-------------+------------+----
 *   | version (1) | flags (1) | length (2) | link type (4) | …      PPI (LINKTYPE_PPI), little-endian
 *   +-------------+-----------+------------+---------------+----
 */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopMalformed, stopShort, stopUnsupported } from './cursor.js';
import { DONE, WLAN } from './layers.js';
import { layerOfLinkType } from './link-types.js';
import { u16Little, u32, u32Little } from './numbers.js';

const LENGTH = 4;
const MIN_LENGTH = 8;
/** The longest of them; a length that is more is in the other byte order. */
const MAX_LENGTH = 0xffff;

const PPI_LENGTH = 2;
const PPI_LINK_TYPE = 4;

const LAYER = layerIndex('link');

/** AVS and Prism, under whose link type AVS is found too: the length stands at the same place. */
export function readAvsOrPrism(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + MIN_LENGTH > c.end) return stopShort(c, into, LAYER, at + MIN_LENGTH);
  const big = u32(data, at + LENGTH);
  return behind(c, into, big <= MAX_LENGTH ? big : u32Little(data, at + LENGTH), WLAN);
}

export function readPpi(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + MIN_LENGTH > c.end) return stopShort(c, into, LAYER, at + MIN_LENGTH);
  const next = layerOfLinkType(u32Little(data, at + PPI_LINK_TYPE));
  if (next === DONE) return stopUnsupported(c, into, LAYER, at + PPI_LINK_TYPE);
  return behind(c, into, u16Little(data, at + PPI_LENGTH), next);
}

function behind(c: Cursor, into: PacketRecord, length: number, next: number): number {
  const { at } = c;
  if (length < MIN_LENGTH) return stopMalformed(c, into, LAYER, at);
  if (at + length > c.end) return stopShort(c, into, LAYER, at + length);
  c.at = at + length;
  return next;
}
