/**
 * IPv6 and its extension headers (RFC 8200 sections 3 and 4; authentication header RFC 4302 section 2; jumbo payload RFC 2675).
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-------+---------------+---------------------------------------+
 *   |Version| traffic class |              flow label               |
 *   +-------+---------------+-------+---------------+---------------+
 *   |         payload length        |  next header  |   hop limit   |
 *   +-------------------------------+---------------+---------------+
 *   |                     source, 16 bytes                          |
 *   |                  destination, 16 bytes                        |
 *   +---------------+---------------+-------------------------------+
 *   |  next header  | length / 8 -1 |  …   hop-by-hop, routing, destination options
 *   |  next header  |   reserved    | offset / 8 (13) |0 0|M|   fragment, 8 bytes
 *   |  next header  | length / 4 -2 |  …   authentication
 *   +---------------+---------------+-------------------------------+
 */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopMalformed, stopShort, stopUnsupported } from './cursor.js';
import { endAtFragment, layerOfIpProtocol, NO_NEXT_HEADER, tunnelOfIpProtocol } from './ip-protocol.js';
import { DONE } from './layers.js';
import { copyBytes, u16, u32 } from './numbers.js';
import { measurePayload } from './payload.js';

const VERSION_CLASS = 0;
const PAYLOAD_LENGTH = 4;
const NEXT_HEADER = 6;
const HOP_LIMIT = 7;
const SOURCE = 8;
const DESTINATION = 24;
const MIN_LENGTH = 40;
const ADDRESS_LENGTH = 16;
const MAX_PAYLOAD_FIELD = 0xffff;

const EXTENSION_NEXT = 0;
const EXTENSION_LENGTH = 1;
const FRAGMENT_OFFSET = 2;
const EXTENSION_MIN_LENGTH = 8;

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION_OPTIONS = 60;
/** Each header may occur once, destination options twice (RFC 8200 section 4.1); more than this is an attack. */
const MAX_EXTENSIONS = 16;

const OPTION_PAD1 = 0;
const OPTION_JUMBO = 0xc2;

const LAYER = layerIndex('ipv6');

export function readIpv6(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + MIN_LENGTH > c.end) return stopShort(c, into, LAYER, at + MIN_LENGTH);
  const versionClass = u16(data, at + VERSION_CLASS);
  if (versionClass >> 12 !== 6) return stopMalformed(c, into, LAYER, at);
  const payloadLength = u16(data, at + PAYLOAD_LENGTH);
  const next = data[at + NEXT_HEADER];
  into.ipVersion = 6;
  into.ipDsfield = (versionClass >> 4) & 0xff;
  into.ipTtl = data[at + HOP_LIMIT];
  into.ipOptions = 0;
  into.ipProto = next;
  copyBytes(data, at + SOURCE, into.ipSrc, ADDRESS_LENGTH);
  copyBytes(data, at + DESTINATION, into.ipDst, ADDRESS_LENGTH);
  c.at = at + MIN_LENGTH;
  into.ipLen = payloadLength > 0 ? MIN_LENGTH + payloadLength : lengthWithoutField(c, next);
  c.limit(at + into.ipLen);
  return readExtensions(c, into, next);
}

function readExtensions(c: Cursor, into: PacketRecord, first: number): number {
  const { data } = c;
  let next = first;
  for (let count = 0; isExtension(next); count++) {
    const at = c.at;
    if (count === MAX_EXTENSIONS) return stopMalformed(c, into, LAYER, at);
    into.ipOptions = 1;
    if (at + EXTENSION_MIN_LENGTH > c.end) return stopShort(c, into, LAYER, at + EXTENSION_MIN_LENGTH);
    const kind = next;
    next = data[at + EXTENSION_NEXT];
    into.ipProto = next;
    if (kind === FRAGMENT) {
      const offsetFlags = u16(data, at + FRAGMENT_OFFSET);
      into.ipFlags = offsetFlags & 1;
      into.ipFragOffset = offsetFlags & 0xfff8;
      c.at = at + EXTENSION_MIN_LENGTH;
      if (into.ipFragOffset > 0) {
        measurePayload(c, into, c.at); // the headers behind this one are in another packet
        return c.inner ? endAtFragment(c, into, next, LAYER) : DONE;
      }
      continue;
    }
    const units = data[at + EXTENSION_LENGTH];
    const length = kind === AUTHENTICATION ? (units + 2) * 4 : (units + 1) * 8;
    if (at + length > c.end) return stopShort(c, into, LAYER, at + length);
    c.at = at + length;
  }
  const layer = layerOfIpProtocol(next);
  if (layer !== DONE) return layer;
  measurePayload(c, into, c.at);
  const tunnel = c.inner ? tunnelOfIpProtocol(next) : DONE;
  if (tunnel !== DONE) return tunnel;
  return next === NO_NEXT_HEADER ? DONE : stopUnsupported(c, into, LAYER, c.at);
}

function isExtension(header: number): boolean {
  return (
    header === HOP_BY_HOP ||
    header === ROUTING ||
    header === FRAGMENT ||
    header === AUTHENTICATION ||
    header === DESTINATION_OPTIONS
  );
}

/** Length of a packet whose length field is 0: a jumbogram, one of more than 64 KiB by segmentation offload, or without payload. */
function lengthWithoutField(c: Cursor, next: number): number {
  const onWire = c.wireEnd - c.at;
  return jumboLength(c, next) || MIN_LENGTH + (onWire > MAX_PAYLOAD_FIELD ? onWire : 0);
}

/** Length of the whole packet by a jumbo payload option in a leading hop-by-hop header, 0 without one. */
function jumboLength(c: Cursor, next: number): number {
  const { data, at } = c;
  if (next !== HOP_BY_HOP || at + EXTENSION_MIN_LENGTH > c.end) return 0;
  const end = Math.min(c.end, at + (data[at + EXTENSION_LENGTH] + 1) * 8);
  for (let i = at + 2; i + 1 < end; ) {
    if (data[i] === OPTION_JUMBO && i + 6 <= end) return MIN_LENGTH + u32(data, i + 2);
    i += data[i] === OPTION_PAD1 ? 1 : 2 + data[i + 1];
  }
  return 0;
}
