/**
 * Linux cooked capture, version 2 (LINKTYPE_LINUX_SLL2, tcpdump.org/linktypes). Only the sender's address is recorded.
 *
 *   +--------------+--------------+---------------+-------------+-----------------+------------------+-------------+----
 *   | protocol (2) | reserved (2) | interface (4) | ARPHRD_ (2) | packet type (1) | addr. length (1) | address (8) | …
 *   +--------------+--------------+---------------+-------------+-----------------+------------------+-------------+----
 */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopShort } from './cursor.js';
import { mac, u16 } from './numbers.js';
import { ADDRESS_IS_MAC, nextBySllProtocol } from './sll-protocol.js';

const PROTOCOL = 0;
const HARDWARE = 8;
const ADDRESS_LENGTH = 11;
const ADDRESS = 12;
const MIN_LENGTH = 20;

const LAYER = layerIndex('sll');

export function readSll2(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + MIN_LENGTH > c.end) return stopShort(c, into, LAYER, at + MIN_LENGTH);
  if (data[at + ADDRESS_LENGTH] === ADDRESS_IS_MAC) into.ethSrc = mac(data, at + ADDRESS);
  c.at = at + MIN_LENGTH;
  return nextBySllProtocol(c, into, u16(data, at + HARDWARE), u16(data, at + PROTOCOL), LAYER);
}
