/**
 * How the record goes over from the outside of a tunnel to what it carries. It becomes that of the inner packet as soon as the first
 * inner header is there whole; where that is cut short or none, it stays that of the outside, and `stop` says so.
 */

import { MAX_TUNNELS, type PacketRecord, TUNNEL_BASE, TUNNELS, type Tunnel } from '../table/record.js';
import { type Cursor, layerIndex, stopMalformed, stopShort, stopUnsupported } from './cursor.js';
import { ETHERNET, IPV4 } from './layers.js';

const tunnelIndex = (tunnel: Tunnel): number => TUNNELS.indexOf(tunnel);
export const VXLAN_TUNNEL = tunnelIndex('vxlan');
export const GENEVE_TUNNEL = tunnelIndex('geneve');
export const GRE_TUNNEL = tunnelIndex('gre');
export const ERSPAN_TUNNEL = tunnelIndex('erspan');
export const IP_TUNNEL = tunnelIndex('ip');
export const MPLS_TUNNEL = tunnelIndex('mpls');

const FULL = TUNNEL_BASE ** (MAX_TUNNELS - 1);

const ETHERNET_LENGTH = 14;
const IPV4_LENGTH = 20;
const IPV6_LENGTH = 40;
const ETHERNET_LAYER = layerIndex('eth');
const IPV4_LAYER = layerIndex('ip');
const IPV6_LAYER = layerIndex('ipv6');

/**
 * The record becomes that of what `tunnel` carries from `c.at` on. Of an inner IP packet without Ethernet the link layer is the
 * one outside.
 * @param next ETHERNET, IPV4 or IPV6
 * @param layer the tunnel's, which stops where tunnels are nested too deep
 */
export function enterTunnel(c: Cursor, into: PacketRecord, tunnel: number, next: number, layer: number): number {
  if (c.tunnels >= FULL) return stopUnsupported(c, into, layer, c.at);
  if (next === ETHERNET) {
    if (c.at + ETHERNET_LENGTH > c.end) return stopShort(c, into, ETHERNET_LAYER, c.at + ETHERNET_LENGTH);
  } else {
    const [length, version, ip] = next === IPV4 ? IPV4_FORM : IPV6_FORM;
    if (c.at + length > c.end) return stopShort(c, into, ip, c.at + length);
    if (c.data[c.at] >> 4 !== version) return stopMalformed(c, into, ip, c.at);
  }
  c.tunnels = c.tunnels * TUNNEL_BASE + tunnel;
  begin(into, next !== ETHERNET);
  into.encap = c.tunnels;
  return next;
}

const IPV4_FORM = [IPV4_LENGTH, 4, IPV4_LAYER] as const;
const IPV6_FORM = [IPV6_LENGTH, 6, IPV6_LAYER] as const;

/** A tunnel that carries another one, `next`, and nothing that a record could describe. */
export function passTunnel(c: Cursor, into: PacketRecord, tunnel: number, next: number, layer: number): number {
  if (c.tunnels >= FULL) return stopUnsupported(c, into, layer, c.at);
  c.tunnels = c.tunnels * TUNNEL_BASE + tunnel;
  return next;
}

function begin(into: PacketRecord, keepLink: boolean): void {
  const { frameLen, capLen, ethSrc, ethDst, ethType, vlanId } = into;
  into.clear();
  into.frameLen = frameLen;
  into.capLen = capLen;
  if (!keepLink) return;
  into.ethSrc = ethSrc;
  into.ethDst = ethDst;
  into.ethType = ethType;
  into.vlanId = vlanId;
}
