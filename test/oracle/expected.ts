/**
 * What the packet table must hold by tshark's account: the one mapping from tshark's fields to the table's columns.
 *
 * The table describes one IP header and what directly follows it, the outermost or, with --inner, the innermost one; tshark lists
 * every layer of every tunnel. So the protocol stack that tshark names decides which layer of it counts: the first IP of a packet
 * (layers.ts), then the protocol next to it.
 */

import type { ColumnName } from '../../src/table/columns.ts';
import type { Packet } from './layers.ts';
import type { Dissection, Field } from './tshark.ts';

/** By column: the cell that is right, '' for an empty one; undefined where tshark has no say. */
type Expected = Partial<Record<ColumnName, string>>;

/** Tokens of frame.protocols that stand between IP and its transport protocol. */
const EXTENSIONS = /^(ipv6\.|ah$)/;
const IPV6_CHAIN: Readonly<Record<string, Field>> = {
  0: 'ipv6.hopopts.nxt',
  43: 'ipv6.routing.nxt',
  44: 'ipv6.fraghdr.nxt',
  51: 'ah.next_header',
  60: 'ipv6.dstopts.nxt',
};
const LINK_LAYERS = ['eth', 'sll', 'wlan'];
const SAMPLE = 120;

/** The stack as tshark names it, cut down to what the table describes. */
export interface Stack {
  readonly tokens: readonly string[];
  /** the tunnels around it, as the table names them */
  readonly encap: string;
  readonly link: string;
  readonly ip: 'ip' | 'ipv6' | '';
  /** the protocol behind the outermost IP header and its extensions */
  readonly transport: string;
  /** what that one carries */
  readonly application: string;
}

export function stackOf({ tokens, encap }: Packet): Stack {
  const ipAt = tokens.findIndex((token) => token === 'ip' || token === 'ipv6');
  let at = ipAt + 1;
  while (ipAt >= 0 && EXTENSIONS.test(tokens[at] ?? '')) at++;
  return {
    tokens,
    encap,
    link: tokens.find((token) => LINK_LAYERS.includes(token)) ?? tokens[0] ?? '',
    ip: ipAt < 0 ? '' : (tokens[ipAt] as 'ip' | 'ipv6'),
    transport: ipAt < 0 ? '' : (tokens[at] ?? ''),
    application: ipAt < 0 ? '' : (tokens[at + 1] ?? ''),
  };
}

const number = (text: string): string => (text === '' ? '' : String(Number(text)));
/** `0x…` with a fixed count of digits */
const hex = (text: string, digits: number): string =>
  text === '' ? '' : `0x${Number(text).toString(16).padStart(digits, '0')}`;

export function expectedOf(d: Dissection, stack: Stack): Expected {
  const { tokens, transport } = stack;
  const linked = LINK_LAYERS.includes(stack.link);
  const beforeIp = tokens.slice(
    0,
    Math.max(
      0,
      tokens.findIndex((token) => token === 'ip' || token === 'ipv6'),
    ),
  );
  const tag = (stack.ip === '' ? tokens : beforeIp).find((token) => token === 'vlan' || token === 'ieee8021ad');
  const icmp = transport === 'icmp' ? 'icmp' : transport === 'icmpv6' ? 'icmpv6' : undefined;
  const isTcp = transport === 'tcp';
  const ports = (['tcp', 'udp', 'sctp'] as const).find((name) => name === transport);
  const isDns = (isTcp || transport === 'udp') && ['dns', 'mdns', 'llmnr'].includes(stack.application);
  return {
    'frame.time_epoch': d.first('frame.time_epoch').replace(/(\.\d{6})\d*$/, '$1'),
    'frame.len': d.first('frame.len'),
    'frame.cap_len': d.first('frame.cap_len'),
    'eth.src': linked ? d.first('eth.src') || d.first('sll.src.eth') || d.first('wlan.sa') : '',
    'eth.dst': stack.link === 'sll' || !linked ? '' : d.first('eth.dst') || d.first('wlan.da'),
    'eth.type': linked || stack.link === 'llc' ? hex(etherType(d, stack), 4) : '',
    'vlan.id': tag === undefined ? '' : d.first(tag === 'vlan' ? 'vlan.id' : 'ieee8021ad.id'),
    ...(stack.ip === 'ipv6' ? ipv6(d) : ipv4(d, stack.ip)),
    'arp.opcode': stack.ip === '' ? d.first('arp.opcode') : '',
    'arp.src': stack.ip === '' ? d.first('arp.src.proto_ipv4') : '',
    'arp.dst': stack.ip === '' ? d.first('arp.dst.proto_ipv4') : '',
    srcport: ports ? d.first(`${ports}.srcport`) : '',
    dstport: ports ? d.first(`${ports}.dstport`) : '',
    'tcp.flags': isTcp ? hex(d.first('tcp.flags'), 4) : '',
    'tcp.window_size_value': isTcp ? d.first('tcp.window_size_value') : '',
    'tcp.option_kinds': isTcp ? d.all('tcp.option_kind').join('-') : '',
    ...payload(d, stack),
    'icmp.type': icmp ? d.first(`${icmp}.type`) : '',
    'icmp.code': icmp ? d.first(`${icmp}.code`) : '',
    'dns.qry.name': isDns ? dnsName(d.first('dns.qry.name')) : '',
    'dns.qry.type': isDns ? d.first('dns.qry.type') : '',
    'dns.flags.response': isDns ? number(d.first('dns.flags.response')) : '',
    'dns.flags.rcode': isDns ? d.first('dns.flags.rcode') : '',
    ...(isDns ? answers(d) : { 'dns.answers': '' }),
    'tls.sni': isTcp ? escapeName(d.first('tls.handshake.extensions_server_name')) : '',
  };
}

/** tshark does not tell an answer's addresses from those of the sections behind it, where resolvers' options alone stand as a rule. */
function answers(d: Dissection): Expected {
  const field = ({ 1: 'dns.a', 28: 'dns.aaaa' } as const)[Number(d.first('dns.qry.type'))];
  const told = field !== undefined && d.first('dns.flags.rcode') === '0' && d.first('dns.count.queries') === '1';
  if (!told) return { 'dns.answers': '' };
  if (d.first('dns.count.auth_rr') !== '0' || Number(d.first('dns.count.add_rr')) > 1) return {};
  return { 'dns.answers': d.all(field).slice(0, 8).join(' ') };
}

/** tshark 4.0 prints fragment offsets in the field's own unit of 8 bytes. */
const inBytes = (offset: string): string => (offset === '' ? '' : String(8 * Number(offset)));

/** eth.type is Ethernet's; SLL and SNAP have fields of their own for the same number. */
function etherType(d: Dissection, stack: Stack): string {
  if (stack.link === 'sll') return d.first('sll.etype');
  if (stack.link === 'eth' && stack.tokens[stack.tokens.indexOf('eth') + 1] === 'ethertype') return d.first('eth.type');
  return stack.tokens.includes('llc') ? d.first('llc.type') : '';
}

function ipv4(d: Dissection, ip: string): Expected {
  const of = (field: Field) => (ip === '' ? '' : d.first(field));
  const headerLength = of('ip.hdr_len');
  return {
    // IPv6 headers have this field too
    'ip.version': ip === '' ? '' : (d.all('ip.version')[d.place('ip') + d.place('ipv6')] ?? ''),
    'ip.src': of('ip.src'),
    'ip.dst': of('ip.dst'),
    'ip.proto': of('ip.proto'),
    'ip.ttl': of('ip.ttl'),
    'ip.dsfield': number(of('ip.dsfield')),
    'ip.flags': hex(of('ip.flags'), 2),
    'ip.frag_offset': inBytes(of('ip.frag_offset')),
    'ip.len': of('ip.len'),
    'ip.options': headerLength === '' ? '' : Number(headerLength) > 20 ? '1' : '0',
  };
}

function ipv6(d: Dissection): Expected {
  const used = new Map<Field, number>();
  // the extension headers of those outside
  for (const first of d.all('ipv6.nxt').slice(0, d.place('ipv6'))) {
    for (let next = first, field = IPV6_CHAIN[next]; field !== undefined; field = IPV6_CHAIN[next]) {
      const count = used.get(field) ?? 0;
      used.set(field, count + 1);
      next = d.all(field)[count] ?? '';
    }
  }
  let next = d.first('ipv6.nxt');
  let extended = false;
  let fragmented = false;
  for (let field = IPV6_CHAIN[next]; field !== undefined; field = IPV6_CHAIN[next]) {
    extended = true;
    const count = used.get(field) ?? 0;
    used.set(field, count + 1);
    const found = d.all(field)[count];
    if (found === undefined) break;
    next = found;
    if (field === 'ipv6.fraghdr.nxt') {
      fragmented = true;
      if (Number(d.first('ipv6.fraghdr.offset')) > 0) break;
    }
  }
  const length = d.first('ipv6.plen');
  const jumbo = d.first('ipv6.opt.jumbo');
  return {
    'ip.version': d.first('ipv6.version'),
    'ip.src': d.first('ipv6.src'),
    'ip.dst': d.first('ipv6.dst'),
    'ip.proto': next,
    'ip.ttl': d.first('ipv6.hlim'),
    'ip.dsfield': number(d.first('ipv6.tclass')),
    'ip.flags': fragmented ? hex(d.first('ipv6.fraghdr.more'), 2) : '',
    'ip.frag_offset': fragmented ? inBytes(d.first('ipv6.fraghdr.offset')) : '',
    'ip.len': length === '' ? '' : String(Number(length === '0' && jumbo !== '' ? jumbo : length) + 40),
    'ip.options': d.first('ipv6.version') === '' ? '' : extended ? '1' : '0',
  };
}

/** Length by the headers that tshark shows; entropy and share from the payload bytes it shows. */
function payload(d: Dissection, { transport, ip }: Stack): Expected {
  const rest = ip === 'ip' ? Number(d.first('ip.len')) - Number(d.first('ip.hdr_len')) : undefined;
  if (transport === 'tcp') return { 'payload.len': d.first('tcp.len'), ...sample(d.first('tcp.payload')) };
  if (transport === 'udp') {
    const length = d.first('udp.length');
    const payloadLength = Math.min(Number(length), rest ?? Number.POSITIVE_INFINITY) - 8;
    return {
      ...(payloadLength < 0 ? {} : { 'payload.len': length === '' ? '' : String(payloadLength) }),
      ...sample(d.first('udp.payload')),
    };
  }
  if (rest !== undefined && transport === 'icmp') return { 'payload.len': String(rest - 8) };
  if (rest !== undefined && transport === 'sctp') return { 'payload.len': String(rest - 12) };
  return {};
}

function sample(payloadHex: string): Expected {
  if (payloadHex === '') return { 'payload.entropy': '', 'payload.printable': '' };
  const bytes = [...Buffer.from(payloadHex.slice(0, 2 * SAMPLE), 'hex')];
  const counts = new Map<number, number>();
  for (const byte of bytes) counts.set(byte, (counts.get(byte) ?? 0) + 1);
  let entropy = 0;
  for (const count of counts.values()) entropy -= (count / bytes.length) * Math.log2(count / bytes.length);
  const printable = bytes.filter((byte) => byte >= 9 && byte <= 126).length / bytes.length;
  return { 'payload.entropy': decimal(entropy), 'payload.printable': decimal(printable) };
}

/** Three decimals, half up, without trailing zeros. */
function decimal(x: number): string {
  return String(Math.round(x * 1000) / 1000 + 0);
}

function dnsName(name: string): string {
  return name === '<Root>' ? '.' : escapeName(name);
}

/** Names escape some characters that tshark shows as they are. */
function escapeName(name: string): string {
  const escaped = (c: string) => `\\${String(c.charCodeAt(0)).padStart(3, '0')}`;
  return name.replace(/[ ",]/g, escaped).replace(/^[=+\-@]/, escaped);
}
