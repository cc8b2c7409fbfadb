/** Which kind of input it is, told by its first bytes. */

import { COLUMNS } from '../table/columns.js';
import { isPcapMagic } from './pcap.js';

export type InputFormat = 'pcap' | 'pcapng' | 'table' | 'zeek-tsv' | 'zeek-json';

/** Bytes after which every format is told. */
export const TELLING_BYTES = 1024;

const PCAPNG_SECTION = 0x0a0d0d0a;

/** Well-known starts of what people give by mistake, and what to do about it. */
const STRANGERS: readonly [bytes: readonly number[], what: string][] = [
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'is compressed with xz; decompress it first'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'is compressed with zstd; decompress it first'],
  [[0x04, 0x22, 0x4d, 0x18], 'is compressed with lz4; decompress it first'],
  [[0x42, 0x5a, 0x68], 'is compressed with bzip2; decompress it first'],
  [[0x50, 0x4b, 0x03, 0x04], 'is a zip archive; unpack it first'],
  [[0x73, 0x6e, 0x6f, 0x6f, 0x70, 0], 'is a snoop capture; convert it with: editcap -F pcap IN OUT'],
  [[0x47, 0x4d, 0x42, 0x55], 'is a Network Monitor capture; convert it with: editcap -F pcap IN OUT'],
  [[0xa1, 0xb2, 0x34, 0xcd], 'is a capture of an undocumented pcap variant (0xa1b234cd)'],
  [[0xcd, 0x34, 0xb2, 0xa1], 'is a capture of an undocumented pcap variant (0xa1b234cd)'],
];

export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** The format that `bytes`, the first ones of an input, belong to; undefined: none, or more bytes are needed. */
export function formatOf(bytes: Uint8Array): InputFormat | undefined {
  if (bytes.length < 4) return undefined;
  const magic = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, false);
  if (magic === PCAPNG_SECTION) return 'pcapng';
  if (isPcapMagic(magic)) return 'pcap';
  const text = new TextDecoder('latin1').decode(bytes.subarray(0, TELLING_BYTES)).replace(/^\u00ef\u00bb\u00bf/, '');
  if (text.replace(/^"/, '').startsWith(COLUMNS[0].name)) return 'table';
  // other lines that begin with # are comments, also before the header
  if (/^(?:#.*\n)*#(?:separator|fields|path|set_separator|open)\b/.test(text)) return 'zeek-tsv';
  if (/^\s*\{\s*"/.test(text)) return 'zeek-json';
  return undefined;
}

/** What to say of an input whose first bytes belong to no format. */
export function strangeness(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'is empty; capture again, or name another file';
  for (const [start, what] of STRANGERS) if (start.every((byte, i) => bytes[i] === byte)) return what;
  return 'is no capture (pcap, pcapng), packet table or Zeek conn.log, gzipped or not';
}
