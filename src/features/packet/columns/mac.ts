/** What is wrong with the MAC addresses of a packet. */

import { describing, FLAG, type Row } from '../../table.js';
import type { PacketParts } from '../parts.js';

const arp = describing('arp');

export function macRows(row: Row, { macs }: PacketParts): void {
  row.put(
    arp,
    'mac_mismatch',
    FLAG,
    'an address of the packet at another MAC address than the one learned',
    macs.sourceMismatch || macs.destinationMismatch ? 1 : 0,
  );
  row.put(
    arp,
    'mac_conflict',
    FLAG,
    'two MAC addresses claimed the sender address by ARP within 10 minutes',
    macs.conflict ? 1 : 0,
  );
}
