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
import { measurePayload } from './payload.js';
import { readPorts } from './ports.js';

const MIN_LENGTH = 12;

const LAYER = layerIndex('sctp');

export function readSctp(c: Cursor, into: PacketRecord): number {
  const { at } = c;
  readPorts(c, into);
  if (at + MIN_LENGTH > c.end) return stopShort(c, into, LAYER, at + MIN_LENGTH);
  measurePayload(c, into, at + MIN_LENGTH);
  return DONE;
}
