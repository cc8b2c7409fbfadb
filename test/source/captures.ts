/** Capture files built byte by byte, and read into plain arrays. */
import { openCaptures, readCaptureStream } from '../../src/source/captures.js';
import type { PacketSource } from '../../src/source/packet-source.js';

export interface Packet {
  us: number;
  data: Uint8Array;
  wireLen: number;
  linkType: number;
}

/** Packets as lines, quicker to compare than arrays of bytes. */
export function asLines(packets: readonly Packet[]): string[] {
  return packets.map((p) => `${p.us} ${p.wireLen} ${p.linkType} ${Buffer.from(p.data).toString('hex')}`);
}

export type Order = 'little' | 'big';

export function u16(value: number, order: Order): Buffer {
  const bytes = Buffer.alloc(2);
  if (order === 'little') bytes.writeUInt16LE(value);
  else bytes.writeUInt16BE(value);
  return bytes;
}

export function u32(value: number, order: Order): Buffer {
  const bytes = Buffer.alloc(4);
  if (order === 'little') bytes.writeUInt32LE(value);
  else bytes.writeUInt32BE(value);
  return bytes;
}

/** A classic capture. `header`: bytes of each packet's header; `unitsPerUs`: 1000 for nanoseconds. */
export function pcap(
  packets: readonly Packet[],
  { order = 'little' as Order, magic = 0xa1b2c3d4, header = 16, unitsPerUs = 1, minor = 4, extra = 0 } = {},
): Buffer {
  const head = [
    u32(magic, order),
    u16(2, order),
    u16(minor, order),
    Buffer.alloc(8),
    u32(65_535, order),
    u32(packets[0]?.linkType ?? 1, order),
    Buffer.alloc(extra),
  ];
  const body = packets.map(({ us, data, wireLen }) =>
    Buffer.concat([
      u32(Math.floor(us / 1e6), order),
      u32((us % 1e6) * unitsPerUs, order),
      u32(data.length, order),
      u32(wireLen, order),
      Buffer.alloc(header - 16, 0xee),
      data,
    ]),
  );
  return Buffer.concat([...head, ...body]);
}

/** One block of pcapng around `body`, padded. */
export function block(type: number, body: Uint8Array, order: Order): Buffer {
  const padded = Buffer.concat([body, Buffer.alloc(-body.length & 3)]);
  const length = u32(padded.length + 12, order);
  return Buffer.concat([u32(type, order), length, padded, length]);
}

export function option(code: number, value: Uint8Array, order: Order): Buffer {
  return Buffer.concat([u16(code, order), u16(value.length, order), value, Buffer.alloc(-value.length & 3)]);
}

export function section(order: Order): Buffer {
  const unknownLength = Buffer.alloc(8, 0xff);
  return block(0x0a0d0d0a, Buffer.concat([u32(0x1a2b3c4d, order), u16(1, order), u16(0, order), unknownLength]), order);
}

export function interfaceBlock(linkType: number, order: Order, snapLen = 0, options: readonly Buffer[] = []): Buffer {
  return block(1, Buffer.concat([u16(linkType, order), u16(0, order), u32(snapLen, order), ...options]), order);
}

/** Enhanced packet block; `ticks` in the interface's own unit. */
export function enhanced(id: number, ticks: bigint, data: Uint8Array, wireLen: number, order: Order): Buffer {
  return block(
    6,
    Buffer.concat([
      u32(id, order),
      u32(Number(ticks >> 32n), order),
      u32(Number(ticks & 0xffffffffn), order),
      u32(data.length, order),
      u32(wireLen, order),
      data,
    ]),
    order,
  );
}

export function simple(data: Uint8Array, wireLen: number, order: Order): Buffer {
  return block(3, Buffer.concat([u32(wireLen, order), data]), order);
}

export interface ReadResult {
  packets: Packet[];
  warnings: readonly string[];
  received: number;
  dropped: number | undefined;
  error: Error | undefined;
}

/** Everything a source gives, with the error it ends in, if any. */
export async function drain(source: PacketSource): Promise<ReadResult> {
  const packets: Packet[] = [];
  let error: Error | undefined;
  try {
    for await (const batch of source) {
      for (let k = 0; k < batch.count; k++) {
        const start = batch.offset[k];
        packets.push({
          us: batch.timestampUs[k],
          data: Uint8Array.from(batch.data.subarray(start, start + batch.capLen[k])),
          wireLen: batch.wireLen[k],
          linkType: batch.linkType[k],
        });
      }
    }
  } catch (cause) {
    error = cause as Error;
  }
  const { warnings, received, dropped } = source.facts;
  return { packets, warnings, received, dropped, error };
}

/** Reads bytes that arrive in pieces of `size`; each piece is overwritten before the next, as a reused buffer would be. */
export function readBytes(bytes: Uint8Array, size = bytes.length || 1): Promise<ReadResult> {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    const buffer = new Uint8Array(size);
    for (let at = 0; at < bytes.length; at += size) {
      buffer.fill(0xaa);
      const piece = bytes.subarray(at, at + size);
      buffer.set(piece);
      yield buffer.subarray(0, piece.length);
    }
  }
  return drain(readCaptureStream(pieces(), 'x.pcap'));
}

export async function readFiles(...paths: string[]): Promise<ReadResult> {
  return drain(await openCaptures(paths));
}

/** `count` packets of different lengths, a ms apart. */
export function somePackets(count: number, startUs = 1_700_000_000_123_456, stepUs = 1000): Packet[] {
  return Array.from({ length: count }, (_, k) => {
    const data = Uint8Array.from({ length: (k * 37) % 120 }, (_, i) => (k + i) & 255);
    return { us: startUs + k * stepUs, data, wireLen: data.length + (k % 3), linkType: 1 };
  });
}
