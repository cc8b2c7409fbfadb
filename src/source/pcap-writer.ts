/** Classic capture files, as written: little-endian, µs, the link type of the first packet. */

import type { PacketBatch } from './types.js';

const MAGIC = 0xa1b2c3d4;
export const PCAP_FILE_HEADER_BYTES = 24;
export const PCAP_PACKET_HEADER_BYTES = 16;

/** The 24 bytes at the start of a file. */
export function pcapFileHeader(linkType: number, snapLen = 262_144): Uint8Array {
  const bytes = new Uint8Array(PCAP_FILE_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, snapLen, true);
  view.setUint32(20, linkType, true);
  return bytes;
}

/** A buffer that packets are appended to in the file's form, then handed to a file or pipe. */
export class PcapBuffer {
  private bytes: Uint8Array;
  private view: DataView;
  private used = 0;

  constructor(capacity = 1 << 20) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  get length(): number {
    return this.used;
  }

  /** What was appended since `clear`; valid until the next call of `append`. */
  get content(): Uint8Array {
    return this.bytes.subarray(0, this.used);
  }

  clear(): void {
    this.used = 0;
  }

  appendFileHeader(linkType: number, snapLen?: number): void {
    this.reserve(PCAP_FILE_HEADER_BYTES);
    this.bytes.set(pcapFileHeader(linkType, snapLen), this.used);
    this.used += PCAP_FILE_HEADER_BYTES;
  }

  /** Packet `index` of a batch. */
  appendFrom(batch: PacketBatch, index: number): void {
    const start = batch.offset[index] as number;
    this.append(
      batch.timestampUs[index] as number,
      batch.data,
      start,
      start + (batch.capLen[index] as number),
      batch.wireLen[index] as number,
    );
  }

  /** The packet `data[start..end)`, `wireLen` bytes on the wire, at `timestampUs`. */
  append(timestampUs: number, data: Uint8Array, start: number, end: number, wireLen: number): void {
    const capLen = end - start;
    this.reserve(PCAP_PACKET_HEADER_BYTES + capLen);
    const { view, used } = this;
    const seconds = Math.floor(timestampUs / 1e6);
    view.setUint32(used, seconds, true);
    view.setUint32(used + 4, timestampUs - seconds * 1e6, true);
    view.setUint32(used + 8, capLen, true);
    view.setUint32(used + 12, wireLen, true);
    const at = used + PCAP_PACKET_HEADER_BYTES;
    this.bytes.set(data.subarray(start, end), at);
    this.used = at + capLen;
  }

  private reserve(count: number): void {
    if (this.used + count <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.bytes.length, this.used + count));
    larger.set(this.bytes.subarray(0, this.used));
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }
}
