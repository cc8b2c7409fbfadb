/** Words of a conn.log that stand for a number: protocols, connection states and flags, in capitals or not. */

import { readCount } from './cells.js';
import { IP_PROTOCOLS } from './layout.js';
import { CONN_STATES, ICMP, OTHER, PROTOCOLS } from './record.js';

/** the bit that tells small letters from capitals; digits have it too */
const SMALL = 32;
const encoder = new TextEncoder();

function smallLetters(word: string): Uint8Array {
  return encoder.encode(word.toLowerCase());
}

/** Zeek's own words, as `smallLetters` writes them: what the compiled kernel is told. */
export const PROTOCOL_WORDS: readonly Uint8Array[] = IP_PROTOCOLS.map((_, proto) => smallLetters(PROTOCOLS[proto]));
export const STATE_WORDS: readonly Uint8Array[] = CONN_STATES.map(smallLetters);

/** Where the word of a connection state goes in a table of 256: its last letter and length, which no two states share. */
export function statePlace(text: Uint8Array, from: number, to: number): number {
  return ((text[to - 1] & 31) << 3) | ((to - from) & 7);
}

const STATE_AT = new Int8Array(256).fill(-1);
for (const [state, word] of STATE_WORDS.entries()) STATE_AT[statePlace(word, 0, word.length)] = state;

/** Whether `text[from..to)` is `word`, which is in small letters. */
function isWord(text: Uint8Array, from: number, to: number, word: Uint8Array): boolean {
  if (to - from !== word.length) return false;
  for (let i = 0; i < word.length; i++) if ((text[from + i] | SMALL) !== word[i]) return false;
  return true;
}

/** What others than Zeek call ICMP of IPv6, and its number. */
const ICMPV6_WORDS: readonly Uint8Array[] = ['icmp6', 'icmpv6', 'ipv6-icmp', 'icmp-ipv6'].map(smallLetters);
const ICMPV6_NUMBER = 58;

/** Index into PROTOCOLS, of a name or a number. */
export function protocolOf(text: Uint8Array, from: number, to: number): number {
  for (const [proto, word] of PROTOCOL_WORDS.entries()) if (isWord(text, from, to, word)) return proto;
  if (ICMPV6_WORDS.some((word) => isWord(text, from, to, word))) return ICMP;
  const number = readCount(text, from, to);
  const proto = number === ICMPV6_NUMBER ? ICMP : (IP_PROTOCOLS as readonly number[]).indexOf(number);
  return proto < 0 ? OTHER : proto;
}

/** Index into CONN_STATES; -1: no state of Zeek's. */
export function stateOf(text: Uint8Array, from: number, to: number): number {
  const state = STATE_AT[statePlace(text, from, to)];
  return state >= 0 && isWord(text, from, to, STATE_WORDS[state]) ? state : -1;
}

/** T, true, 1 -> 1; F, false, 0 -> 0 */
export function flag(text: Uint8Array, from: number): number {
  const first = text[from] | SMALL;
  return first === 116 || first === 49 ? 1 : first === 102 || first === 48 ? 0 : -1;
}
