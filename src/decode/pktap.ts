/**
 * Captures of several interfaces of macOS (LINKTYPE_PKTAP, tcpdump.org/linktypes): each packet says its link type.
 *
 *   +------------+----------+---------------+-------------------------+----
 *   | length (4) | type (4) | link type (4) | interface, process, …   | …      little-endian
 *   +------------+----------+---------------+-------------------------+----
 */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopMalformed, stopShort, stopUnsupported } from './cursor.js';
import { DONE } from './layers.js';
import { layerOfLinkType } from './link-types.js';
import { u32Little } from './numbers.js';

const LENGTH = 0;
const LINK_TYPE = 8;
const MIN_LENGTH = 12;

const LAYER = layerIndex('link');

export function readPktap(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + MIN_LENGTH > c.end) return stopShort(c, into, LAYER, at + MIN_LENGTH);
  const length = u32Little(data, at + LENGTH);
  if (length < MIN_LENGTH) return stopMalformed(c, into, LAYER, at + LENGTH);
  if (at + length > c.end) return stopShort(c, into, LAYER, at + length);
  const next = layerOfLinkType(u32Little(data, at + LINK_TYPE));
  if (next === DONE) return stopUnsupported(c, into, LAYER, at + LINK_TYPE);
  c.at = at + length;
  return next;
}
