/** The columns of a conn.log that are read, and how a cell goes into the record. */

import { takeIpv4, takeIpv6 } from '../table/address.js';
import { copySet, copyText, equals, readCount, readMicros } from './cells.js';
import { CONN_STATES, type ConnRecord, ICMP, OTHER, PROTOCOLS, TCP, UDP } from './record.js';

type Setter = (record: ConnRecord, text: Uint8Array, from: number, to: number, separator: number) => boolean;

const encoder = new TextEncoder();
const STATE_WORDS = CONN_STATES.map((state) => encoder.encode(state));
const PROTOCOL_WORDS = PROTOCOLS.map((name) => encoder.encode(name));
const IP_PROTOCOLS = [6, 17, -1, -1];
const COLON = 58;

/** JSON writers of Zeek can give times in ms; seconds reach this in the year 5138. */
const MS_FROM = 1e11 * 1e6;

function address(record: ConnRecord, into: Uint8Array, text: Uint8Array, from: number, to: number): boolean {
  let six = false;
  for (let i = from; i < to && i < from + 5; i++) if (text[i] === COLON) six = true;
  record.ipVersion = six ? 6 : 4;
  return (six ? takeIpv6(text, from, to, into) : takeIpv4(text, from, to, into)) === to;
}

function port(value: number): number {
  return value <= 65535 ? value : -1;
}

/** T, true, 1 -> 1; F, false, 0 -> 0 */
function flag(text: Uint8Array, from: number): number {
  const first = (text[from] as number) | 32;
  return first === 116 || first === 49 ? 1 : first === 102 || first === 48 ? 0 : -1;
}

/**
 * By column name. A setter says false where the cell makes the row worthless. Counts that are no numbers stay "not
 * present": the row still tells who met whom.
 */
const SETTERS: Record<string, Setter> = {
  ts: (r, text, from, to) => {
    const micros = readMicros(text, from, to);
    r.timestampUs = micros >= MS_FROM ? Math.round(micros / 1000) : micros;
    return micros >= 0;
  },
  'id.orig_h': (r, text, from, to) => address(r, r.origH, text, from, to),
  'id.resp_h': (r, text, from, to) => address(r, r.respH, text, from, to),
  'id.orig_p': (r, text, from, to) => {
    r.origP = port(readCount(text, from, to));
    return true;
  },
  'id.resp_p': (r, text, from, to) => {
    r.respP = port(readCount(text, from, to));
    return true;
  },
  proto: (r, text, from, to) => {
    r.proto = OTHER;
    for (let i = TCP; i <= ICMP; i++) if (equals(text, from, to, PROTOCOL_WORDS[i] as Uint8Array)) r.proto = i;
    if (r.proto !== OTHER) r.ipProto = IP_PROTOCOLS[r.proto] as number;
    return true;
  },
  ip_proto: (r, text, from, to) => {
    r.ipProto = readCount(text, from, to);
    return true;
  },
  service: (r, text, from, to, separator) => set(copySet(text, from, to, separator, r.service)),
  duration: (r, text, from, to) => {
    const micros = readMicros(text, from, to);
    r.duration = micros < 0 ? -1 : micros / 1e6;
    return true;
  },
  orig_bytes: (r, text, from, to) => {
    r.origBytes = readCount(text, from, to);
    return true;
  },
  resp_bytes: (r, text, from, to) => {
    r.respBytes = readCount(text, from, to);
    return true;
  },
  conn_state: (r, text, from, to) => {
    r.connState = STATE_WORDS.findIndex((word) => equals(text, from, to, word));
    return true;
  },
  local_orig: (r, text, from) => {
    r.localOrig = flag(text, from);
    return true;
  },
  local_resp: (r, text, from) => {
    r.localResp = flag(text, from);
    return true;
  },
  missed_bytes: (r, text, from, to) => {
    r.missedBytes = readCount(text, from, to);
    return true;
  },
  history: (r, text, from, to) => set(copyText(text, from, to, r.history)),
  orig_pkts: (r, text, from, to) => {
    r.origPkts = readCount(text, from, to);
    return true;
  },
  orig_ip_bytes: (r, text, from, to) => {
    r.origIpBytes = readCount(text, from, to);
    return true;
  },
  resp_pkts: (r, text, from, to) => {
    r.respPkts = readCount(text, from, to);
    return true;
  },
  resp_ip_bytes: (r, text, from, to) => {
    r.respIpBytes = readCount(text, from, to);
    return true;
  },
  label: (r, text, from, to) => set(copyText(text, from, to, r.label)),
  'detailed-label': (r, text, from, to) => set(copyText(text, from, to, r.detailedLabel)),
};

/** Other spellings that labelled data sets and shippers use. */
const ALIASES: Record<string, string> = {
  detailedlabel: 'detailed-label',
  detailed_label: 'detailed-label',
  id_orig_h: 'id.orig_h',
  id_orig_p: 'id.orig_p',
  id_resp_h: 'id.resp_h',
  id_resp_p: 'id.resp_p',
};

/** Without these a row says nothing; a file that lacks one of them is not a conn.log. */
export const REQUIRED = ['ts', 'id.orig_h', 'id.resp_h', 'id.resp_p', 'proto', 'conn_state'] as const;

function set(_: unknown): true {
  return true;
}

export function columnName(name: string): string {
  return ALIASES[name] ?? name;
}

/** What to do with the cells of the column called `name`; undefined: nothing. */
export function setterOf(name: string): Setter | undefined {
  const known = columnName(name);
  return Object.hasOwn(SETTERS, known) ? SETTERS[known] : undefined;
}

export const COLUMN_NAMES: readonly string[] = [...Object.keys(SETTERS), ...Object.keys(ALIASES)];

/** What only the whole row tells. */
export function complete(record: ConnRecord): void {
  if (record.proto === ICMP) record.ipProto = record.ipVersion === 6 ? 58 : 1;
  else if (record.proto === UDP) record.ipProto = 17;
}

export type { Setter };
