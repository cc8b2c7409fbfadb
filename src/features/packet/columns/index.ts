/** All columns of a packet, in their order. */

import type { Row } from '../../table.js';
import type { PacketParts } from '../parts.js';
import { flowRows } from './flow.js';
import { kindRows } from './kind.js';
import { macRows } from './mac.js';
import { packetRows } from './packet.js';
import { rarityNoveltyRows, rarityRows } from './rarity.js';
import { remoteNoveltyRows, remoteRows } from './remote.js';
import { rhythmRows } from './rhythm.js';
import { windowRows } from './window.js';

export function rows(row: Row, parts: PacketParts): void {
  packetRows(row, parts);
  remoteRows(row, parts);
  windowRows(row, parts);
  flowRows(row, parts);
  kindRows(row, parts);
  rhythmRows(row, parts);
  rarityRows(row, parts);
  macRows(row, parts);
}

/** The novelty comes last, so that a row without it is the beginning of a row with it. */
export function rowsWithNovelty(row: Row, parts: PacketParts): void {
  rows(row, parts);
  rarityNoveltyRows(row, parts);
  remoteNoveltyRows(row, parts);
}
