/** Which kind of input it is, told by its first bytes. */

import { COLUMNS } from '../table/columns.js';
import { isPcapMagic } from './capture-start.js';
import { type FlowFormat, isFlowFormat } from './flow-tables/formats.js';
import { flowFormatOf, flowStrangeness } from './flow-tables/recognise.js';

export type InputFormat = 'pcap' | 'pcapng' | 'table' | 'zeek-tsv' | 'zeek-json' | FlowFormat;

/** Whether records of such an input are connections; else they are packets. */
export function hasConnections(format: InputFormat): boolean {
  return format.startsWith('zeek') || isFlowFormat(format);
}

/** Bytes after which every format is told: a header line of CICFlowMeter has 1500. */
export const TELLING_BYTES = 4096;

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
  const flows = flowFormatOf(text);
  if (flows) return flows;
  if (/^\s*\{\s*"/.test(text)) return 'zeek-json';
  return undefined;
}

/** UTF-16 is told by this many characters, where no byte order mark leads. */
const TELLING_CHARACTERS = 8;

/** What iconv calls the encoding of `bytes`, the first ones of a text of two bytes a character; undefined where it is none. */
function wideText(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return 'UTF-16';
  if (bytes.length < 2 * TELLING_CHARACTERS) return undefined;
  // what we read is ASCII for the most part: every second byte is zero
  const ascii = (at: number): boolean => {
    for (let i = 0; i < 2 * TELLING_CHARACTERS; i += 2) {
      const byte = bytes[i + at];
      if (bytes[i + 1 - at] !== 0 || byte < 9 || byte > 126) return false;
    }
    return true;
  };
  if (ascii(0)) return 'UTF-16LE';
  return ascii(1) ? 'UTF-16BE' : undefined;
}

/** What to say of an input whose first bytes belong to no format. */
export function strangeness(bytes: Uint8Array): string {
  for (const [start, what] of STRANGERS) if (start.every((byte, i) => bytes[i] === byte)) return what;
  const encoding = wideText(bytes);
  if (encoding) return `is UTF-16 text; convert it with: iconv -f ${encoding} -t UTF-8 IN > OUT`;
  const near = flowStrangeness(new TextDecoder('latin1').decode(bytes.subarray(0, TELLING_BYTES)));
  return near ?? 'is no capture (pcap, pcapng), packet table, Zeek conn.log or flow table, gzipped or not';
}
