/**
 * GRE (RFC 2784 section 2, RFC 2890 key and sequence number, RFC 2637 section 4.1 version 1). The record describes the outer
 * packet only, so what the tunnel carries is payload.
 *
 *   +-+-+-+-+-+---------+-----------+--------------+--------------------------+---------+--------------+----------------+----
 *   |C|R|K|S|s| … | A   |version (3)| protocol (16)| checksum, reserved (32)  | key (32)| sequence (32)| ack. (32)      | …
 *   +-+-+-+-+-+---------+-----------+--------------+--------------------------+---------+--------------+----------------+----
 *    in bits; checksum present with C or R, key with K, sequence with S, acknowledgment with A (version 1)
 */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopShort, stopUnsupported } from './cursor.js';
import { DONE } from './layers.js';
import { u16 } from './numbers.js';
import { measurePayload } from './payload.js';

const FLAGS_VERSION = 0;
const MIN_LENGTH = 4;
const FIELD_LENGTH = 4;

const CHECKSUM_OR_ROUTING = 0xc000;
const KEY = 0x2000;
const SEQUENCE = 0x1000;
const ACKNOWLEDGMENT = 0x0080;
const VERSION_MASK = 0x0007;

const LAYER = layerIndex('gre');

export function readGre(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + MIN_LENGTH > c.end) return stopShort(c, into, LAYER, at + MIN_LENGTH);
  const flags = u16(data, at + FLAGS_VERSION);
  const version = flags & VERSION_MASK;
  if (version > 1) return stopUnsupported(c, into, LAYER, at);
  let length = MIN_LENGTH;
  if ((flags & CHECKSUM_OR_ROUTING) !== 0) length += FIELD_LENGTH;
  if ((flags & KEY) !== 0) length += FIELD_LENGTH;
  if ((flags & SEQUENCE) !== 0) length += FIELD_LENGTH;
  if (version === 1 && (flags & ACKNOWLEDGMENT) !== 0) length += FIELD_LENGTH;
  if (at + length > c.end) return stopShort(c, into, LAYER, at + length);
  measurePayload(c, into, at + length);
  return DONE;
}
