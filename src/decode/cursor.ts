/**
 * The view of one packet that the protocol readers pass on. One cursor is reused for every packet.
 *
 * Two ends bound it, both absolute positions in `data`: `end`, behind the last captured byte that belongs to the
 * current layer, and `wireEnd`, where that layer ends on the wire. end <= wireEnd always. A reader checks its minimum length against
 * `end` once and then reads; length fields move either end only towards `at` (`limit`), never away from it.
 */

import { type PacketRecord, STOP_LAYERS, STOP_REASONS, type StopLayer, type StopReason } from '../table/record.js';
import { DONE } from './layers.js';

const NO_DATA = new Uint8Array(0);

export class Cursor {
  data: Uint8Array = NO_DATA;
  /** where the frame starts: stop offsets count from here */
  start = 0;
  /** where the current layer starts */
  at = 0;
  end = 0;
  wireEnd = 0;
  /** whether what tunnels carry is looked at */
  inner = false;
  /** the tunnels met so far, packed as in a record's `encap`; not all of them were entered */
  tunnels = 0;
  /** the body of the 802.11 frame that follows begins at a multiple of four bytes */
  padded = false;

  /** Ends the view at `position` where it is not shorter already. */
  limit(position: number): void {
    if (position < this.wireEnd) {
      this.wireEnd = position;
      if (position < this.end) this.end = position;
    }
  }
}

const reasonIndex = (reason: StopReason): number => STOP_REASONS.indexOf(reason);
export const layerIndex = (layer: StopLayer): number => STOP_LAYERS.indexOf(layer);

const TRUNCATED = reasonIndex('truncated');
const MALFORMED = reasonIndex('malformed');
const UNSUPPORTED = reasonIndex('unsupported');

/** Ends decoding: `layer` contradicts its specification at `position`. */
export function stopMalformed(c: Cursor, into: PacketRecord, layer: number, position: number): number {
  return stop(c, into, MALFORMED, layer, position);
}

/** Ends decoding: what starts at `position` is not decoded by this program. */
export function stopUnsupported(c: Cursor, into: PacketRecord, layer: number, position: number): number {
  return stop(c, into, UNSUPPORTED, layer, position);
}

/**
 * Ends decoding: `layer` needed bytes up to `neededEnd`. They were on the wire but were not captured (truncated),
 * or the enclosing length says that they were never there (malformed).
 */
export function stopShort(c: Cursor, into: PacketRecord, layer: number, neededEnd: number): number {
  return stop(c, into, neededEnd <= c.wireEnd ? TRUNCATED : MALFORMED, layer, c.end);
}

function stop(c: Cursor, into: PacketRecord, reason: number, layer: number, position: number): number {
  into.stopReason = reason;
  into.stopLayer = layer;
  into.stopOffset = position - c.start;
  return DONE;
}
