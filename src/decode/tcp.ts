/**
 * TCP (RFC 9293 section 3.1).
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-------------------------------+-------------------------------+
 *   |          source port          |       destination port        |
 *   |                        sequence number                        |
 *   |                     acknowledgment number                     |
 *   +-------+-----+-----------------+-------------------------------+
 *   |offset |0 0 0|  flags (9)      |            window             |
 *   +-------+-----+-----------------+-------------------------------+
 *   |           checksum            |         urgent pointer        |
 *   |   options: kind (1), length (1), data; up to 40 bytes         |
 *   +---------------------------------------------------------------+
 */

import { OPTION_KINDS_CAPACITY, type PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopMalformed, stopShort } from './cursor.js';
import { DNS_OVER_TCP, DONE, TLS } from './layers.js';
import { u16 } from './numbers.js';
import { measurePayload } from './payload.js';
import { readPorts } from './ports.js';

const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const OFFSET_FLAGS = 12;
const WINDOW = 14;
const CHECKSUM = 16;
const MIN_LENGTH = 20;

const END_OF_OPTIONS = 0;
const NO_OPERATION = 1;

/** First byte of a TLS record that holds a handshake. */
const TLS_HANDSHAKE = 22;
const DNS_PORT = 53;

const LAYER = layerIndex('tcp');

export function readTcp(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + MIN_LENGTH > c.end) return readBeginning(c, into);
  const offsetFlags = u16(data, at + OFFSET_FLAGS);
  into.srcport = u16(data, at + SOURCE_PORT);
  into.dstport = u16(data, at + DESTINATION_PORT);
  into.tcpFlags = offsetFlags & 0x0fff;
  into.tcpWindow = u16(data, at + WINDOW);
  const headerLength = (offsetFlags >> 12) * 4;
  if (headerLength < MIN_LENGTH) return stopMalformed(c, into, LAYER, at + OFFSET_FLAGS);
  const payload = at + headerLength;
  if (payload > c.wireEnd) return stopMalformed(c, into, LAYER, at + OFFSET_FLAGS);
  const optionsBad = readOptions(c, into, at + MIN_LENGTH, payload);
  measurePayload(c, into, payload);
  if (optionsBad >= 0) return stopMalformed(c, into, LAYER, optionsBad);
  if (payload > c.end) return stopShort(c, into, LAYER, payload);
  c.at = payload;
  if (payload >= c.end) return DONE;
  if (into.srcport === DNS_PORT || into.dstport === DNS_PORT) return DNS_OVER_TCP;
  return data[payload] === TLS_HANDSHAKE ? TLS : DONE;
}

/**
 * A header that is not here whole, as in the first of tiny fragments, which has 8 bytes of it (RFC 1858 section 3): what there is
 * of it is told.
 */
function readBeginning(c: Cursor, into: PacketRecord): number {
  const { data, at, end } = c;
  readPorts(c, into);
  if (at + WINDOW <= end) into.tcpFlags = u16(data, at + OFFSET_FLAGS) & 0x0fff;
  if (at + CHECKSUM <= end) into.tcpWindow = u16(data, at + WINDOW);
  return stopShort(c, into, LAYER, at + MIN_LENGTH);
}

/**
 * Records the kinds of the options in [from, to) as far as they are captured; one whose length cannot be is not among them.
 * Zeros behind the end of options are padding and are listed as what they are. Returns where the bad option is, or -1.
 */
function readOptions(c: Cursor, into: PacketRecord, from: number, to: number): number {
  const { data } = c;
  const end = to < c.end ? to : c.end;
  let count = 0;
  let ended = false;
  let bad = -1;
  for (let i = from; i < end && count < OPTION_KINDS_CAPACITY; ) {
    const kind = data[i];
    if (ended && kind !== END_OF_OPTIONS) break;
    let length = 1;
    if (kind === END_OF_OPTIONS) ended = true;
    else if (kind !== NO_OPERATION) {
      // the last captured byte may be a kind whose length was not captured; at the very end it has none
      length = i + 1 < end ? data[i + 1] : i + 1 < to ? 2 : 0;
      if (length < 2 || i + length > to) {
        bad = i;
        break;
      }
    }
    into.tcpOptionKinds[count++] = kind;
    i += length;
  }
  into.tcpOptionCount = count;
  return bad;
}
