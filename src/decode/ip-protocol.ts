/** IP protocol numbers (IANA): number -> the layer that reads it; DONE where none does. */

import { DONE, GRE, ICMP, ICMPV6, SCTP, TCP, UDP } from './layers.js';

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
