/** Which kind of input it is, told by its first bytes. */

import { COLUMNS } from '../table/columns.js';
import { isPcapMagic } from './capture-start.js';
import { type FlowFormat, isFlowFormat } from './flow-tables/formats.js';
import { flowFormatOf, flowStrangeness } from './flow-tables/recognise.js';
import { archiveAdvice } from './packers.js';

export type InputFormat = 'pcap' | 'pcapng' | 'table' | 'zeek-tsv' | 'zeek-json' | FlowFormat;

/** Whether records of such an input are connections; else they are packets. */
export function hasConnections(format: InputFormat): boolean {
  return format.startsWith('zeek') || isFlowFormat(format);
}

/** Bytes after which every format is told: a header line of CICFlowMeter has 1500. */
export const TELLING_BYTES = 4096;

/** First lines of a conn.log without Zeek's header: the names of its columns, among them the originator's; or a row as Zeek has them. */
const PLAIN_LOG: readonly RegExp[] = [
  /^[^\n]*(?<=[\t,;|" ]|^)(?:id[._:/-]?)?orig[._-]?h(?=[\t,;|" \r\n])/i,
  /^"?\d[^\t,;|]*([\t,;|])[^\t,;|]*\1"?[0-9a-f.:]+"?\1"?\d+(?:\.0)?"?\1"?[0-9a-f.:]+"?\1"?\d+(?:\.0)?"?\1"?[a-z_]+"?\1/i,
];

const PCAPNG_SECTION = 0x0a0d0d0a;

/** Well-known starts of what people give by mistake, and what to do about it. */
const STRANGERS: readonly [bytes: readonly number[], what: string][] = [
  [[0x73, 0x6e, 0x6f, 0x6f, 0x70, 0], 'is a snoop capture; convert it with: editcap -F pcap IN OUT'],
  [[0x47, 0x4d, 0x42, 0x55], 'is a Network Monitor capture; convert it with: editcap -F pcap IN OUT'],
  [[0xa1, 0xb2, 0x34, 0xcd], 'is a capture of an undocumented pcap variant (0xa1b234cd)'],
  [[0xcd, 0x34, 0xb2, 0xa1], 'is a capture of an undocumented pcap variant (0xa1b234cd)'],
];

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
  if (/^\s*\[?\s*\{\s*"/.test(text)) return 'zeek-json';
  return PLAIN_LOG.some((line) => line.test(text)) ? 'zeek-tsv' : undefined;
}

/** What to say of an input whose first bytes belong to no format. */
export function strangeness(bytes: Uint8Array): string {
  for (const [start, what] of STRANGERS) if (start.every((byte, i) => bytes[i] === byte)) return what;
  const near =
    archiveAdvice(bytes) ?? flowStrangeness(new TextDecoder('latin1').decode(bytes.subarray(0, TELLING_BYTES)));
  return near ?? 'is no capture (pcap, pcapng), packet table, Zeek conn.log or flow table, compressed or not';
}
