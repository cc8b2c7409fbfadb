/** Names of the protocols that incidents are about (IANA protocol numbers; -1 ARP, -2 other than IP). */
const NAMES: Readonly<Record<number, string>> = {
  [-2]: 'non-IP',
  [-1]: 'ARP',
  1: 'ICMP',
  2: 'IGMP',
  6: 'TCP',
  17: 'UDP',
  41: 'IPv6 in IP',
  47: 'GRE',
  50: 'ESP',
  51: 'AH',
  58: 'ICMPv6',
  89: 'OSPF',
  103: 'PIM',
  112: 'VRRP',
  132: 'SCTP',
};

export function protocolName(protocol: number): string {
  return NAMES[protocol] ?? `IP protocol ${protocol}`;
}
