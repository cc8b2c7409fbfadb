/** Words and numbers of flow tables that stand for protocols, ports, flags and states. */

import { CONN_STATES } from '../record.js';

const state = (name: (typeof CONN_STATES)[number]): number => CONN_STATES.indexOf(name);
const latin = new TextDecoder('latin1');

/** IP protocol numbers by name (IANA); what Argus calls by what UDP carries is UDP. */
const NUMBERS: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  ipip: 4,
  ipv4: 4,
  tcp: 6,
  egp: 8,
  igp: 9,
  udp: 17,
  rtp: 17,
  rtcp: 17,
  udt: 17,
  ipv6: 41,
  'ipv6-route': 43,
  'ipv6-frag': 44,
  rsvp: 46,
  gre: 47,
  esp: 50,
  ah: 51,
  'ipv6-icmp': 58,
  icmp6: 58,
  icmpv6: 58,
  'ipv6-no': 59,
  'ipv6-opts': 60,
  eigrp: 88,
  ospf: 89,
  ospfigp: 89,
  pim: 103,
  vrrp: 112,
  l2tp: 115,
  sctp: 132,
  udplite: 136,
};
/** What is below IP, or no traffic at all: rows of these are no connections. */
const NO_IP = new Set([
  'arp',
  'rarp',
  'man',
  'llc',
  'ipx',
  'lldp',
  'stp',
  'ether',
  'unas-eth',
  'cdp',
  'aarp',
  'loop',
  'isis',
]);

export const NOT_IP = -2;
export const UNKNOWN = -1;

const known = new Map<string, number>();
/** names remembered, so that a hostile table cannot fill memory */
const MOST_KNOWN = 256;

/** IP protocol number of a name or number; UNKNOWN, or NOT_IP. */
export function protocolNumber(text: Uint8Array, from: number, to: number): number {
  const word = latin.decode(text.subarray(from, Math.min(to, from + 32))).toLowerCase();
  const before = known.get(word);
  if (before !== undefined) return before;
  const number = /^\d{1,3}(?:\.0)?$/.test(word)
    ? Number(word)
    : (NUMBERS[word] ?? (NO_IP.has(word) ? NOT_IP : UNKNOWN));
  const protocol = number > 255 ? UNKNOWN : number;
  if (known.size < MOST_KNOWN) known.set(word, protocol);
  return protocol;
}

/** A port, in decimal (`80`, `80.0`) or with 0x in front in hexadecimal; -1: none. */
export function readPort(text: Uint8Array, from: number, to: number): number {
  let value = 0;
  let i = from;
  if (to - from > 2 && text[from] === 48 && ((text[from + 1] as number) | 32) === 120) {
    for (i = from + 2; i < to; i++) {
      const byte = (text[i] as number) | 32;
      const digit = byte <= 57 ? byte - 48 : byte - 87;
      if (digit < 0 || digit > 15) return -1;
      value = 16 * value + digit;
    }
    return value <= 65_535 ? value : -1;
  }
  for (; i < to; i++) {
    const digit = (text[i] as number) - 48;
    if (digit < 0 || digit > 9) break;
    value = 10 * value + digit;
  }
  if (i === from || (i < to && !(text[i] === 46 && i + 2 === to && text[i + 1] === 48))) return -1;
  return value <= 65_535 ? value : -1;
}

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const ACK = 16;
/** of FIN, SYN, RST, PSH, ACK, URG, ECE, CWR in the TCP header; Argus writes the last two E and C */
const BITS = new Uint8Array(128);
for (const [bit, letter] of [...'FSRPAUEC'].entries())
  BITS[letter.charCodeAt(0)] = BITS[letter.toLowerCase().charCodeAt(0)] = 1 << bit;

/** Flags as letters (`...AP.SF`), or as a number, also hexadecimal without a mark where `hex`; -1: not told. */
export function readFlags(text: Uint8Array, from: number, to: number, hex = false): number {
  if (from === to) return -1;
  let flags = 0;
  for (let i = from; i < to; i++) {
    const byte = text[i] as number;
    if (byte >= 48 && byte <= 57) return flagsNumber(text, from, to, hex);
    if (byte === 46) continue;
    if (hex && byte >= 97 && byte <= 102) return flagsNumber(text, from, to, hex);
    const bit = byte < 128 ? (BITS[byte] as number) : 0;
    if (bit === 0) return -1;
    flags |= bit;
  }
  return flags;
}

function flagsNumber(text: Uint8Array, from: number, to: number, hex: boolean): number {
  const word = latin.decode(text.subarray(from, to));
  const value = /^0x/i.test(word) ? Number(word) : hex ? Number.parseInt(word, 16) : Number(word);
  return value >= 0 && value < 65_536 ? value & 255 : -1;
}

/**
 * Zeek's state of a TCP connection of which the flags of both sides are known; their order is not.
 * @param dst -1: the responder sent nothing
 */
export function stateOfFlags(src: number, dst: number): number {
  if ((src & SYN) === 0) {
    // joined in its middle: only an answer to what was not seen says more
    if (dst < 0 || (dst & SYN) === 0) return state('OTH');
    if ((dst & RST) !== 0) return state('RSTRH');
    return (dst & FIN) !== 0 && src <= 0 ? state('SHR') : state('OTH');
  }
  if (dst < 0) {
    if ((src & RST) !== 0) return state('RSTOS0');
    return (src & FIN) !== 0 ? state('SH') : state('S0');
  }
  if ((dst & SYN) === 0) {
    if ((dst & RST) !== 0) return state('REJ');
    return (src & RST) !== 0 ? state('RSTOS0') : state('S0');
  }
  const closed = (src & FIN) !== 0 && (dst & FIN) !== 0;
  if (closed) return state('SF');
  if ((dst & RST) !== 0) return state('RSTR');
  if ((src & RST) !== 0) return state('RSTO');
  if ((src & FIN) !== 0) return state('S2');
  return (dst & FIN) !== 0 ? state('S3') : state('S1');
}

/** Argus' words for a TCP connection, as far as they say what Zeek's states do. */
const ARGUS: Readonly<Record<string, number>> = {
  REQ: state('S0'),
  INT: state('S0'),
  CON: state('S1'),
  EST: state('S1'),
  FIN: state('SF'),
  CLO: state('SF'),
};

/** Zeek's state of a word of Argus; -1: it does not tell. @param src packets of the originator, -1 not known */
export function stateOfArgus(text: Uint8Array, from: number, to: number, src: number, dst: number): number {
  for (let i = from; i < to; i++) {
    if (text[i] !== 95) continue;
    // S_RA: the flags of either side
    const left = readFlags(text, from, i);
    const right = readFlags(text, i + 1, to);
    return stateOfFlags(left, dst === 0 ? -1 : right);
  }
  const word = latin.decode(text.subarray(from, Math.min(to, from + 8)));
  // one packet each, and one of them a reset: a SYN, and the answer to it
  if (word === 'RST') return src === 1 && dst === 1 ? state('REJ') : -1;
  if (word === 'REQ' && dst > 0) return -1;
  return ARGUS[word] ?? -1;
}

export const UNANSWERED = state('S0');
export const DONE = state('SF');
export const JOINED = state('OTH');
export const ANSWER_ONLY = state('SHR');
