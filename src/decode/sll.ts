/**
 * Linux cooked capture, version 1 (LINKTYPE_LINUX_SLL, tcpdump.org/linktypes). Only the sender's address is recorded.
 *
 *   +-----------------+--------------+------------------+-------------+--------------+----
 *   | packet type (2) | ARPHRD_ (2)  | addr. length (2) | address (8) | protocol (2) | …
 *   +-----------------+--------------+------------------+-------------+--------------+----
 */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopShort } from './cursor.js';
import { mac, u16 } from './numbers.js';
import { ADDRESS_IS_MAC, nextBySllProtocol } from './sll-protocol.js';

const HARDWARE = 2;
const ADDRESS_LENGTH = 4;
const ADDRESS = 6;
const PROTOCOL = 14;
const MIN_LENGTH = 16;

const LAYER = layerIndex('sll');

export function readSll(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + MIN_LENGTH > c.end) return stopShort(c, into, LAYER, at + MIN_LENGTH);
  if (u16(data, at + ADDRESS_LENGTH) === ADDRESS_IS_MAC) into.ethSrc = mac(data, at + ADDRESS);
  c.at = at + MIN_LENGTH;
  return nextBySllProtocol(c, into, u16(data, at + HARDWARE), u16(data, at + PROTOCOL), LAYER);
}
