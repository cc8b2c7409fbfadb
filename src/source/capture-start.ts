/** Where a capture starts: told by its first bytes, also in the middle of others that were put together with cat. */

import type { BatchBuffer } from './batch.js';
import type { SourceFacts } from './packet-source.js';
import type { ByteWindow } from './window.js';

/** Magics of the classic format and its variants, as they are read in their own byte order. */
const PCAP_MAGICS: readonly number[] = [0xa1b2c3d4, 0xa1b23c4d, 0xa12b3c4d, 0xa1b2cd34, 0x1c0001ac, 0x1c0001ab];
const PCAPNG_SECTION = 0x0a0d0d0a;
const PCAPNG_BYTE_ORDERS: readonly number[] = [0x1a2b3c4d, 0x4d3c2b1a];

/** Whether the file is little-endian, by magic read big-endian. */
const ORDERS: ReadonlyMap<number, boolean> = new Map(
  PCAP_MAGICS.flatMap((magic) => [
    [magic, false],
    [swap32(magic), true],
  ]),
);

/** Whether `magic` (4 bytes, big-endian) starts a classic capture in either byte order. */
export function isPcapMagic(magic: number): boolean {
  return ORDERS.has(magic);
}

export function swap32(value: number): number {
  return (((value & 255) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}

/** Bytes by which a start is told from a packet's header or a block. */
const START_BYTES = 12;

/** Whether gzip data starts at `p`: its marks, deflate as the method, no flags that nobody has defined (RFC 1952 section 2.3). */
export function packedStartsAt(view: DataView, p: number): boolean {
  return view.getUint32(p, false) >>> 8 === 0x1f8b08 && (view.getUint8(p + 3) & 0xe0) === 0;
}

/** Whether a capture starts at `p`, which has `START_BYTES`: magic and version of pcap, or type and byte order of a pcapng section. */
export function captureStartsAt(view: DataView, p: number): boolean {
  const magic = view.getUint32(p, false);
  if (magic === PCAPNG_SECTION) return PCAPNG_BYTE_ORDERS.includes(view.getUint32(p + 8, false));
  const little = ORDERS.get(magic);
  return little !== undefined && isPcapVersion(view.getUint16(p + 4, little), view.getUint16(p + 6, little));
}

/** 2.0 to 2.4, and AIX's. */
function isPcapVersion(major: number, minor: number): boolean {
  return major === 2 ? minor <= 4 : major === 543 && minor === 0;
}

/**
 * Whether a capture that was cut off has swallowed the start of the next one. If so, the packet that is none is taken out of
 * the batch again, the window goes back to the start, and a warning is noted.
 * @param header bytes before the data of each packet
 * @param reach bytes from the window's start on that were taken for a packet's header or a block
 */
export function swallowedStart(
  window: ByteWindow,
  batch: BatchBuffer,
  header: number,
  reach: number,
  facts: SourceFacts,
): boolean {
  const { view, start, end } = window;
  const last = batch.count - 1;
  const to = Math.min(end - START_BYTES, start + reach);
  for (let p = last < 0 ? start : batch.offset[last] - header; p <= to; p++) {
    // what damage there is at a start itself is that capture's own
    if (p === start || !captureStartsAt(view, p)) continue;
    if (p < start) batch.count--;
    window.consume(p - start);
    facts.warnings.push(`${facts.name}: cut off before byte ${window.offset}, where another capture begins`);
    return true;
  }
  return false;
}

/** Captures that stand one behind the other in one input. */
export class CaptureSequence {
  private more = 0;
  private secondAt = 0;

  constructor(private readonly facts: SourceFacts) {}

  /** Another one begins at the window's start. */
  begin(window: ByteWindow): void {
    if (this.more++ === 0) this.secondAt = window.offset;
  }

  get several(): boolean {
    return this.more > 0;
  }

  /** Says that there were several. */
  finish(): void {
    if (this.more === 0) return;
    const unpacked = this.facts.format.includes(', ') ? ' of what was unpacked' : '';
    this.facts.warnings.push(
      `${this.facts.name}: ${this.more + 1} captures one behind the other, the second begins at byte ${this.secondAt}${unpacked}; ` +
        'they were read in this order (several files of their own are read in the order of time)',
    );
  }
}
