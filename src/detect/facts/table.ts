/**
 * The one table of protocol facts: what the protocols' own documents rule out, or leave to few, so that it needs no training to
 * be odd. Training tells how often it happens here all the same: stacks have faults, and captures lose packets.
 */
import type { PatternName } from '../rules/patterns.js';

interface Fact {
  readonly name: string;
  /** what says so */
  readonly source: string;
  readonly pattern: PatternName;
  /** whose records are counted together; none: the sender may be anybody, and is not counted */
  readonly of?: 'address' | 'mac';
  /** where they are counted as well, for a flood of spoofed senders; `ofMany`: what that is called, where it is something else */
  readonly at: 'destination' | 'segment';
  readonly ofMany?: PatternName;
  /** who does it was learned: only others count */
  readonly known?: 'routers' | 'servers' | 'protocols';
  /** it is about what did not come, or came once too often: not where one direction is seen, or each packet comes twice */
  readonly needsBoth?: true;
  readonly needsOnce?: true;
  /** the reason in words: `who` sent, as in "of 10.0.0.9", `v` records; `flags`: of TCP */
  readonly text: (who: string, v: string, flags: string) => string;
}

export const FACTS = [
  {
    name: 'odd_flags',
    // every segment but a SYN or a reset carries ACK (3.1), and SYN begins what FIN and RST end (3.10.7.4)
    source: 'RFC 9293, 3.1 and 3.10.7',
    pattern: 'odd TCP flags',
    of: 'address',
    at: 'destination',
    ofMany: 'odd packets of many',
    text: (who, v, flags) => `${v} segments ${who} in 60 s with TCP flags that no TCP sends: ${flags}`,
  },
  {
    name: 'new_protocols',
    source: 'https://www.iana.org/assignments/protocol-numbers',
    pattern: 'IP protocol scan',
    of: 'address',
    at: 'destination',
    ofMany: 'odd packets of many',
    known: 'protocols',
    text: (who, v) => `${v} different IP protocols ${who} in 60 s that nobody used in training`,
  },
  {
    name: 'hasty_adverts',
    source: 'RFC 4861, 6.2.6: MIN_DELAY_BETWEEN_RAS',
    pattern: 'router advertisement flood',
    of: 'address',
    at: 'segment',
    needsOnce: true,
    text: (who, v) => `${v} router advertisements ${who} in 60 s came less than 3 s after the one before`,
  },
  {
    name: 'new_router',
    source: 'RFC 4861, 6.1.2; RFC 6104',
    pattern: 'rogue router',
    of: 'address',
    at: 'segment',
    known: 'routers',
    text: (who, v) => `${v} router advertisements ${who} in 60 s, and no router of training sent them`,
  },
  {
    name: 'redirects',
    source: 'RFC 1122, 3.2.2.2; RFC 4861, 8',
    pattern: 'ICMP redirects',
    of: 'address',
    at: 'segment',
    known: 'routers',
    text: (who, v) => `${v} ICMP redirects ${who} in 60 s, and no router of training sent them`,
  },
  {
    name: 'unasked_arp',
    source: 'RFC 826; RFC 5227, 3',
    pattern: 'ARP spoofing',
    of: 'mac',
    at: 'segment',
    needsBoth: true,
    text: (who, v) => `${v} ARP replies ${who} in 60 s that nobody had asked for`,
  },
  {
    name: 'unasked_neighbours',
    source: 'RFC 4861, 7.2.4 and 7.2.6: MAX_NEIGHBOR_ADVERTISEMENT',
    pattern: 'neighbour spoofing',
    of: 'address',
    at: 'segment',
    needsBoth: true,
    needsOnce: true,
    text: (who, v) => `${v} neighbour advertisements ${who} in 60 s that nobody had asked for`,
  },
  {
    name: 'new_dhcp_server',
    source: 'RFC 2131; RFC 8415',
    pattern: 'rogue DHCP server',
    of: 'address',
    at: 'segment',
    known: 'servers',
    text: (who, v) => `${v} DHCP answers ${who} in 60 s, and no DHCP server of training sent them`,
  },
  {
    name: 'unasked_syn_acks',
    source: 'RFC 9293, 3.10.7.4',
    pattern: 'unasked answers',
    at: 'destination',
    needsBoth: true,
    text: (who, v) => `${v} SYN-ACKs ${who} in 60 s answered no SYN`,
  },
] as const satisfies readonly Fact[];

export type FactName = (typeof FACTS)[number]['name'];

/** A row with its optional fields. */
export function factAt(index: number): Fact {
  return FACTS[index];
}

/** Place of a fact in the table. */
export const FACT_INDEX = Object.freeze(
  Object.fromEntries(FACTS.map(({ name }, index) => [name, index])) as Record<FactName, number>,
);
