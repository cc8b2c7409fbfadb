/** IP protocol numbers (IANA): number -> the layer that reads it; DONE where none does. */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopUnsupported } from './cursor.js';
import { DONE, GRE, ICMP, ICMPV6, IPV4_IN_IP, IPV6_IN_IP, MPLS, SCTP, TCP, UDP } from './layers.js';

/** No next header (RFC 8200 section 4.7): nothing follows by intent. */
export const NO_NEXT_HEADER = 59;

export function layerOfIpProtocol(protocol: number): number {
  switch (protocol) {
    case 6:
      return TCP;
    case 17:
      return UDP;
    case 1:
      return ICMP;
    case 58:
      return ICMPV6;
    case 47:
      return GRE;
    case 132:
      return SCTP;
    default:
      return DONE;
  }
}

/** The layer of a tunnel that has no header of its own between the outer IP header and what it carries; DONE: no such tunnel. */
export function tunnelOfIpProtocol(protocol: number): number {
  switch (protocol) {
    case 4: // IPv4 (RFC 2003)
      return IPV4_IN_IP;
    case 41: // IPv6 (RFC 2473, RFC 4213)
      return IPV6_IN_IP;
    case 137: // MPLS (RFC 4023)
      return MPLS;
    default:
      return DONE;
  }
}

const GRE_LAYER = layerIndex('gre');
const UDP_LAYER = layerIndex('udp');

/**
 * Ends decoding at a later fragment whose inner headers are in another packet. UDP may be a tunnel there, and is counted as one;
 * within a tunnel it is taken for what it is most of the time.
 * @param layer that of the IP header
 */
export function endAtFragment(c: Cursor, into: PacketRecord, protocol: number, layer: number): number {
  const next = layerOfIpProtocol(protocol);
  if (next === GRE) return stopUnsupported(c, into, GRE_LAYER, c.at);
  if (next === UDP && c.tunnels === 0) return stopUnsupported(c, into, UDP_LAYER, c.at);
  return tunnelOfIpProtocol(protocol) === DONE ? DONE : stopUnsupported(c, into, layer, c.at);
}
