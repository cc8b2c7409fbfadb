/**
 * The classic capture file format (draft-ietf-opsawg-pcap): a 24-byte file header, then packets, each after a header.
 *
 *   0 magic   4 major u16, minor u16   8 zone   12 sigfigs   16 snaplen   20 link type
 *   0 seconds   4 micro- or nanoseconds   8 captured length   12 length on the wire   (16 more in variants)
 *
 * The magic gives byte order and variant.
 */

import { AnomalyError, EmptyInputError } from '../base/errors.js';
import { MAX_SNAPLEN } from '../base/limits.js';
import type { BatchBuffer } from './batch.js';
import { captureStartsAt, packedStartsAt, swallowedStart, swap32 } from './capture-start.js';
import type { SourceFacts } from './packet-source.js';
import { type CaptureParser, cutOff, damaged } from './parser.js';
import type { ByteWindow } from './window.js';

interface Variant {
  readonly name: string;
  /** parts of a µs in the fraction field */
  readonly perUs: number;
  /** bytes of a packet's header; several where the magic does not tell */
  readonly headers: readonly number[];
  /** bytes after the file header before the first packet */
  readonly extra?: number;
}

/** By magic, read in the byte order that gives one of these. Kuznetzov's patch had three layouts under one magic, told by what fits. */
const VARIANTS: ReadonlyMap<number, Variant> = new Map([
  [0xa1b2c3d4, { name: 'pcap', perUs: 1, headers: [16] }],
  [0xa1b23c4d, { name: 'pcap, nanoseconds', perUs: 1000, headers: [16] }],
  [0xa12b3c4d, { name: 'pcap, Navtel, nanoseconds', perUs: 1000, headers: [16] }],
  [0xa1b2cd34, { name: 'pcap, Kuznetzov', perUs: 1, headers: [24, 28, 16] }],
  [0x1c0001ac, { name: 'pcap, IXIA hardware', perUs: 1000, headers: [16], extra: 4 }],
  [0x1c0001ab, { name: 'pcap, IXIA software', perUs: 1000, headers: [16], extra: 4 }],
]);

const FILE_HEADER = 24;
/** Times that jump further may be no times: the packet before may have been cut off. */
const DAY_S = 86_400;
/** The upper bits of the link type field: FCS length and its flag (draft-ietf-opsawg-pcap section 4). */
const LINK_TYPE_BITS = 0x03ffffff;

export class PcapParser implements CaptureParser {
  private variant: Variant | undefined;
  private little = false;
  private linkType = 0;
  private header = 0;
  /** captured and wire length changed places in files of version 2.2 and before, and of AIX */
  private lengthsSwapped = false;
  private maybeSwapped = false;
  /** of the packet read last; a file header in the place of a packet's is looked for where this changes */
  private seconds = -1;

  constructor(private readonly facts: SourceFacts) {}

  parse(window: ByteWindow, batch: BatchBuffer, ended: boolean): boolean {
    if (!this.variant && !this.readFileHeader(window)) return false;
    if (this.header === 0 && !this.chooseHeader(window, ended)) return false;
    return this.readPackets(window, batch, (this.variant as Variant).perUs);
  }

  private readPackets(window: ByteWindow, batch: BatchBuffer, perUs: number): boolean {
    const { view, end } = window;
    const { header, little, linkType } = this;
    let p = window.start;
    let another = false;
    let last = this.seconds;
    while (p + header <= end && !batch.full) {
      const seconds = view.getUint32(p, little);
      if (seconds !== last) {
        if (captureStartsAt(view, p) || packedStartsAt(view, p)) {
          another = true;
          break;
        }
        if (Math.abs(seconds - last) > DAY_S && this.swallowed(window, p, batch)) return true;
        last = seconds;
      }
      let capLen = view.getUint32(p + 8, little);
      let wireLen = view.getUint32(p + 12, little);
      if (this.lengthsSwapped || (this.maybeSwapped && capLen > wireLen)) {
        const other = capLen;
        capLen = wireLen;
        wireLen = other;
      }
      if (capLen > MAX_SNAPLEN) {
        if (this.swallowed(window, p, batch)) return true;
        throw damaged(this.facts, window.offset, `a packet says it has ${capLen} bytes, more than a capture can hold`);
      }
      if (p + header + capLen > end) break;
      const fraction = view.getUint32(p + 4, little);
      const us = seconds * 1e6 + (perUs === 1 ? fraction : Math.floor(fraction / perUs));
      batch.add(p + header, capLen, wireLen, us, linkType);
      p += header + capLen;
    }
    this.seconds = last;
    window.consume(p - window.start);
    return another;
  }

  /** Consumes what is before `p`, or less where the packet there or the one before it holds the start of another capture. */
  private swallowed(window: ByteWindow, p: number, batch: BatchBuffer): boolean {
    window.consume(p - window.start);
    return swallowedStart(window, batch, this.header, this.header, this.facts);
  }

  finish(window: ByteWindow): void {
    if (!this.variant) {
      throw new EmptyInputError(`${this.facts.name}: ends inside the capture's file header`);
    }
    if (window.length > 0) cutOff(this.facts, window.offset, 'a packet');
  }

  private readFileHeader(window: ByteWindow): boolean {
    const { view, start } = window;
    if (window.length < FILE_HEADER) return false;
    const magic = view.getUint32(start, false);
    this.little = !VARIANTS.has(magic);
    const variant = VARIANTS.get(this.little ? swap32(magic) : magic);
    if (!variant) throw damaged(this.facts, window.offset, 'no capture starts like this');
    if (window.length < FILE_HEADER + (variant.extra ?? 0)) return false;
    const major = view.getUint16(start + 4, this.little);
    const minor = view.getUint16(start + 6, this.little);
    const aix = major === 543 && minor === 0;
    if (major !== 2 && !aix) {
      throw new AnomalyError('BAD_DATA', `${this.facts.name}: capture file of unknown version ${major}.${minor}`);
    }
    this.lengthsSwapped = aix || minor < 3;
    this.maybeSwapped = !aix && minor === 3;
    this.linkType = view.getUint32(start + 20, this.little) & LINK_TYPE_BITS;
    this.variant = variant;
    window.consume(FILE_HEADER + (variant.extra ?? 0));
    if (variant.headers.length === 1) this.header = variant.headers[0];
    return true;
  }

  /** Takes the first layout under which the second packet's header makes sense. */
  private chooseHeader(window: ByteWindow, ended: boolean): boolean {
    const { headers } = this.variant as Variant;
    const { view, start, end, length } = window;
    const little = this.little;
    if (length < 16) return false;
    const capLen = view.getUint32(start + 8, little);
    if (capLen > MAX_SNAPLEN) {
      throw damaged(this.facts, window.offset, `a packet says it has ${capLen} bytes, more than a capture can hold`);
    }
    if (!ended && length < 28 + capLen + 16) return false;
    const seconds = view.getUint32(start, little);
    for (const header of headers) {
      const next = start + header + capLen;
      const plausible =
        next + 16 <= end
          ? Math.abs(view.getUint32(next, little) - seconds) < 1e6 &&
            view.getUint32(next + 4, little) < 1e6 &&
            view.getUint32(next + 8, little) <= MAX_SNAPLEN &&
            view.getUint32(next + 8, little) <= view.getUint32(next + 12, little)
          : next === end;
      if (plausible) {
        this.header = header;
        return true;
      }
    }
    this.header = headers[0];
    return true;
  }
}
