/**
 * BSD loopback (LINKTYPE_NULL) and OpenBSD loopback (LINKTYPE_LOOP), tcpdump.org/linktypes.
 *
 *   +--------------------+----
 *   | address family (4) | …       NULL: in the byte order of the machine that captured; LOOP: in network order
 *   +--------------------+----
 */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopShort, stopUnsupported } from './cursor.js';
import { IPV4, IPV6 } from './layers.js';
import { u32 } from './numbers.js';

const FAMILY = 0;
const MIN_LENGTH = 4;

const LAYER = layerIndex('link');

function layerOfFamily(family: number): number {
  switch (family) {
    case 2: // AF_INET everywhere
      return IPV4;
    case 10: // AF_INET6 of Linux
    case 24: // of NetBSD, OpenBSD, BSD/OS
    case 28: // of FreeBSD
    case 30: // of macOS
      return IPV6;
    default:
      return -1;
  }
}

/** Byte order is told by the value: families are small numbers. */
export function readNull(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + MIN_LENGTH > c.end) return stopShort(c, into, LAYER, at + MIN_LENGTH);
  const big = u32(data, at + FAMILY);
  const family =
    big <= 0xffff ? big : data[at] | (data[at + 1] << 8) | (data[at + 2] << 16) | ((data[at + 3] << 24) >>> 0);
  const next = layerOfFamily(family);
  if (next < 0) return stopUnsupported(c, into, LAYER, at);
  c.at = at + MIN_LENGTH;
  return next;
}
