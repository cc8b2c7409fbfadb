/**
 * The counts that the envelope watches: the one table of them; detect/rules has the rule of each. A count is NaN on records that are not of its own kind,
 * so that a busy initiator is judged by what it does, not by whatever passes meanwhile.
 */

export interface Count {
  readonly name: string;
  readonly unit: string;
  /** what is counted, in 60 s where nothing else is said */
  readonly doc: string;
}

export const COUNTS = [
  { name: 'responders', unit: 'hosts', doc: 'distinct hosts that the initiator turned to' },
  { name: 'services', unit: 'services', doc: 'distinct hosts and ports that the initiator turned to' },
  { name: 'pair_ports', unit: 'ports', doc: 'distinct ports of one responder that the initiator tried' },
  { name: 'half_open', unit: 'openings', doc: "initiator's SYNs that got no answer" },
  {
    name: 'failed_hosts',
    unit: 'hosts',
    doc: "distinct hosts at which the initiator's TCP connections came to nothing (connection records only)",
  },
  { name: 'unreachables', unit: 'packets', doc: 'ICMP unreachables that the initiator received' },
  { name: 'lookups', unit: 'addresses', doc: 'distinct addresses asked for by ARP or neighbour discovery' },
  { name: 'echoes', unit: 'packets', doc: 'echo requests of the initiator' },
  { name: 'dns_length', unit: 'B', doc: 'length of a DNS query name' },
  { name: 'dns_names', unit: 'names', doc: 'distinct DNS names of the initiator under one parent' },
  { name: 'responder_half_open', unit: 'openings', doc: 'SYNs that the responder received and left without an answer' },
  {
    name: 'mac_conflicts',
    unit: 'packets',
    doc: 'packets of an IP address at another MAC address than its own, while its own is still there',
  },
  {
    name: 'mac_changes',
    unit: 'packets',
    doc: 'packets of an IP address at another MAC address than in training, its own being silent',
  },
  { name: 'macs', unit: 'MAC addresses', doc: 'distinct MAC addresses that sent on the segment' },
] as const satisfies readonly Count[];

export type CountName = (typeof COUNTS)[number]['name'];

/** Place of a count in the extractor's `counts`. */
export const COUNT_INDEX = Object.freeze(
  Object.fromEntries(COUNTS.map((count, index) => [count.name, index])) as Record<CountName, number>,
);
