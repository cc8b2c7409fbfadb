/**
 * BSD loopback (LINKTYPE_NULL) and OpenBSD loopback (LINKTYPE_LOOP), tcpdump.org/linktypes.
 *
 *   +--------------------+----
 *   | address family (4) | …       NULL: in the byte order of the machine that captured; LOOP: in network order
 *   +--------------------+----
 */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopShort, stopUnsupported } from './cursor.js';
import { familyAt, layerOfFamily } from './family.js';
import { DONE } from './layers.js';

const FAMILY = 0;
const MIN_LENGTH = 4;

const LAYER = layerIndex('link');

export function readNull(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + MIN_LENGTH > c.end) return stopShort(c, into, LAYER, at + MIN_LENGTH);
  const next = layerOfFamily(familyAt(data, at + FAMILY));
  if (next === DONE) return stopUnsupported(c, into, LAYER, at);
  c.at = at + MIN_LENGTH;
  return next;
}
