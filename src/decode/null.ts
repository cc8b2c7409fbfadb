/**
 * BSD loopback (LINKTYPE_NULL), OpenBSD loopback (LINKTYPE_LOOP) and IPsec as OpenBSD's enc(4) shows it, decrypted
 * (LINKTYPE_ENC), tcpdump.org/linktypes.
 *
 *   +--------------------+----
 *   | address family (4) | …       NULL: in the byte order of the machine that captured; LOOP: in network order
 *   +--------------------+-------------------------------+-----------+----
 *   | address family (4) | security parameters index (4) | flags (4) | …      ENC: as NULL
 *   +--------------------+-------------------------------+-----------+----
 */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopShort, stopUnsupported } from './cursor.js';
import { familyAt, layerOfFamily } from './family.js';
import { DONE } from './layers.js';

const FAMILY = 0;
const NULL_LENGTH = 4;
const ENC_LENGTH = 12;

const LAYER = layerIndex('link');

export function readNull(c: Cursor, into: PacketRecord): number {
  return readFamily(c, into, NULL_LENGTH);
}

export function readEnc(c: Cursor, into: PacketRecord): number {
  return readFamily(c, into, ENC_LENGTH);
}

function readFamily(c: Cursor, into: PacketRecord, length: number): number {
  const { data, at } = c;
  if (at + length > c.end) return stopShort(c, into, LAYER, at + length);
  const next = layerOfFamily(familyAt(data, at + FAMILY));
  if (next === DONE) return stopUnsupported(c, into, LAYER, at);
  c.at = at + length;
  return next;
}
