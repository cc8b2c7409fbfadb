/**
 * Data frames of IEEE 802.11 (section 9.3.2) that are not encrypted. Of an aggregate of several (A-MSDU) the first one is described.
 *
 *   +-------------------+--------------+---------------+---------------+---------------+--------------+----
 *   | frame control (2) | duration (2) | address 1 (6) | address 2 (6) | address 3 (6) | sequence (2) | …
 *   +-------------------+--------------+---------------+---------------+---------------+--------------+----
 *    then, each where the frame control says so: address 4 (6), QoS control (2), HT control (4); LLC follows
 *   +-----------------+------------+------------+-----------+
 *   | destination (6) | source (6) | length (2) | LLC …     |      one frame of an aggregate
 *   +-----------------+------------+------------+-----------+
 */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopMalformed, stopShort, stopUnsupported } from './cursor.js';
import { DONE, LLC } from './layers.js';
import { mac, u16 } from './numbers.js';

const FRAME_CONTROL = 0;
const FLAGS = 1;
const ADDRESS_1 = 4;
const ADDRESS_2 = 10;
const ADDRESS_3 = 16;
const SEQUENCE = 22;
const ADDRESS_4 = 24;
const MIN_LENGTH = 24;
const ADDRESS_LENGTH = 6;
const QOS_LENGTH = 2;
const HT_LENGTH = 4;
const ALIGNMENT = 4;

const VERSION_MASK = 0x03;
const TYPE_MASK = 0x0c;
const TYPE_DATA = 0x08;
const WITHOUT_DATA = 0x40;
const WITH_QOS = 0x80;

const TO_DS = 0x01;
const FROM_DS = 0x02;
const BOTH_DS = 0x03;
const PROTECTED = 0x40;
const WITH_HT_CONTROL = 0x80;
const FRAGMENT_MASK = 0x0f;
const AGGREGATE = 0x80;

const PART_SOURCE = 6;
const PART_LENGTH = 12;
const PART_HEADER = 14;

const LAYER = layerIndex('wlan');

export function readWlan(c: Cursor, into: PacketRecord): number {
  const { data, at, padded } = c;
  c.padded = false;
  if (at + ADDRESS_1 > c.end) return stopShort(c, into, LAYER, at + ADDRESS_1);
  const control = data[at + FRAME_CONTROL];
  const flags = data[at + FLAGS];
  if ((control & VERSION_MASK) !== 0) return stopMalformed(c, into, LAYER, at);
  if ((control & TYPE_MASK) !== TYPE_DATA) return stopUnsupported(c, into, LAYER, at); // management and control
  if (at + MIN_LENGTH > c.end) return stopShort(c, into, LAYER, at + MIN_LENGTH);
  const relayed = (flags & BOTH_DS) === BOTH_DS;
  let length = MIN_LENGTH + (relayed ? ADDRESS_LENGTH : 0);
  const qos = at + length;
  if ((control & WITH_QOS) !== 0) length += QOS_LENGTH + ((flags & WITH_HT_CONTROL) !== 0 ? HT_LENGTH : 0);
  if (at + length > c.end) return stopShort(c, into, LAYER, at + length);
  into.ethDst = mac(data, at + ((flags & TO_DS) !== 0 ? ADDRESS_3 : ADDRESS_1));
  into.ethSrc = mac(data, at + (relayed ? ADDRESS_4 : (flags & FROM_DS) !== 0 ? ADDRESS_3 : ADDRESS_2));
  if ((control & WITHOUT_DATA) !== 0) return DONE;
  // encrypted, or a later fragment: what it carries cannot be told
  if ((flags & PROTECTED) !== 0) return stopUnsupported(c, into, LAYER, at + length);
  if ((data[at + SEQUENCE] & FRAGMENT_MASK) !== 0) return stopUnsupported(c, into, LAYER, at + SEQUENCE);
  c.at = at + (padded ? Math.ceil(length / ALIGNMENT) * ALIGNMENT : length);
  return (control & WITH_QOS) !== 0 && (data[qos] & AGGREGATE) !== 0 ? readFirstPart(c, into) : LLC;
}

function readFirstPart(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + PART_HEADER > c.end) return stopShort(c, into, LAYER, at + PART_HEADER);
  into.ethDst = mac(data, at);
  into.ethSrc = mac(data, at + PART_SOURCE);
  c.at = at + PART_HEADER;
  c.limit(c.at + u16(data, at + PART_LENGTH));
  return LLC;
}
