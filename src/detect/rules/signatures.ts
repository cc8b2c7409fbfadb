/**
 * The number of each kind, for readers that know an alert by gid and sid, as Suricata's and Snort's do. People filter and silence
 * by these: a number never changes, and that of a kind that is no more is not given again.
 *
 * 1,000,000 to 1,999,999 is for local use (sidallocation.org). Who writes rules of his own begins at its beginning, so these are
 * its last thousand. gid 1 is that of rules, and Snort's decoders and preprocessors have gids of three digits: ours is the
 * thousand itself.
 */
import type { PatternName } from './patterns.js';

export const GENERATOR_ID = 1999;
/** Raised when what kinds mean changes. */
export const SIGNATURE_REVISION = 1;
const FIRST = GENERATOR_ID * 1000;

const NUMBERS = {
  'new client': 1,
  'new service': 2,
  'new server': 3,
  'refused connections': 4,
  'odd TCP flags': 5,
  'IP protocol scan': 6,
  'host sweep': 7,
  'ARP sweep': 8,
  'ping sweep': 9,
  'port scan': 10,
  'ping flood': 11,
  'odd packets of many': 12,
  'unasked answers': 13,
  'SYN flood': 14,
  'UDP flood': 15,
  'ICMP tunnel': 16,
  'connection flood': 17,
  'password guessing': 18,
  'request flood': 19,
  'service load': 20,
  'held connections': 21,
  'reversed roles': 22,
  'large download': 23,
  'long session': 24,
  'unusual use': 25,
  'unusual protocol': 26,
  'DNS tunnel': 27,
  'large upload': 28,
  beacon: 29,
  'router advertisement flood': 30,
  'ICMP redirects': 31,
  'neighbour spoofing': 32,
  'rogue router': 33,
  'rogue DHCP server': 34,
  'changed MAC address': 35,
  'MAC flood': 36,
  'ARP spoofing': 37,
} as const satisfies Record<PatternName, number>;

/** The signature's id of a kind; the thousand's own number for what is no kind of the table. */
export function signatureId(kind: string): number {
  return FIRST + (Object.hasOwn(NUMBERS, kind) ? NUMBERS[kind as PatternName] : 0);
}
