/**
 * The packet record: one packet as a flat, reusable set of values, which is also one row of the packet table.
 * A decoder or the table reader fills it, everything downstream only reads it, and the next packet overwrites it.
 *
 * -1 means "not present" in every number. The record describes the outermost IP header and what directly follows it or, where
 * inner headers were asked for, the innermost one that could be decoded.
 * Values are held exactly as the table writes them (rounded, escaped), so a record read back from CSV is the same record.
 */

/** Why decoding ended early. The table's cell is `reason:layer`. */
export const STOP_REASONS = ['', 'truncated', 'malformed', 'unsupported'] as const;
export type StopReason = (typeof STOP_REASONS)[number];

/** The layer that a stop names; the order is part of nothing stored, names are. */
export const STOP_LAYERS = [
  '',
  'link',
  'eth',
  'vlan',
  'llc',
  'sll',
  'ppp',
  'arp',
  'ip',
  'ipv6',
  'tcp',
  'udp',
  'icmp',
  'icmpv6',
  'sctp',
  'gre',
  'dns',
  'tls',
  'vxlan',
  'geneve',
  'erspan',
  'mpls',
  'wlan',
] as const;
export type StopLayer = (typeof STOP_LAYERS)[number];

/** What carried the packet that a record describes, in tables of inner headers; `ip` is an IP packet right behind an IP header. */
export const TUNNELS = ['', 'vxlan', 'geneve', 'gre', 'erspan', 'ip', 'mpls'] as const;
export type Tunnel = (typeof TUNNELS)[number];
/** Tunnels in tunnels that are followed; a packet that means well is in two or three. */
export const MAX_TUNNELS = 4;
/** A stack of tunnels is one number, a digit to this base each, the outermost first. */
export const TUNNEL_BASE = 8;

/** A stack of tunnels as the table names it: `gre-vxlan` is VXLAN in GRE. */
export function encapText(encap: number): string {
  const names: Tunnel[] = [];
  for (let rest = encap; rest > 0; rest = Math.floor(rest / TUNNEL_BASE)) {
    names.unshift(TUNNELS[rest % TUNNEL_BASE] ?? '');
  }
  return names.join('-');
}

/** The stack that `text` names; undefined where it names none. */
export function encapOf(text: string): number | undefined {
  if (text === '') return 0;
  const tunnels = text.split('-').map((name) => TUNNELS.indexOf(name as Tunnel));
  if (tunnels.length > MAX_TUNNELS || tunnels.some((index) => index <= 0)) return undefined;
  return tunnels.reduce((encap, index) => encap * TUNNEL_BASE + index, 0);
}

/** Bytes of text in a buffer that is never replaced. Empty (length 0) means "not present". Content is printable ASCII. */
export class TextField {
  readonly bytes: Uint8Array;
  length = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  toString(): string {
    let text = '';
    for (let i = 0; i < this.length; i++) text += String.fromCharCode(this.bytes[i]);
    return text;
  }
}

/** Longest text a name field holds: a 255-byte DNS name (RFC 1035 section 2.3.4) with every byte escaped to `\DDD`. */
export const NAME_CAPACITY = 1024;
/** TCP options fit 40 bytes (RFC 9293 section 3.1). */
export const OPTION_KINDS_CAPACITY = 40;
/** Addresses kept of one DNS answer; clients try them from the first on (RFC 6724 section 6, RFC 8305 section 5). */
export const DNS_ANSWERS_CAPACITY = 8;

export class PacketRecord {
  /** µs since the epoch, an exact integer. */
  timestampUs = 0;
  /** bytes on the wire */
  frameLen = 0;
  /** bytes captured */
  capLen = 0;
  /** MAC addresses as 48-bit numbers */
  ethSrc = -1;
  ethDst = -1;
  ethType = -1;
  vlanId = -1;
  /** 4, 6, or -1 without an IP header */
  ipVersion = -1;
  /** 4 or 16 bytes used, by `ipVersion`; the rest is stale */
  readonly ipSrc = new Uint8Array(16);
  readonly ipDst = new Uint8Array(16);
  ipProto = -1;
  ipTtl = -1;
  ipDsfield = -1;
  /** the three flag bits of IPv4: 4 reserved, 2 DF, 1 MF */
  ipFlags = -1;
  /** bytes */
  ipFragOffset = -1;
  /** bytes: IPv4 total length; for IPv6 payload length + 40 */
  ipLen = -1;
  /** 1: IPv4 options or IPv6 extension headers are present; 0: not; -1 without an IP header */
  ipOptions = -1;
  arpOpcode = -1;
  /** IPv4 addresses of an ARP packet, valid when `arpOpcode` >= 0 */
  readonly arpSrc = new Uint8Array(4);
  readonly arpDst = new Uint8Array(4);
  srcport = -1;
  dstport = -1;
  /** 12 bits: AE (0x100) CWR ECE URG ACK PSH RST SYN FIN (0x001), as tshark's tcp.flags */
  tcpFlags = -1;
  /** as in the header, not scaled */
  tcpWindow = -1;
  readonly tcpOptionKinds = new Uint8Array(OPTION_KINDS_CAPACITY);
  tcpOptionCount = 0;
  /** bytes of layer-4 payload on the wire, by the length fields */
  payloadLen = -1;
  /** bits per byte (0..8), rounded to 3 decimals, and share (0..1) of bytes 9..126, rounded to 3; of the first 120 captured payload bytes; -1 where none was captured */
  payloadEntropy = -1;
  payloadPrintable = -1;
  icmpType = -1;
  icmpCode = -1;
  /** presentation form (RFC 1035 section 5.1, RFC 4343): labels joined by dots, other bytes `\DDD`; "." is the root */
  readonly dnsQryName = new TextField(NAME_CAPACITY);
  dnsQryType = -1;
  /** 0 query, 1 response */
  dnsResponse = -1;
  dnsRcode = -1;
  /** addresses that answer a question of type A (4 bytes each) or AAAA (16 bytes each), one behind the other */
  readonly dnsAnswers = new Uint8Array(16 * DNS_ANSWERS_CAPACITY);
  dnsAnswerCount = 0;
  readonly tlsSni = new TextField(NAME_CAPACITY);
  /** tunnels around what the record describes, each an index into TUNNELS, packed; 0: none, or inner headers were not asked for */
  encap = 0;
  /** index into STOP_REASONS and STOP_LAYERS; 0 = decoded to the end */
  stopReason = 0;
  stopLayer = 0;
  /** byte offset in the frame where decoding stopped; for counts and messages, not a column */
  stopOffset = 0;

  /** Back to "nothing present"; `timestampUs`, `frameLen` and `capLen` become 0. Buffers keep stale bytes. */
  clear(): void {
    this.timestampUs = this.frameLen = this.capLen = 0;
    this.ethSrc = this.ethDst = this.ethType = this.vlanId = -1;
    this.ipVersion = this.ipProto = this.ipTtl = this.ipDsfield = -1;
    this.ipFlags = this.ipFragOffset = this.ipLen = this.ipOptions = -1;
    this.arpOpcode = this.srcport = this.dstport = -1;
    this.tcpFlags = this.tcpWindow = -1;
    this.tcpOptionCount = 0;
    this.payloadLen = this.payloadEntropy = this.payloadPrintable = -1;
    this.icmpType = this.icmpCode = -1;
    this.dnsQryName.length = this.tlsSni.length = 0;
    this.dnsQryType = this.dnsResponse = this.dnsRcode = -1;
    this.dnsAnswerCount = 0;
    this.encap = 0;
    this.stopReason = this.stopLayer = this.stopOffset = 0;
  }
}

/** Bytes of one address that answers a question of the type: 4 of A, 16 of AAAA (RFC 1035, RFC 3596); 0 of others. */
export function answerBytes(questionType: number): 0 | 4 | 16 {
  return questionType === 1 ? 4 : questionType === 28 ? 16 : 0;
}

/** Up to `count` records, one at a time: `read(k, into)` overwrites `into`. Valid until the next batch is asked for. */
export interface RecordBatch {
  readonly count: number;
  read(index: number, into: PacketRecord): void;
}
