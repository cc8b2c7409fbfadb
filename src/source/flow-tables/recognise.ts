/** Which flow table a text is, told by its first line; and what to say of those that cannot be judged. */

import { type Field, FLOW_FORMATS, type FlowFormat, flowTable, NEEDED } from './formats.js';

/** What sets the columns of a table off from each other. */
export const SEPARATORS = [',', ';', '\t', '|'] as const;
/** Columns of a format from which on a table without what is needed is one of its kind. */
const KINDRED = 5;

const NFDUMP_HEAD = /^Date (?:first seen|flow start)\s/;
const NFDUMP_ROW = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+\s+\S+\s+\S+\s+\S+\s+<?->\s/;
/** Rows of KDD Cup 99 and NSL-KDD: duration, protocol, service, flag, bytes. */
const KDD_ROW = /^\d+,(?:tcp|udp|icmp),[\w.-]+,(?:SF|S[0-3]|REJ|RST\w*|SH|OTH),\d+,\d+,/i;

/** The names in the header line of a table, in small letters, without blanks and quotes around them. */
export function namesOf(line: string, separator: string): string[] {
  return line.split(separator).map((name) => name.replace(/^[\s"'#]+|[\s"']+$/g, '').toLowerCase());
}

/** What separates the cells of a header line: the mark that stands in it most often. */
export function separatorOf(line: string): string {
  const times = SEPARATORS.map((mark) => line.split(mark).length);
  return SEPARATORS[times.indexOf(Math.max(...times))] ?? ',';
}

function knows(names: readonly string[], format: FlowFormat, field: Field): boolean {
  return flowTable(format).columns[field]?.some((name) => names.includes(name)) ?? false;
}

/** Whether a line is the header of such a table. */
export function isHeader(names: readonly string[], format: FlowFormat): boolean {
  return NEEDED.every((field) => knows(names, format, field));
}

function firstLine(text: string): string {
  return (/^\s*([^\r\n]*)/.exec(text)?.[1] ?? '').replace(/^\ufeff/, '');
}

/** Undefined: `text`, the first characters of an input, is no flow table, or not enough of one. */
export function flowFormatOf(text: string): FlowFormat | undefined {
  const line = firstLine(text);
  if (line.startsWith('{')) return /^\{\s*"timestamp"\s*:|"event_type"\s*:/.test(line) ? 'eve' : undefined;
  if (NFDUMP_HEAD.test(line) || NFDUMP_ROW.test(line)) return 'nfdump-text';
  const separator = separatorOf(line);
  const names = namesOf(line, separator);
  const headed = FLOW_FORMATS.find((format) => isHeader(names, format));
  return headed ?? FLOW_FORMATS.find((format) => hasNoHeader(names, format));
}

/** A row whose cells are as many as the format's columns, with addresses and a protocol where it has them. */
function hasNoHeader(cells: readonly string[], format: FlowFormat): boolean {
  const { headerless, columns } = flowTable(format);
  if (!headerless || cells.length !== headerless.length) return false;
  const at = (field: Field): string => cells[headerless.indexOf(columns[field]?.[0] ?? '')] ?? '';
  const address = /^[\da-f]*[.:][\da-f.:]+$/;
  return address.test(at('src')) && address.test(at('dst')) && /^\d{9,}/.test(at('start'));
}

/** What to say of a table that is near to those that are read; undefined: it is none. */
export function flowStrangeness(text: string): string | undefined {
  const line = firstLine(text);
  const names = namesOf(line, separatorOf(line));
  const kdd = names.includes('protocol_type') && names.includes('src_bytes');
  if (kdd || KDD_ROW.test(line) || /^@relation\b/i.test(line)) {
    return 'is a table like KDD Cup 99 or NSL-KDD, without addresses and times: who met whom, and when, is what is judged, so nothing can be learned from it here';
  }
  if (/^\s*StartTime\s+\S+(?:\s+\S+)*\s+SrcAddr\s/.test(line)) {
    return 'is an Argus table whose columns are set off by blanks; print it with: ra -u -c , -r IN > OUT';
  }
  const [near] = FLOW_FORMATS.map((format) => {
    const fields = Object.keys(flowTable(format).columns) as Field[];
    return { format, known: fields.filter((field) => knows(names, format, field)).length };
  }).sort((a, b) => b.known - a.known);
  if (!near || near.known < KINDRED) return undefined;
  const { title } = flowTable(near.format);
  const addresses = knows(names, near.format, 'src') && knows(names, near.format, 'dst');
  const times = knows(names, near.format, 'start');
  const lacking = [...(addresses ? [] : ['addresses']), ...(times ? [] : ['times'])];
  const what = lacking.length > 0 ? lacking.join(' and ') : 'protocols';
  return `is like a ${title}, but without ${what}: who met whom, and when, is what is judged; use an edition of it that has them`;
}
