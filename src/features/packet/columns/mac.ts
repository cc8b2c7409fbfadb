/** What is wrong with the MAC addresses of a packet. */

import { describing, FLAG, type Row } from '../../table.js';
import type { PacketParts } from '../parts.js';

const arp = describing('arp');

export function macRows(row: Row, { macs }: PacketParts): void {
  row.put(
    arp,
    'mac_mismatch',
    FLAG,
    'an address of the packet at another MAC address than its own',
    macs.changed || macs.conflict || macs.destinationMismatch ? 1 : 0,
  );
  row.put(
    arp,
    'mac_conflict',
    FLAG,
    "the sender's address at another MAC address while its own is still there",
    macs.conflict ? 1 : 0,
  );
}
