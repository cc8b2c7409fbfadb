/**
 * Packets as Linux' firewall logs them (LINKTYPE_NFLOG, tcpdump.org/linktypes; `tcpdump -i nflog:5`).
 *
 *   +------------+-------------+-------------+ +------------+----------+--------------------+
 *   | family (1) | version (1) | group (2)   | | length (2) | type (2) | value, padded to 4 | …     the packet is the value of type 9
 *   +------------+-------------+-------------+ +------------+----------+--------------------+
 *    length and type in the byte order of the machine that captured; length with these four bytes
 */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopMalformed, stopShort, stopUnsupported } from './cursor.js';
import { layerOfFamily } from './family.js';
import { DONE } from './layers.js';
import { u16, u16Little } from './numbers.js';

const FAMILY = 0;
const MIN_LENGTH = 4;
const TYPE = 2;
const HEAD_LENGTH = 4;
const ALIGNMENT = 4;
const PAYLOAD = 9;
/** The top bits of a type are flags (NLA_F_NESTED, NLA_F_NET_BYTEORDER). */
const TYPE_MASK = 0x3fff;
/** There are twenty kinds (nfnetlink_log.h). */
const MAX_VALUES = 32;

const LAYER = layerIndex('link');

export function readNflog(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + MIN_LENGTH > c.end) return stopShort(c, into, LAYER, at + MIN_LENGTH);
  let i = at + MIN_LENGTH;
  for (let count = 0; count < MAX_VALUES && i < c.wireEnd; count++) {
    if (i + HEAD_LENGTH > c.end) return stopShort(c, into, LAYER, i + HEAD_LENGTH);
    // types are small numbers
    const little = (u16(data, i + TYPE) & TYPE_MASK) > 0xff;
    const length = little ? u16Little(data, i) : u16(data, i);
    const type = (little ? u16Little(data, i + TYPE) : u16(data, i + TYPE)) & TYPE_MASK;
    if (length < HEAD_LENGTH) return stopMalformed(c, into, LAYER, i);
    if (type === PAYLOAD) {
      const next = layerOfFamily(data[at + FAMILY]);
      if (next === DONE) return stopUnsupported(c, into, LAYER, at + FAMILY);
      c.limit(i + length);
      c.at = i + HEAD_LENGTH;
      return next;
    }
    i += Math.ceil(length / ALIGNMENT) * ALIGNMENT;
  }
  return stopUnsupported(c, into, LAYER, at); // logged without the packet
}
