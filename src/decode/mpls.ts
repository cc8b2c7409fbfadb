/**
 * MPLS label stack (RFC 3032 section 2.1), with IP behind it, or Ethernet of a pseudowire (RFC 4448) with or without control word.
 *
 *   +------------+---------+------------+---------+----
 *   | label (20) | TC (3)  | bottom (1) | TTL (8) | …        in bits, one for each label
 *   +------------+---------+------------+---------+----
 *   | 0 (4)      | … (12)  | sequence number (16) | Ethernet …     control word
 *   +------------+---------+----------------------+----
 *
 * No field says what follows the last label. Its first four bits are looked at, as routers do (RFC 4928), and as addresses of
 * Ethernet may begin with any bits, whether an IP header that begins so fits the packet.
 */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopMalformed, stopShort, stopUnsupported } from './cursor.js';
import { ETHERNET, IPV4, IPV6 } from './layers.js';
import { u16 } from './numbers.js';
import { enterTunnel, MPLS_TUNNEL } from './tunnel.js';

const LABEL_LENGTH = 4;
const BOTTOM = 2;
const BOTTOM_BIT = 1;
/** Two or three are usual; bounds the loop. */
const MAX_LABELS = 16;

const CONTROL_WORD_LENGTH = 4;
const ETHERNET_LENGTH = 14;
const ETHERNET_TYPE = 12;
const MAX_802_3_LENGTH = 1500;
const LLC_LENGTH = 3;
/** Bytes that tell what follows: of Ethernet with a control word the type is the last. */
const TELLING = CONTROL_WORD_LENGTH + ETHERNET_LENGTH;

const IPV4_TOTAL_LENGTH = 2;
const IPV4_MIN_WORDS = 5;
const IPV6_PAYLOAD_LENGTH = 4;
const IPV6_LENGTH = 40;

const LAYER = layerIndex('mpls');

export function readMpls(c: Cursor, into: PacketRecord): number {
  const { data } = c;
  let { at } = c;
  for (let count = 0; ; count++) {
    if (count === MAX_LABELS) return stopMalformed(c, into, LAYER, at);
    if (at + LABEL_LENGTH > c.end) return stopShort(c, into, LAYER, at + LABEL_LENGTH);
    const bottom = data[at + BOTTOM] & BOTTOM_BIT;
    at += LABEL_LENGTH;
    if (bottom === 1) break;
  }
  c.at = at;
  return readCarried(c, into);
}

function readCarried(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + TELLING > c.end) return stopShort(c, into, LAYER, at + TELLING);
  const rest = c.wireEnd - at;
  const first = data[at] >> 4;
  const lengthV4 = u16(data, at + IPV4_TOTAL_LENGTH);
  const isIpv4 = first === 4 && (data[at] & 15) >= IPV4_MIN_WORDS && lengthV4 >= 4 * IPV4_MIN_WORDS && lengthV4 <= rest;
  if (isIpv4) return enterTunnel(c, into, MPLS_TUNNEL, IPV4, LAYER);
  // of its addresses a length cannot tell: a type that is one does
  const isIpv6 = first === 6 && u16(data, at + IPV6_PAYLOAD_LENGTH) + IPV6_LENGTH <= rest && !hasKnownType(c, at);
  if (isIpv6) return enterTunnel(c, into, MPLS_TUNNEL, IPV6, LAYER);
  // an address may begin with zeros as well
  if (first === 0 && !hasKnownType(c, at) && isEthernet(c, at + CONTROL_WORD_LENGTH)) {
    c.at = at + CONTROL_WORD_LENGTH;
    return enterTunnel(c, into, MPLS_TUNNEL, ETHERNET, LAYER);
  }
  return isEthernet(c, at) ? enterTunnel(c, into, MPLS_TUNNEL, ETHERNET, LAYER) : stopUnsupported(c, into, LAYER, at);
}

/** Whether an Ethernet header may stand there: by its type, or by a length that fits what is behind it. */
function isEthernet(c: Cursor, at: number): boolean {
  if (hasKnownType(c, at)) return true;
  const length = u16(c.data, at + ETHERNET_TYPE);
  return length >= LLC_LENGTH && length <= MAX_802_3_LENGTH && at + ETHERNET_LENGTH + length <= c.wireEnd;
}

function hasKnownType(c: Cursor, at: number): boolean {
  switch (u16(c.data, at + ETHERNET_TYPE)) {
    case 0x0800:
    case 0x0806:
    case 0x86dd:
    case 0x8100:
    case 0x88a8:
    case 0x8847:
    case 0x8863:
    case 0x8864:
    case 0x88cc:
      return true;
    default:
      return false;
  }
}
