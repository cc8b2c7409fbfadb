/** The interface description block of pcapng and the options that blocks carry. */

import type { SourceFacts } from './packet-source.js';
import { damaged } from './parser.js';
import { type TickClock, tickClock } from './pcapng-time.js';

export interface InterfaceFacts {
  /** LINKTYPE_ number */
  readonly linkType: number;
  /** bytes kept of a packet; 0: all */
  readonly snapLen: number;
  readonly clock: TickClock;
  /** dropped packets by the last statistics block of this interface */
  dropped: number;
}

const OPT_END = 0;
const IF_TSRESOL = 9;
const IF_TSOFFSET = 14;
const MICROSECONDS = 6;

/**
 * Calls `visit(code, offset, length)` for each option in `[from, to)`.
 * @returns false where an option is longer than the place left for it
 */
export function eachOption(
  view: DataView,
  from: number,
  to: number,
  little: boolean,
  visit: (code: number, at: number, length: number) => void,
): boolean {
  let p = from;
  while (p + 4 <= to) {
    const code = view.getUint16(p, little);
    const length = view.getUint16(p + 2, little);
    if (code === OPT_END) return true;
    if (p + 4 + length > to) return false;
    visit(code, p + 4, length);
    p += 4 + ((length + 3) & ~3);
  }
  return true;
}

/** The block at `start`, `length` bytes: 8 link type u16, 12 snap length, 16 options. `offset` is its place in the file. */
export function readInterface(
  view: DataView,
  start: number,
  length: number,
  little: boolean,
  facts: SourceFacts,
  offset: number,
): InterfaceFacts {
  let resolution = MICROSECONDS;
  let offsetSeconds = 0;
  const whole = eachOption(view, start + 16, start + length - 4, little, (code, at, size) => {
    if (code === IF_TSRESOL && size === 1) resolution = view.getUint8(at);
    if (code === IF_TSOFFSET && size === 8) offsetSeconds = Number(view.getBigInt64(at, little));
  });
  if (!whole) throw damaged(facts, offset, 'an option that is longer than its interface block');
  return {
    linkType: view.getUint16(start + 8, little),
    snapLen: view.getUint32(start + 12, little),
    clock: tickClock(resolution, offsetSeconds),
    dropped: 0,
  };
}
