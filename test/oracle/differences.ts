/** Where the packet table and tshark are known to differ, each class with its reason. First match counts. */

import type { ColumnName, ENCAP_COLUMN } from '../../src/table/columns.ts';
import type { Stack } from './expected.ts';
import type { Dissection } from './tshark.ts';

export interface Difference {
  readonly column: ColumnName | typeof ENCAP_COLUMN.name;
  readonly ours: string;
  readonly theirs: string;
  /** the `stop` cell of our row */
  readonly stop: string;
  readonly stack: Stack;
  readonly dissection: Dissection;
}

interface DifferenceClass {
  readonly name: string;
  readonly reason: string;
  readonly matches: (difference: Difference) => boolean;
}

export const DIFFERENCES: readonly DifferenceClass[] = [
  {
    name: 'link type not decoded',
    reason: 'tshark decodes link types that the table names, counts and leaves alone (Frame Relay, Token Ring, USB, …)',
    matches: ({ stop }) => stop === 'unsupported:link',
  },
  {
    name: 'encapsulation not decoded',
    reason: 'MPLS, PBB, VN-tag, Arista, Cisco and other headers between the link layer and IP',
    matches: ({ stop, ours, theirs }) =>
      ours === '' && theirs !== '' && /^unsupported:(eth|vlan|llc|sll|ppp)$/.test(stop),
  },
  {
    name: 'tunnel not entered',
    reason:
      'what a tunnel carries is described once its first header is there whole and of a kind that is decoded; else the row is of the outside and `stop` says why',
    matches: ({ column, stop, theirs }) => column === 'encap' && stop !== '' && theirs !== '',
  },
  {
    name: 'management frame of 802.11',
    reason: 'the table has the addresses of data frames alone',
    matches: ({ column, stop, ours }) => /^eth\.(src|dst)$/.test(column) && stop === 'unsupported:wlan' && ours === '',
  },
  {
    name: 'fragment of 802.11',
    reason: 'tshark shows a first fragment as data; the table decodes what is there',
    matches: ({ stack, theirs }) => stack.link === 'wlan' && theirs === '' && stack.tokens.at(-1) === 'data',
  },
  {
    name: 'layer left out',
    reason:
      'a header that is cut short or contradicts itself is left out as a whole and said in `stop`; tshark shows its first fields',
    matches: ({ stop, ours, theirs, column }) =>
      /^(truncated|malformed):/.test(stop) && theirs !== '' && (ours === '' || column === 'ip.proto'),
  },
  {
    name: 'header read to its end',
    reason:
      'where a length field is impossible the table keeps what the rest of the header says; tshark stops reading there',
    matches: ({ stop, ours, theirs }) => /^malformed:(ip|tcp|udp)$/.test(stop) && ours !== '' && theirs === '',
  },
  {
    name: 'name with a pointer that tshark distrusts',
    reason:
      'tshark guesses a loop where pointers lead farther than the message is long; the table follows up to 16 of them',
    matches: ({ column, ours, theirs }) => column === 'dns.qry.name' && ours !== '' && theirs.startsWith('<Name'),
  },
  {
    name: 'name cut by the capture',
    reason:
      'of a DNS name that the snap length cut the table keeps the whole labels, and says truncated; tshark shows none',
    matches: ({ column, stop, theirs }) => column === 'dns.qry.name' && stop === 'truncated:dns' && theirs === '',
  },
  {
    name: 'name with other bytes than ASCII',
    reason: 'the table writes such bytes as \\DDD; tshark replaces them by U+FFFD and thereby loses them',
    matches: ({ column, ours, theirs }) =>
      column === 'dns.qry.name' && theirs.includes('\ufffd') && sameButForOtherBytes(ours, theirs),
  },
  {
    name: 'DNS on another port',
    reason: 'tshark recognises DNS by its content on any UDP port; the table looks at ports 53, 5353 and 5355',
    matches: ({ column, ours, stack }) => column.startsWith('dns.') && ours === '' && stack.application === 'dns',
  },
  {
    name: 'DNS port in a conversation of TFTP',
    reason: 'tshark takes a port for TFTP where a TFTP request of the scan went before; the packets are DNS',
    matches: ({ column, theirs, stack }) => column.startsWith('dns.') && theirs === '' && stack.application === 'tftp',
  },
  {
    name: 'length beyond the packet',
    reason:
      'a length field that claims more than the packet has: the table gives the bytes there are, tshark the claim',
    matches: ({ column, ours, theirs, dissection }) =>
      column === 'payload.len' &&
      Number(ours) < Number(theirs) &&
      (Number(theirs) > Number(dissection.first('frame.len')) - 62 ||
        Number(theirs) > Number(dissection.first('ipv6.plen') || Number.POSITIVE_INFINITY)),
  },
  {
    name: 'first fragment',
    reason: 'the table gives the payload bytes in this fragment; tshark gives no segment length for fragments',
    matches: ({ column, theirs, dissection }) =>
      column === 'payload.len' &&
      theirs === '' &&
      dissection.all('ip.flags').some((flags) => (Number(flags) & 1) === 1),
  },
  {
    name: 'text in a TCP reset',
    reason: 'tshark shows the data of a reset as its cause, not as payload',
    matches: ({ column, theirs, stack, dissection }) =>
      /^payload\.(entropy|printable)$/.test(column) &&
      theirs === '' &&
      stack.transport === 'tcp' &&
      (Number(dissection.first('tcp.flags')) & 4) === 4,
  },
  {
    name: 'offloaded IPv6 packet',
    reason:
      'payload length 0 in a frame of more than 65 535 bytes is segmentation offload; tshark 4.0 takes it for no payload',
    matches: ({ dissection }) => dissection.first('ipv6.plen') === '0' && Number(dissection.first('frame.len')) > 65535,
  },
  {
    name: 'ARP for other addresses than IPv4',
    reason: 'the table holds ARP for IPv4 only and says unsupported:arp',
    matches: ({ column, stop }) => column === 'arp.opcode' && stop === 'unsupported:arp',
  },
  {
    name: 'tshark gave up',
    reason: 'tshark calls an option malformed and shows no further ones',
    matches: ({ column, dissection }) => column === 'tcp.option_kinds' && dissection.first('_ws.malformed') !== '',
  },
  {
    name: 'packet without a time',
    reason: 'a simple packet block of pcapng has no time: the table says 0, tshark nothing',
    matches: ({ column, theirs }) => column === 'frame.time_epoch' && theirs === '',
  },
  {
    name: 'time with more than a million microseconds',
    reason: 'the table carries them over into seconds; tshark prints digits that are no time',
    matches: ({ column, ours, theirs }) => column === 'frame.time_epoch' && Number(ours) > Number(theirs),
  },
];

/** Both names with every run of other characters than ASCII as one U+FFFD. */
function sameButForOtherBytes(ours: string, theirs: string): boolean {
  const plain = ours.replace(/(\\(1(2[89]|[3-9]\d)|2\d\d))+/g, '\ufffd');
  return plain === theirs.replace(/[\u0080-\uffff]+/g, '\ufffd');
}

export function classify(difference: Difference): string {
  return DIFFERENCES.find((known) => known.matches(difference))?.name ?? UNEXPLAINED;
}

export const UNEXPLAINED = 'unexplained';
