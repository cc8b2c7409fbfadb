/**
 * GRE (RFC 2784 section 2, RFC 2890 key and sequence number, RFC 2637 section 4.1 version 1), which also carries the copies of
 * switches: ERSPAN (draft-foschiano-erspan section 4), told by its protocol number; type I has no header of its own.
 * NVGRE (RFC 7637) is GRE with a key that carries Ethernet.
 *
 *   +-+-+-+-+-+---------+-----------+--------------+--------------------------+---------+--------------+----------------+----
 *   |C|R|K|S|s| … | A   |version (3)| protocol (16)| checksum, reserved (32)  | key (32)| sequence (32)| ack. (32)      | …
 *   +-+-+-+-+-+---------+-----------+--------------+--------------------------+---------+--------------+----------------+----
 *    in bits; checksum present with C or R, key with K, sequence with S, acknowledgment with A (version 1)
 *
 *   +-------------+-----------+-----------+----------+---------------+-----------+----
 *   | version (4) | VLAN (12) | … (6)  …  | session  | … (20)        | index (20)| …     ERSPAN II, version 1
 *   | version (4) | VLAN (12) | … (16)    | timestamp (32) | group (16) | P (1) frame type (5) … O (1) | (64) with O   III, version 2
 *   +-------------+-----------+-----------+----------------+------------+------------------------------+----
 */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopShort, stopUnsupported } from './cursor.js';
import { isMpls } from './ethertype.js';
import { DONE, ETHERNET, IPV4, IPV6, MPLS } from './layers.js';
import { u16 } from './numbers.js';
import { measurePayload } from './payload.js';
import { ERSPAN_TUNNEL, enterTunnel, GRE_TUNNEL, passTunnel } from './tunnel.js';

const FLAGS_VERSION = 0;
const MIN_LENGTH = 4;
const FIELD_LENGTH = 4;

const ROUTING = 0x4000;
const CHECKSUM_OR_ROUTING = 0xc000;
const KEY = 0x2000;
const SEQUENCE = 0x1000;
const ACKNOWLEDGMENT = 0x0080;
const VERSION_MASK = 0x0007;

const PROTOCOL = 2;
const ETHERNET_BRIDGED = 0x6558;
const ERSPAN_1_2 = 0x88be;
const ERSPAN_3 = 0x22eb;

const ERSPAN_2_LENGTH = 8;
const ERSPAN_3_LENGTH = 12;
const ERSPAN_3_TAIL = 10;
const ERSPAN_3_MORE = 8;
const FRAME_TYPE_MASK = 0x7c00;

const LAYER = layerIndex('gre');
const ERSPAN_LAYER = layerIndex('erspan');

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
  if (!c.inner) return DONE;
  // version 1 carries a stream of PPP packets (RFC 2637), and the source routes of RFC 1701 are gone
  if (version === 1 || (flags & ROUTING) !== 0) return stopUnsupported(c, into, LAYER, at);
  c.at = at + length;
  return readCarried(c, into, u16(data, at + PROTOCOL), (flags & SEQUENCE) !== 0);
}

function readCarried(c: Cursor, into: PacketRecord, protocol: number, numbered: boolean): number {
  switch (protocol) {
    case 0x0800:
      return enterTunnel(c, into, GRE_TUNNEL, IPV4, LAYER);
    case 0x86dd:
      return enterTunnel(c, into, GRE_TUNNEL, IPV6, LAYER);
    case ETHERNET_BRIDGED:
      return enterTunnel(c, into, GRE_TUNNEL, ETHERNET, LAYER);
    case ERSPAN_1_2:
      return numbered ? readErspan2(c, into) : enterTunnel(c, into, ERSPAN_TUNNEL, ETHERNET, ERSPAN_LAYER);
    case ERSPAN_3:
      return readErspan3(c, into);
    default:
      return isMpls(protocol) ? passTunnel(c, into, GRE_TUNNEL, MPLS, LAYER) : stopUnsupported(c, into, LAYER, c.at);
  }
}

function readErspan2(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + ERSPAN_2_LENGTH > c.end) return stopShort(c, into, ERSPAN_LAYER, at + ERSPAN_2_LENGTH);
  if (data[at] >> 4 !== 1) return stopUnsupported(c, into, ERSPAN_LAYER, at);
  c.at = at + ERSPAN_2_LENGTH;
  return enterTunnel(c, into, ERSPAN_TUNNEL, ETHERNET, ERSPAN_LAYER);
}

function readErspan3(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + ERSPAN_3_LENGTH > c.end) return stopShort(c, into, ERSPAN_LAYER, at + ERSPAN_3_LENGTH);
  const tail = u16(data, at + ERSPAN_3_TAIL);
  if (data[at] >> 4 !== 2) return stopUnsupported(c, into, ERSPAN_LAYER, at);
  const carried = (tail & FRAME_TYPE_MASK) >> 10;
  c.at = at + ERSPAN_3_LENGTH + ((tail & 1) !== 0 ? ERSPAN_3_MORE : 0);
  if (carried === 0) return enterTunnel(c, into, ERSPAN_TUNNEL, ETHERNET, ERSPAN_LAYER);
  if (carried !== 2 || c.at >= c.end) return stopUnsupported(c, into, ERSPAN_LAYER, at);
  return enterTunnel(c, into, ERSPAN_TUNNEL, data[c.at] >> 4 === 6 ? IPV6 : IPV4, ERSPAN_LAYER);
}
