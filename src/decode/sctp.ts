/**
 * SCTP common header (RFC 9260 section 3.1). The payload is the chunks behind it.
 *
 *   +-----------------+----------------------+----------------------+--------------+----
 *   | source port (2) | destination port (2) | verification tag (4) | checksum (4) | chunks …
 *   +-----------------+----------------------+----------------------+--------------+----
 */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopShort } from './cursor.js';
import { DONE } from './layers.js';
import { u16 } from './numbers.js';
import { measurePayload } from './payload.js';

const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const MIN_LENGTH = 12;

const LAYER = layerIndex('sctp');

export function readSctp(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + MIN_LENGTH > c.end) return stopShort(c, into, LAYER, at + MIN_LENGTH);
  into.srcport = u16(data, at + SOURCE_PORT);
  into.dstport = u16(data, at + DESTINATION_PORT);
  measurePayload(c, into, at + MIN_LENGTH);
  return DONE;
}
