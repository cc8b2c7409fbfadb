/** An IP packet right behind an IP header (RFC 2003, RFC 2473, RFC 4213): there is nothing between the two. */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex } from './cursor.js';
import { IPV4, IPV6 } from './layers.js';
import { enterTunnel, IP_TUNNEL } from './tunnel.js';

const IPV4_LAYER = layerIndex('ip');
const IPV6_LAYER = layerIndex('ipv6');

export function readIpv4InIp(c: Cursor, into: PacketRecord): number {
  return enterTunnel(c, into, IP_TUNNEL, IPV4, IPV4_LAYER);
}

export function readIpv6InIp(c: Cursor, into: PacketRecord): number {
  return enterTunnel(c, into, IP_TUNNEL, IPV6, IPV6_LAYER);
}
