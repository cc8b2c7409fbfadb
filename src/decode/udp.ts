/**
 * UDP (RFC 768).
 *
 *   +-----------------+----------------------+------------+--------------+----
 *   | source port (2) | destination port (2) | length (2) | checksum (2) | …
 *   +-----------------+----------------------+------------+--------------+----
 */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopMalformed, stopShort } from './cursor.js';
import { DNS, DONE, GENEVE, MPLS, VXLAN } from './layers.js';
import { u16 } from './numbers.js';
import { measurePayload } from './payload.js';
import { readPorts } from './ports.js';

const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const LENGTH = 4;
const MIN_LENGTH = 8;

const LAYER = layerIndex('udp');

export function readUdp(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + MIN_LENGTH > c.end) {
    readPorts(c, into);
    return stopShort(c, into, LAYER, at + MIN_LENGTH);
  }
  const source = u16(data, at + SOURCE_PORT);
  const destination = u16(data, at + DESTINATION_PORT);
  into.srcport = source;
  into.dstport = destination;
  const length = u16(data, at + LENGTH);
  if (length >= MIN_LENGTH) c.limit(at + length);
  else if (length > 0 || into.ipVersion === 4) return stopMalformed(c, into, LAYER, at + LENGTH);
  // length 0 over IPv6 is a jumbogram (RFC 2675 section 4): the rest of the packet
  c.at = at + MIN_LENGTH;
  measurePayload(c, into, c.at);
  if (c.wireEnd <= c.at) return DONE;
  if (isDnsPort(source) || isDnsPort(destination)) return DNS;
  return c.inner ? tunnelOfPort(destination) : DONE;
}

/** DNS, multicast DNS (RFC 6762) and LLMNR (RFC 4795), which share one message format. */
function isDnsPort(port: number): boolean {
  return port === 53 || port === 5353 || port === 5355;
}

/** Tunnels are told by the port they are sent to; the other one says which flow is inside (RFC 7348 section 5). */
function tunnelOfPort(destination: number): number {
  switch (destination) {
    case 4789: // VXLAN
    case 8472: // that of Linux, where no other was asked for
      return VXLAN;
    case 6081:
      return GENEVE;
    case 6635: // MPLS in UDP (RFC 7510)
      return MPLS;
    default:
      return DONE;
  }
}
