/**
 * No link layer: the packet starts with an IP header (LINKTYPE_RAW, tcpdump.org/linktypes), whose first four bits are the version.
 *
 *   +-------------+----
 *   | version (4) | …      in bits
 *   +-------------+----
 */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopShort, stopUnsupported } from './cursor.js';
import { IPV4, IPV6 } from './layers.js';

const VERSION = 0;
const MIN_LENGTH = 1;

const LAYER = layerIndex('link');

export function readRaw(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + MIN_LENGTH > c.end) return stopShort(c, into, LAYER, at + MIN_LENGTH);
  const version = data[at + VERSION] >> 4;
  if (version === 4) return IPV4;
  if (version === 6) return IPV6;
  return stopUnsupported(c, into, LAYER, at);
}
