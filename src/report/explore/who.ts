/** A record in a few words: who turned to whom. */

import { endText } from '../../features/address-text.js';
import type { RecordContext } from '../../features/extractor.js';

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
  return `${endText(initiator)} → ${endText(responder)} ${name}${servicePort >= 0 ? ` ${servicePort}` : ''}`;
}
