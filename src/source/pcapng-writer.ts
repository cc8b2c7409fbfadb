/**
 * pcapng files (draft-ietf-opsawg-pcapng), as written: little-endian, µs, one section, an interface for each link type.
 *
 *   section header | interface 0 | packets | interface 1, when its first packet comes | packets of both
 */

import { MAX_SNAPLEN } from '../base/limits.js';
import type { PacketBatch } from './packet-source.js';
import { type CaptureWriter, putUint32 } from './pcap-writer.js';

const SECTION = { type: 0x0a0d0d0a, bytes: 28, byteOrder: 0x1a2b3c4d, version: 1 } as const;
const INTERFACE = { type: 1, bytes: 20 } as const;
/** enhanced packet block: bytes before the packet, and after it without the padding */
const PACKET = { type: 6, before: 28, after: 4 } as const;
const PADDING = 3;

export class PcapngWriter implements CaptureWriter {
  readonly marginBytes = SECTION.bytes + INTERFACE.bytes + PACKET.before + PADDING + PACKET.after;
  private readonly linkTypes: number[] = [];

  begin(buffer: Uint8Array, at: number, linkType: number): number {
    const from = this.linkTypes.length === 0 ? putSection(buffer, at) : at;
    this.linkTypes.push(linkType);
    putUint32(buffer, from, INTERFACE.type);
    putUint32(buffer, from + 4, INTERFACE.bytes);
    putUint32(buffer, from + 8, linkType);
    putUint32(buffer, from + 12, MAX_SNAPLEN);
    putUint32(buffer, from + 16, INTERFACE.bytes);
    return from + INTERFACE.bytes;
  }

  put(buffer: Uint8Array, at: number, batch: PacketBatch, index: number): number {
    const linkType = batch.linkType[index];
    const from = this.linkTypes.includes(linkType) ? at : this.begin(buffer, at, linkType);
    const timestampUs = batch.timestampUs[index];
    const length = batch.capLen[index];
    const padded = (length + PADDING) & ~PADDING;
    const total = PACKET.before + padded + PACKET.after;
    putUint32(buffer, from, PACKET.type);
    putUint32(buffer, from + 4, total);
    putUint32(buffer, from + 8, this.linkTypes.indexOf(linkType));
    putUint32(buffer, from + 12, Math.floor(timestampUs / 2 ** 32));
    putUint32(buffer, from + 16, timestampUs);
    putUint32(buffer, from + 20, length);
    putUint32(buffer, from + 24, batch.wireLen[index]);
    const body = from + PACKET.before;
    const start = batch.offset[index];
    buffer.set(batch.data.subarray(start, start + length), body);
    buffer.fill(0, body + length, body + padded);
    putUint32(buffer, body + padded, total);
    return from + total;
  }

  /** Blocks say how long they are. */
  whole(bytes: Uint8Array, written: number): number {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let p = 0;
    while (p + 8 <= written && p + view.getUint32(p + 4, true) <= written) p += view.getUint32(p + 4, true);
    return p;
  }
}

function putSection(buffer: Uint8Array, at: number): number {
  putUint32(buffer, at, SECTION.type);
  putUint32(buffer, at + 4, SECTION.bytes);
  putUint32(buffer, at + 8, SECTION.byteOrder);
  putUint32(buffer, at + 12, SECTION.version);
  // how long the section is: not said
  buffer.fill(0xff, at + 16, at + 24);
  putUint32(buffer, at + 24, SECTION.bytes);
  return at + SECTION.bytes;
}
