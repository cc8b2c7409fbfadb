/** Classic pcap files for tests: a writer, and a reader of plain well-formed ones that shares nothing with the product's. */

export interface CapturedPacket {
  data: Uint8Array;
  /** bytes on the wire; default: all captured */
  wireLen?: number;
  /** µs since the epoch, or ns in nanosecond files; default: one second apart */
  timestamp?: number;
}

interface PcapOptions {
  linkType?: number;
  snaplen?: number;
  bigEndian?: boolean;
  nanoseconds?: boolean;
}

const FILE_HEADER = 24;
const PACKET_HEADER = 16;
const MAGIC_MICRO = 0xa1b2c3d4;
const MAGIC_NANO = 0xa1b23c4d;
const FIRST_SECOND = 1_700_000_000;

export function pcapFile(packets: readonly (CapturedPacket | Uint8Array)[], options: PcapOptions = {}): Uint8Array {
  const little = !options.bigEndian;
  const units = options.nanoseconds ? 1e9 : 1e6;
  const list = packets.map((packet) => (packet instanceof Uint8Array ? { data: packet } : packet));
  const size = list.reduce((sum, { data }) => sum + PACKET_HEADER + data.length, FILE_HEADER);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, options.nanoseconds ? MAGIC_NANO : MAGIC_MICRO, little);
  view.setUint16(4, 2, little);
  view.setUint16(6, 4, little);
  view.setUint32(16, options.snaplen ?? 262144, little);
  view.setUint32(20, options.linkType ?? 1, little);
  let at = FILE_HEADER;
  list.forEach(({ data, wireLen, timestamp }: CapturedPacket, i) => {
    const time = timestamp ?? (FIRST_SECOND + i) * units;
    view.setUint32(at, Math.floor(time / units), little);
    view.setUint32(at + 4, time % units, little);
    view.setUint32(at + 8, data.length, little);
    view.setUint32(at + 12, wireLen ?? data.length, little);
    bytes.set(data, at + PACKET_HEADER);
    at += PACKET_HEADER + data.length;
  });
  return bytes;
}

/** The whole packets of a classic pcap; undefined where it is none. `timestamp` is in µs. */
export function readPcap(bytes: Uint8Array): { linkType: number; packets: Required<CapturedPacket>[] } | undefined {
  if (bytes.length < FILE_HEADER) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = [MAGIC_MICRO, MAGIC_NANO].includes(view.getUint32(0, true));
  const magic = view.getUint32(0, little);
  if (magic !== MAGIC_MICRO && magic !== MAGIC_NANO) return undefined;
  const packets: Required<CapturedPacket>[] = [];
  for (let at = FILE_HEADER; at + PACKET_HEADER <= bytes.length; ) {
    const capLen = view.getUint32(at + 8, little);
    if (at + PACKET_HEADER + capLen > bytes.length) break;
    const fraction = view.getUint32(at + 4, little);
    packets.push({
      data: bytes.subarray(at + PACKET_HEADER, at + PACKET_HEADER + capLen),
      wireLen: view.getUint32(at + 12, little),
      timestamp: view.getUint32(at, little) * 1e6 + (magic === MAGIC_NANO ? Math.floor(fraction / 1000) : fraction),
    });
    at += PACKET_HEADER + capLen;
  }
  return { linkType: view.getUint32(20, little) & 0xffff, packets };
}
