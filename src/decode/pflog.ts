/**
 * Packets as the packet filter of the BSDs logs them (LINKTYPE_PFLOG, tcpdump.org/linktypes; pf of OpenBSD, pfSense, OPNsense).
 *
 *   +------------+--------------------+------------+------------+----------------------------+----
 *   | length (1) | address family (1) | action (1) | reason (1) | interface, rule, … (length)| …    padded to a multiple of 4
 *   +------------+--------------------+------------+------------+----------------------------+----
 */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopMalformed, stopShort, stopUnsupported } from './cursor.js';
import { layerOfFamily } from './family.js';
import { DONE } from './layers.js';

const LENGTH = 0;
const FAMILY = 1;
const MIN_LENGTH = 4;
const ALIGNMENT = 4;

const LAYER = layerIndex('link');

export function readPflog(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + MIN_LENGTH > c.end) return stopShort(c, into, LAYER, at + MIN_LENGTH);
  const length = Math.ceil(data[at + LENGTH] / ALIGNMENT) * ALIGNMENT;
  if (length < MIN_LENGTH) return stopMalformed(c, into, LAYER, at + LENGTH);
  if (at + length > c.end) return stopShort(c, into, LAYER, at + length);
  const next = layerOfFamily(data[at + FAMILY]);
  if (next === DONE) return stopUnsupported(c, into, LAYER, at + FAMILY);
  c.at = at + length;
  return next;
}
