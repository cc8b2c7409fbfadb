/** Source and destination port, with which the headers of TCP, UDP and SCTP begin. */

import type { PacketRecord } from '../table/record.js';
import type { Cursor } from './cursor.js';
import { u16 } from './numbers.js';

const SOURCE = 0;
const DESTINATION = 2;
const LENGTH = 4;

/** Records the ports where both are captured, whatever is missing behind them. */
export function readPorts(c: Cursor, into: PacketRecord): void {
  const { data, at } = c;
  if (at + LENGTH > c.end) return;
  into.srcport = u16(data, at + SOURCE);
  into.dstport = u16(data, at + DESTINATION);
}
