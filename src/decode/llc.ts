/**
 * IEEE 802.2 logical link control, with the SNAP extension (RFC 1042).
 *
 *   +----------+----------+-------------+ +---------+---------------+----
 *   | DSAP (1) | SSAP (1) | control (1) | | OUI (3) | EtherType (2) | …     SNAP: DSAP = SSAP = 0xaa, control = 3
 *   +----------+----------+-------------+ +---------+---------------+----
 */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopShort, stopUnsupported } from './cursor.js';
import { nextByEtherType } from './ethertype.js';
import { IPV4 } from './layers.js';
import { u16 } from './numbers.js';

const DSAP = 0;
const SSAP = 1;
const CONTROL = 2;
const MIN_LENGTH = 3;
const OUI = 3;
const SNAP_TYPE = 6;
const SNAP_LENGTH = 8;

const SAP_SNAP = 0xaa;
const SAP_IP = 0x06;
/** The last byte of the OUI under which bridges pass on EtherTypes (RFC 1042, IEEE 802.1H). */
const BRIDGED = 0xf8;
const UNNUMBERED_INFORMATION = 3;

const LAYER = layerIndex('llc');

export function readLlc(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + MIN_LENGTH > c.end) return stopShort(c, into, LAYER, at + MIN_LENGTH);
  const dsap = data[at + DSAP];
  if (data[at + CONTROL] !== UNNUMBERED_INFORMATION) return stopUnsupported(c, into, LAYER, at);
  if (dsap === SAP_IP && data[at + SSAP] === SAP_IP) {
    c.at = at + MIN_LENGTH;
    return IPV4;
  }
  if (dsap !== SAP_SNAP || data[at + SSAP] !== SAP_SNAP) return stopUnsupported(c, into, LAYER, at);
  if (at + SNAP_LENGTH > c.end) return stopShort(c, into, LAYER, at + SNAP_LENGTH);
  if ((data[at + OUI] | data[at + OUI + 1]) !== 0 || (data[at + OUI + 2] !== 0 && data[at + OUI + 2] !== BRIDGED)) {
    return stopUnsupported(c, into, LAYER, at + OUI); // a vendor's own numbers, no EtherType
  }
  const type = u16(data, at + SNAP_TYPE);
  into.ethType = type;
  c.at = at + SNAP_LENGTH;
  return nextByEtherType(c, into, type, LAYER);
}
