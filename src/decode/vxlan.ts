/**
 * VXLAN (RFC 7348 section 5), which carries Ethernet.
 *
 *   +------------+---------------+-----------------------+--------------+----
 *   | flags (8)  | reserved (24) | network identifier (24) | reserved (8) | Ethernet …     in bits
 *   +------------+---------------+-----------------------+--------------+----
 */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopMalformed, stopShort } from './cursor.js';
import { ETHERNET } from './layers.js';
import { enterTunnel, VXLAN_TUNNEL } from './tunnel.js';

const FLAGS = 0;
const MIN_LENGTH = 8;
/** The identifier is valid: set in every packet that a receiver does not throw away. */
const VALID = 0x08;

const LAYER = layerIndex('vxlan');

export function readVxlan(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + MIN_LENGTH > c.end) return stopShort(c, into, LAYER, at + MIN_LENGTH);
  if ((data[at + FLAGS] & VALID) === 0) return stopMalformed(c, into, LAYER, at + FLAGS);
  c.at = at + MIN_LENGTH;
  return enterTunnel(c, into, VXLAN_TUNNEL, ETHERNET, LAYER);
}
