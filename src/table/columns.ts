/** The packet table, version 2: the one table of its columns. Code, CSV header, reference and tests read it. */

export interface Column {
  readonly name: string;
  readonly type: 'time' | 'int' | 'hex' | 'decimal' | 'mac' | 'ip' | 'kinds' | 'text' | 'ips' | 'stop';
  readonly unit: string;
  readonly doc: string;
}

export const TABLE_VERSION = 2;

export const COLUMNS = [
  { name: 'frame.time_epoch', type: 'time', unit: 's', doc: 'arrival time since the epoch, 6 decimals' },
  { name: 'frame.len', type: 'int', unit: 'B', doc: 'length on the wire' },
  { name: 'frame.cap_len', type: 'int', unit: 'B', doc: 'bytes captured' },
  { name: 'eth.src', type: 'mac', unit: '', doc: 'source MAC address, also of SLL' },
  { name: 'eth.dst', type: 'mac', unit: '', doc: 'destination MAC address' },
  {
    name: 'eth.type',
    type: 'hex',
    unit: '',
    doc: 'EtherType of the Ethernet header (0x8100 when tagged), of SLL or SNAP',
  },
  { name: 'vlan.id', type: 'int', unit: '', doc: 'outermost VLAN identifier' },
  { name: 'ip.version', type: 'int', unit: '', doc: '4 or 6' },
  { name: 'ip.src', type: 'ip', unit: '', doc: 'source address, IPv4 or IPv6' },
  { name: 'ip.dst', type: 'ip', unit: '', doc: 'destination address, IPv4 or IPv6' },
  { name: 'ip.proto', type: 'int', unit: '', doc: 'protocol number after any IPv6 extension headers' },
  { name: 'ip.ttl', type: 'int', unit: 'hops', doc: 'time to live or hop limit' },
  { name: 'ip.dsfield', type: 'int', unit: '', doc: 'differentiated services field, with ECN' },
  {
    name: 'ip.flags',
    type: 'hex',
    unit: '',
    doc: 'flag bits: 4 reserved, 2 DF, 1 MF; IPv6: only with a fragment header',
  },
  { name: 'ip.frag_offset', type: 'int', unit: 'B', doc: 'fragment offset; IPv6: only with a fragment header' },
  {
    name: 'ip.len',
    type: 'int',
    unit: 'B',
    doc: 'IPv4 total length; IPv6 payload length + 40; 0 in the header (offload): as framed',
  },
  { name: 'arp.opcode', type: 'int', unit: '', doc: '1 request, 2 reply' },
  { name: 'arp.src', type: 'ip', unit: '', doc: 'sender protocol address' },
  { name: 'arp.dst', type: 'ip', unit: '', doc: 'target protocol address' },
  { name: 'ip.options', type: 'int', unit: '', doc: '1 with IPv4 options or IPv6 extension headers, else 0' },
  { name: 'srcport', type: 'int', unit: '', doc: 'source port of TCP, UDP or SCTP' },
  { name: 'dstport', type: 'int', unit: '', doc: 'destination port of TCP, UDP or SCTP' },
  { name: 'tcp.flags', type: 'hex', unit: '', doc: '12 flag bits' },
  { name: 'tcp.window_size_value', type: 'int', unit: '', doc: 'window field, not scaled' },
  { name: 'tcp.option_kinds', type: 'kinds', unit: '', doc: 'option kinds in order, joined by -' },
  {
    name: 'payload.len',
    type: 'int',
    unit: 'B',
    doc: 'layer-4 payload on the wire; of later fragments and undecoded protocols all behind IP',
  },
  {
    name: 'payload.entropy',
    type: 'decimal',
    unit: 'bits',
    doc: 'Shannon entropy per byte of the first 120 captured payload bytes',
  },
  {
    name: 'payload.printable',
    type: 'decimal',
    unit: 'share',
    doc: 'share of bytes 9..126 in the first 120 captured payload bytes',
  },
  { name: 'icmp.type', type: 'int', unit: '', doc: 'ICMP or ICMPv6 type' },
  { name: 'icmp.code', type: 'int', unit: '', doc: 'ICMP or ICMPv6 code' },
  { name: 'dns.qry.name', type: 'text', unit: '', doc: 'name of the first question, presentation form' },
  { name: 'dns.qry.type', type: 'int', unit: '', doc: 'type of the first question' },
  { name: 'dns.flags.response', type: 'int', unit: '', doc: '0 query, 1 response' },
  { name: 'dns.flags.rcode', type: 'int', unit: '', doc: 'response code, of responses only' },
  {
    name: 'dns.answers',
    type: 'ips',
    unit: '',
    doc: 'addresses that answer a question of type A or AAAA, the first 8, joined by spaces',
  },
  { name: 'tls.sni', type: 'text', unit: '', doc: 'server name of a TLS ClientHello' },
  { name: 'stop', type: 'stop', unit: '', doc: 'empty, or reason:layer where decoding ended early' },
] as const satisfies readonly Column[];

/** The one column more of a table that describes the inner packets of tunnels (`--inner`); without it a table is of the outermost headers. */
export const ENCAP_COLUMN = {
  name: 'encap',
  unit: '',
  doc: 'only in tables written with `--inner`: the tunnels around what the row describes, the outermost first, joined by -',
} as const;

export type ColumnName = (typeof COLUMNS)[number]['name'];
export const HEADER: string = COLUMNS.map((c) => c.name).join(',');
export const INNER_HEADER: string = `${HEADER},${ENCAP_COLUMN.name}`;
