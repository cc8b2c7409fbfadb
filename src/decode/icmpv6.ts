/**
 * ICMPv6 (RFC 4443 section 2.1). Its messages have 8 bytes before what they carry: errors, echo, neighbour discovery (RFC 4861), MLD.
 *
 *   +----------+----------+--------------+--------------------+----
 *   | type (1) | code (1) | checksum (2) | depends on type (4)| …
 *   +----------+----------+--------------+--------------------+----
 */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopShort } from './cursor.js';
import { DONE } from './layers.js';
import { measurePayload } from './payload.js';

const TYPE = 0;
const CODE = 1;
const MIN_LENGTH = 4;
const PAYLOAD = 8;

const LAYER = layerIndex('icmpv6');

export function readIcmpv6(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + MIN_LENGTH > c.end) return stopShort(c, into, LAYER, at + MIN_LENGTH);
  into.icmpType = data[at + TYPE];
  into.icmpCode = data[at + CODE];
  measurePayload(c, into, at + PAYLOAD);
  return at + PAYLOAD > c.end ? stopShort(c, into, LAYER, at + PAYLOAD) : DONE;
}
