/** A record in a few words: who turned to whom. */

import { formatIpv4, formatIpv6, formatMac } from '../../base/address.js';
import type { Endpoint, RecordContext } from '../../features/types.js';

const NAMES: Readonly<Record<number, string>> = {
  [-1]: 'ARP',
  1: 'ICMP',
  6: 'TCP',
  17: 'UDP',
  58: 'ICMPv6',
  132: 'SCTP',
};

export function whoOf({ initiator, responder, protocol, servicePort }: RecordContext): string {
  const name = NAMES[protocol] ?? (protocol < 0 ? 'not IP' : `IP ${protocol}`);
  return `${addressOf(initiator)} → ${addressOf(responder)} ${name}${servicePort >= 0 ? ` ${servicePort}` : ''}`;
}

function addressOf({ family, bytes }: Endpoint): string {
  if (family === 4) return formatIpv4(bytes);
  if (family === 6) return formatIpv6(bytes);
  if (family !== 48) return 'unknown';
  let mac = 0;
  for (let i = 0; i < 6; i++) mac = 256 * mac + (bytes[i] as number);
  return formatMac(mac);
}
