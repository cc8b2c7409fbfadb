/**
 * Point-to-point protocol (RFC 1661), with or without the address and control bytes of HDLC-like framing (RFC 1662), and
 * Cisco's HDLC (RFC 1547 section 4.3.1), which LINKTYPE_PPP_HDLC may hold instead.
 *
 *   +--------------+-------------+ +---------------------+----
 *   | 0xff (0 or 1)| 0x03 (0|1)  | | protocol (1 or 2)   | …      one byte where its lowest bit is 1
 *   +--------------+-------------+ +---------------------+----
 *   | 0x0f or 0x8f | 0x00        | | EtherType (2)       | …      Cisco
 *   +--------------+-------------+ +---------------------+----
 */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopShort, stopUnsupported } from './cursor.js';
import { nextByEtherType } from './ethertype.js';
import { IPV4, IPV6, MPLS } from './layers.js';
import { u16 } from './numbers.js';

const MIN_LENGTH = 2;
const FRAMING_LENGTH = 2;
const CISCO_TYPE = 2;
const CISCO_LENGTH = 4;

const ALL_STATIONS = 0xff;
const UNNUMBERED_INFORMATION = 0x03;
const CISCO_UNICAST = 0x0f;
const CISCO_BROADCAST = 0x8f;

const PROTOCOL_IPV4 = 0x0021;
const PROTOCOL_IPV6 = 0x0057;
const PROTOCOL_MPLS = 0x0281;

const LAYER = layerIndex('ppp');

export function readPpp(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + MIN_LENGTH > c.end) return stopShort(c, into, LAYER, at + MIN_LENGTH);
  if ((data[at] === CISCO_UNICAST || data[at] === CISCO_BROADCAST) && data[at + 1] === 0) {
    if (at + CISCO_LENGTH > c.end) return stopShort(c, into, LAYER, at + CISCO_LENGTH);
    c.at = at + CISCO_LENGTH;
    return nextByEtherType(c, into, u16(data, at + CISCO_TYPE), LAYER);
  }
  let protocolAt = at;
  if (data[at] === ALL_STATIONS && data[at + 1] === UNNUMBERED_INFORMATION) protocolAt += FRAMING_LENGTH;
  if (protocolAt + MIN_LENGTH > c.end) return stopShort(c, into, LAYER, protocolAt + MIN_LENGTH);
  const compressed = (data[protocolAt] & 1) === 1;
  const protocol = compressed ? data[protocolAt] : u16(data, protocolAt);
  c.at = protocolAt + (compressed ? 1 : 2);
  if (protocol === PROTOCOL_IPV4) return IPV4;
  if (protocol === PROTOCOL_IPV6) return IPV6;
  if (c.inner && protocol === PROTOCOL_MPLS) return MPLS;
  return stopUnsupported(c, into, LAYER, protocolAt);
}
