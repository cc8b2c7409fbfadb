/**
 * PPP over Ethernet, session stage (RFC 2516 section 4).
 *
 *   +-------------+----------+----------+-------------+------------+----
 *   | version (4) | type (4) | code (8) | session (16)| length (16)| PPP …     in bits
 *   +-------------+----------+----------+-------------+------------+----
 */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopMalformed, stopShort, stopUnsupported } from './cursor.js';
import { PPP } from './layers.js';
import { u16 } from './numbers.js';

const VERSION_TYPE = 0;
const CODE = 1;
const LENGTH = 4;
const MIN_LENGTH = 6;
const VERSION_1_TYPE_1 = 0x11;
/** Others look for a server, or end a session (section 5). */
const CODE_SESSION = 0;

const LAYER = layerIndex('ppp');

export function readPppoe(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + MIN_LENGTH > c.end) return stopShort(c, into, LAYER, at + MIN_LENGTH);
  if (data[at + VERSION_TYPE] !== VERSION_1_TYPE_1) return stopMalformed(c, into, LAYER, at);
  if (data[at + CODE] !== CODE_SESSION) return stopUnsupported(c, into, LAYER, at + CODE);
  c.at = at + MIN_LENGTH;
  c.limit(c.at + u16(data, at + LENGTH));
  return PPP;
}
