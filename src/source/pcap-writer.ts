/** Classic capture files, as written: little-endian, µs, one link type a file. */

import { MAX_SNAPLEN } from '../base/limits.js';
import type { PacketBatch } from './packet-source.js';

const MAGIC = 0xa1b2c3d4;
export const PCAP_FILE_HEADER_BYTES = 24;
export const PCAP_PACKET_HEADER_BYTES = 16;

/** A format of capture files, as packets are put into it one by one. */
export interface CaptureWriter {
  /** Bytes that a packet may take beside its own. */
  readonly marginBytes: number;
  /** Puts what stands before the first packet of this link type at `buffer[at]`. @returns the offset after it */
  begin(buffer: Uint8Array, at: number, linkType: number): number;
  /** Puts packet `index` of `batch` at `buffer[at]`. @returns the offset after it; -1: the format has no place for its link type */
  put(buffer: Uint8Array, at: number, batch: PacketBatch, index: number): number;
  /** Of `bytes` as they were put, `written` reached the disk: how many of these are whole. @param fromStart the file begins with them */
  whole(bytes: Uint8Array, written: number, fromStart: boolean): number;
}

export class PcapWriter implements CaptureWriter {
  readonly marginBytes = PCAP_FILE_HEADER_BYTES + PCAP_PACKET_HEADER_BYTES;
  private linkType = -1;

  begin(buffer: Uint8Array, at: number, linkType: number): number {
    this.linkType = linkType;
    buffer.set(pcapFileHeader(linkType), at);
    return at + PCAP_FILE_HEADER_BYTES;
  }

  put(buffer: Uint8Array, at: number, batch: PacketBatch, index: number): number {
    const { linkType, timestampUs, data, offset, capLen, wireLen } = batch;
    const from = this.linkType < 0 ? this.begin(buffer, at, linkType[index]) : at;
    if (linkType[index] !== this.linkType) return -1;
    const start = offset[index];
    return putPacket(buffer, from, timestampUs[index], data, start, start + capLen[index], wireLen[index]);
  }

  whole(bytes: Uint8Array, written: number, fromStart: boolean): number {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let p = fromStart ? PCAP_FILE_HEADER_BYTES : 0;
    if (p > written) return 0;
    while (p + PCAP_PACKET_HEADER_BYTES <= written) {
      const next = p + PCAP_PACKET_HEADER_BYTES + view.getUint32(p + 8, true);
      if (next > written) break;
      p = next;
    }
    return p;
  }
}

/** The bytes at the start of a file. @param linkType LINKTYPE_ number @param snapLen bytes kept of a packet at most */
export function pcapFileHeader(linkType: number, snapLen = MAX_SNAPLEN): Uint8Array {
  const bytes = new Uint8Array(PCAP_FILE_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, snapLen, true);
  view.setUint32(20, linkType, true);
  return bytes;
}

export function putUint32(buffer: Uint8Array, at: number, value: number): void {
  buffer[at] = value;
  buffer[at + 1] = value >>> 8;
  buffer[at + 2] = value >>> 16;
  buffer[at + 3] = value >>> 24;
}

/**
 * Writes the packet `data[start..end)` with its header at `buffer[at]`, where `PCAP_PACKET_HEADER_BYTES` and its length must be free.
 * @param timestampUs µs since the epoch
 * @param wireLen bytes it had on the wire
 * @returns the offset after it
 */
export function putPacket(
  buffer: Uint8Array,
  at: number,
  timestampUs: number,
  data: Uint8Array,
  start: number,
  end: number,
  wireLen: number,
): number {
  const seconds = Math.floor(timestampUs / 1e6);
  putUint32(buffer, at, seconds);
  putUint32(buffer, at + 4, timestampUs - seconds * 1e6);
  putUint32(buffer, at + 8, end - start);
  putUint32(buffer, at + 12, wireLen);
  const body = at + PCAP_PACKET_HEADER_BYTES;
  buffer.set(start === 0 && end === data.length ? data : data.subarray(start, end), body);
  return body + end - start;
}
