/** Classic capture files, as written: little-endian, µs. */

import { MAX_SNAPLEN } from '../base/limits.js';

const MAGIC = 0xa1b2c3d4;
export const PCAP_FILE_HEADER_BYTES = 24;
export const PCAP_PACKET_HEADER_BYTES = 16;

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

function putUint32(buffer: Uint8Array, at: number, value: number): void {
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
