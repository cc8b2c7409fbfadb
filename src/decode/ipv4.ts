/**
 * IPv4 (RFC 791 section 3.1).
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-------+-------+---------------+-------------------------------+
 *   |Version| IHL/4 | DSCP and ECN  |          total length         |
 *   +-------+-------+---------------+-----+-------------------------+
 *   |         identification        |flags|   fragment offset / 8   |
 *   +---------------+---------------+-----+-------------------------+
 *   |  time to live |    protocol   |        header checksum        |
 *   +---------------+---------------+-------------------------------+
 *   |                            source                             |
 *   |                          destination                          |
 *   |                     options, up to 40 bytes                   |
 *   +---------------------------------------------------------------+
 */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopMalformed, stopShort, stopUnsupported } from './cursor.js';
import { endAtFragment, layerOfIpProtocol, NO_NEXT_HEADER, tunnelOfIpProtocol } from './ip-protocol.js';
import { DONE } from './layers.js';
import { copyBytes, u16 } from './numbers.js';
import { measurePayload } from './payload.js';

const VERSION_IHL = 0;
const DSFIELD = 1;
const TOTAL_LENGTH = 2;
const FLAGS_FRAGMENT = 6;
const TTL = 8;
const PROTOCOL = 9;
const SOURCE = 12;
const DESTINATION = 16;
const MIN_LENGTH = 20;
const ADDRESS_LENGTH = 4;

const LAYER = layerIndex('ip');

export function readIpv4(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + MIN_LENGTH > c.end) return stopShort(c, into, LAYER, at + MIN_LENGTH);
  const versionIhl = data[at + VERSION_IHL];
  const headerLength = (versionIhl & 15) * 4;
  if (versionIhl >> 4 !== 4 || headerLength < MIN_LENGTH) return stopMalformed(c, into, LAYER, at);

  // 0 is what segmentation offload leaves in captures of outgoing packets: the frame then says how long the packet is.
  const totalLength = u16(data, at + TOTAL_LENGTH) || c.wireEnd - at;
  const flagsFragment = u16(data, at + FLAGS_FRAGMENT);
  const protocol = data[at + PROTOCOL];
  into.ipVersion = 4;
  into.ipDsfield = data[at + DSFIELD];
  into.ipLen = totalLength;
  into.ipFlags = flagsFragment >> 13;
  into.ipFragOffset = (flagsFragment & 0x1fff) * 8;
  into.ipTtl = data[at + TTL];
  into.ipProto = protocol;
  into.ipOptions = headerLength > MIN_LENGTH ? 1 : 0;
  copyBytes(data, at + SOURCE, into.ipSrc, ADDRESS_LENGTH);
  copyBytes(data, at + DESTINATION, into.ipDst, ADDRESS_LENGTH);
  if (totalLength < headerLength) return stopMalformed(c, into, LAYER, at + TOTAL_LENGTH);
  c.limit(at + totalLength);
  if (at + headerLength > c.end) return stopShort(c, into, LAYER, at + headerLength);
  c.at = at + headerLength;

  if (into.ipFragOffset > 0) {
    measurePayload(c, into, c.at); // the transport header is in another packet
    return c.inner ? endAtFragment(c, into, protocol, LAYER) : DONE;
  }
  const next = layerOfIpProtocol(protocol);
  if (next !== DONE) return next;
  measurePayload(c, into, c.at);
  const tunnel = c.inner ? tunnelOfIpProtocol(protocol) : DONE;
  if (tunnel !== DONE) return tunnel;
  return protocol === NO_NEXT_HEADER ? DONE : stopUnsupported(c, into, LAYER, c.at);
}
