/**
 * ARP and RARP for IPv4 (RFC 826).
 *
 *   +--------------+--------------+----------+----------+------------+--------------+-------------+--------------+-------------+
 *   | hardware (2) | protocol (2) | hlen (1) | plen (1) | opcode (2) | sender (hlen)| sender (4)  | target (hlen)| target (4)  |
 *   +--------------+--------------+----------+----------+------------+--------------+-------------+--------------+-------------+
 */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopShort, stopUnsupported } from './cursor.js';
import { DONE } from './layers.js';
import { copyBytes, u16 } from './numbers.js';

const PROTOCOL = 2;
const HARDWARE_LENGTH = 4;
const PROTOCOL_LENGTH = 5;
const OPCODE = 6;
const ADDRESSES = 8;
const MIN_LENGTH = 8;

const PROTOCOL_IPV4 = 0x0800;
const IPV4_LENGTH = 4;

const LAYER = layerIndex('arp');

export function readArp(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + MIN_LENGTH > c.end) return stopShort(c, into, LAYER, at + MIN_LENGTH);
  if (u16(data, at + PROTOCOL) !== PROTOCOL_IPV4 || data[at + PROTOCOL_LENGTH] !== IPV4_LENGTH) {
    return stopUnsupported(c, into, LAYER, at);
  }
  const hardwareLength = data[at + HARDWARE_LENGTH];
  const sender = at + ADDRESSES + hardwareLength;
  const target = sender + IPV4_LENGTH + hardwareLength;
  if (target + IPV4_LENGTH > c.end) return stopShort(c, into, LAYER, target + IPV4_LENGTH);
  into.arpOpcode = u16(data, at + OPCODE);
  copyBytes(data, sender, into.arpSrc, IPV4_LENGTH);
  copyBytes(data, target, into.arpDst, IPV4_LENGTH);
  return DONE;
}
