/**
 * Geneve (RFC 8926 section 3.4).
 *
 *   +-------------+---------------------+-------+---------------+-------------------------+--------------+-------------+----
 *   | version (2) | options length/4 (6)| … (8) | protocol (16) | network identifier (24) | reserved (8) | options     | …
 *   +-------------+---------------------+-------+---------------+-------------------------+--------------+-------------+----
 *    in bits
 */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopShort, stopUnsupported } from './cursor.js';
import { isMpls } from './ethertype.js';
import { ETHERNET, IPV4, IPV6, MPLS } from './layers.js';
import { u16 } from './numbers.js';
import { enterTunnel, GENEVE_TUNNEL, passTunnel } from './tunnel.js';

const VERSION_LENGTH = 0;
const PROTOCOL = 2;
const MIN_LENGTH = 8;
const OPTIONS_MASK = 0x3f;

const LAYER = layerIndex('geneve');

export function readGeneve(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + MIN_LENGTH > c.end) return stopShort(c, into, LAYER, at + MIN_LENGTH);
  const versionLength = data[at + VERSION_LENGTH];
  if (versionLength >> 6 !== 0) return stopUnsupported(c, into, LAYER, at);
  const length = MIN_LENGTH + (versionLength & OPTIONS_MASK) * 4;
  if (at + length > c.end) return stopShort(c, into, LAYER, at + length);
  c.at = at + length;
  const protocol = u16(data, at + PROTOCOL);
  switch (protocol) {
    case 0x6558:
      return enterTunnel(c, into, GENEVE_TUNNEL, ETHERNET, LAYER);
    case 0x0800:
      return enterTunnel(c, into, GENEVE_TUNNEL, IPV4, LAYER);
    case 0x86dd:
      return enterTunnel(c, into, GENEVE_TUNNEL, IPV6, LAYER);
    default:
      return isMpls(protocol)
        ? passTunnel(c, into, GENEVE_TUNNEL, MPLS, LAYER)
        : stopUnsupported(c, into, LAYER, at + PROTOCOL);
  }
}
