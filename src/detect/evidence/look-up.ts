/** Who asks on the link for the MAC address of whom. */
import { isNeighbourSolicitation } from '../../features/packet/roles.js';
import type { EndpointColumn, FeatureBatch } from '../feature-batch.js';

const ARP = -1;
const ARP_REQUEST = 1;

/** Whether record k asks for another's address: by ARP, or a neighbour solicitation. */
export function isLookUp({ protocol, initiator, responder, traffic }: FeatureBatch, k: number): boolean {
  const asks =
    protocol[k] === ARP
      ? traffic.arpOpcode[k] === ARP_REQUEST
      : isNeighbourSolicitation(protocol[k], traffic.icmpType[k]);
  // who asks for his own address announces it (RFC 5227)
  return asks && (initiator.low[k] !== responder.low[k] || initiator.high[k] !== responder.high[k]);
}

/** Whether whoever asks has no address yet: he asks whether the one that he chose is free (RFC 5227, RFC 4862). */
export function isProbe({ family, bytes }: EndpointColumn, k: number): boolean {
  const at = 16 * k;
  return bytes.subarray(at, at + (family[k] === 4 ? 4 : 16)).every((byte) => byte === 0);
}
