/**
 * Radiotap (LINKTYPE_IEEE802_11_RADIOTAP, radiotap.org): what the radio knows of an 802.11 frame.
 *
 *   +-------------+---------+------------+-------------+----------------------+-----------+----
 *   | version (1) | pad (1) | length (2) | present (4) | … more present words | fields …  | 802.11 …     little-endian
 *   +-------------+---------+------------+-------------+----------------------+-----------+----
 *    bit 31 of a present word: another one follows; bit 0: a timer of 8 bytes, aligned, bit 1: flags of one byte
 */

import type { PacketRecord } from '../table/record.js';
import { type Cursor, layerIndex, stopMalformed, stopShort, stopUnsupported } from './cursor.js';
import { WLAN } from './layers.js';
import { u16Little, u32Little } from './numbers.js';

const VERSION = 0;
const LENGTH = 2;
const PRESENT = 4;
const MIN_LENGTH = 8;
const WORD = 4;

const HAS_TIMER = 0x01;
const HAS_FLAGS = 0x02;
const MORE_BYTE = 3;
const MORE = 0x80;
const TIMER_LENGTH = 8;

const FLAG_FCS = 0x10;
const FLAG_PADDED = 0x20;
const FCS_LENGTH = 4;

const LAYER = layerIndex('link');

export function readRadiotap(c: Cursor, into: PacketRecord): number {
  const { data, at } = c;
  if (at + MIN_LENGTH > c.end) return stopShort(c, into, LAYER, at + MIN_LENGTH);
  if (data[at + VERSION] !== 0) return stopUnsupported(c, into, LAYER, at);
  const length = u16Little(data, at + LENGTH);
  if (length < MIN_LENGTH) return stopMalformed(c, into, LAYER, at + LENGTH);
  if (at + length > c.end) return stopShort(c, into, LAYER, at + length);
  const flags = flagsOf(data, at, at + length);
  if ((flags & FLAG_FCS) !== 0) c.limit(c.wireEnd - FCS_LENGTH);
  c.at = at + length;
  c.padded = (flags & FLAG_PADDED) !== 0;
  return WLAN;
}

/** 0 where there are none. */
function flagsOf(data: Uint8Array, at: number, end: number): number {
  const present = u32Little(data, at + PRESENT);
  if ((present & HAS_FLAGS) === 0) return 0;
  let fields = at + PRESENT + WORD;
  while (fields + WORD <= end && (data[fields - WORD + MORE_BYTE] & MORE) !== 0) fields += WORD;
  if ((present & HAS_TIMER) !== 0) fields = at + Math.ceil((fields - at) / TIMER_LENGTH) * TIMER_LENGTH + TIMER_LENGTH;
  return fields < end ? data[fields] : 0;
}
