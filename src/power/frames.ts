/** Acts as frames: the bytes that a capture of this network would hold, in order of time. */

import {
  type Act,
  type Conversation,
  type Host,
  ICMP_BYTES,
  IPV4_BYTES,
  ipHeaderBytes,
  type Link,
  MTU,
  optionBytes,
  TCP_BYTES,
  UDP_BYTES,
} from './act.js';
import { inOrder } from './order.js';
import { type Segment, segmentsOf } from './segments.js';
import { checksum, ETHERTYPE, FLAG, type Frame, fill, IP_PROTOCOL, linkFrame, putIp, putOptions } from './write.js';

const ECHO = { request: [8, 128], reply: [0, 129] } as const;
/** destination unreachable, port unreachable: type and code of ICMP (RFC 792) and ICMPv6 (RFC 4443) */
const UNREACHABLE = [
  [3, 3],
  [1, 4],
] as const;

/** @param acts by time of their beginning @param seed of payloads and sequence numbers */
export function framesOf(acts: Iterable<Act>, link: Link, seed: number): Generator<Frame> {
  // each side of a conversation has a seed of its own
  return inOrder(acts, (act, number) => framesOfOne(act, link, seed + 2 * number));
}

function* framesOfOne(act: Act, link: Link, seed: number): Generator<Frame> {
  if (act.type === 'announcement') {
    const { bytes, at } = linkFrame(link, act.from.look.mac, act.toMac, act.etherType, act.bytes.length);
    bytes.set(act.bytes, at);
    yield captured(bytes, act.startUs, link);
    return;
  }
  const writer = new ConversationWriter(act, link, seed);
  for (const segment of segmentsOf(act)) yield captured(writer.frame(segment), segment.timeUs, link);
}

function captured(bytes: Uint8Array, timestampUs: number, { type, snapLen }: Link): Frame {
  const kept = bytes.length > snapLen ? bytes.subarray(0, snapLen) : bytes;
  return { timestampUs, linkType: type, bytes: kept, wireLen: bytes.length };
}

class ConversationWriter {
  /** next sequence number of client and server */
  private readonly next: [number, number];
  /** µs of what each side sent last, for the other one's time stamps */
  private readonly lastUs: [number, number] = [-1, -1];
  private ids: number;
  private echo = 0;

  constructor(
    private readonly talk: Conversation,
    private readonly link: Link,
    private readonly seed: number,
  ) {
    this.next = [Math.imul(seed, 0x9e3779b1) >>> 0, Math.imul(seed, 0x85ebca77) >>> 0];
    this.ids = seed & 0xffff;
  }

  frame(segment: Segment): Uint8Array {
    if (segment.unreachable) return this.unreachable(segment);
    const { protocol } = this.talk;
    if (protocol === 'tcp') return this.tcp(segment);
    return protocol === 'udp' ? this.udp(segment) : this.icmp(segment);
  }

  /** A frame with room for `length` bytes after the header of IP, which is written. */
  private ip(fromClient: boolean, protocol: number, length: number): { bytes: Uint8Array; at: number } {
    const { from, to } = this.ends(fromClient);
    const header = ipHeaderBytes(from);
    const etherType = header === IPV4_BYTES ? ETHERTYPE.ipv4 : ETHERTYPE.ipv6;
    const { bytes, at } = linkFrame(this.link, from.look.mac, to.look.mac, etherType, header + length);
    putIp(bytes, at, from, to.address, protocol, length, this.ids++);
    return { bytes, at: at + header };
  }

  private ends(fromClient: boolean): { from: Host; to: Host } {
    const { client, server } = this.talk;
    return fromClient ? { from: client, to: server } : { from: server, to: client };
  }

  private payload({ exchange, from, bytes: count, fromClient }: Segment, out: Uint8Array, at: number): void {
    if (!exchange) return;
    const total = exchange.bytes;
    fill({ content: exchange.content, total, seed: this.seed + (fromClient ? 0 : 1) }, from, out, at, count);
  }

  private sum(bytes: Uint8Array, at: number, field: number, protocol: number, fromClient: boolean): void {
    const { from, to } = this.ends(fromClient);
    new DataView(bytes.buffer).setUint16(
      at + field,
      checksum(bytes, at, bytes.length, protocol, from.address, to.address),
    );
  }

  private ports(view: DataView, at: number, fromClient: boolean): void {
    const { clientPort, serverPort } = this.talk;
    view.setUint16(at, fromClient ? clientPort : serverPort);
    view.setUint16(at + 2, fromClient ? serverPort : clientPort);
  }

  private tcp(segment: Segment): Uint8Array {
    const { fromClient, flags, bytes: payload, timeUs } = segment;
    const { from } = this.ends(fromClient);
    const side = fromClient ? 0 : 1;
    const opening = (flags & FLAG.syn) !== 0;
    // a reset carries no options
    const kinds = (flags & FLAG.rst) !== 0 ? [] : opening ? from.look.synOptions : from.look.options;
    const header = TCP_BYTES + optionBytes(kinds);
    const { bytes, at } = this.ip(fromClient, IP_PROTOCOL.tcp, header + payload);
    const view = new DataView(bytes.buffer);
    this.ports(view, at, fromClient);
    view.setUint32(at + 4, this.next[side]);
    if ((flags & FLAG.ack) !== 0) view.setUint32(at + 8, this.next[1 - side]);
    view.setUint16(at + 12, ((header / 4) << 12) | flags);
    view.setUint16(at + 14, (flags & FLAG.rst) !== 0 ? 0 : opening ? from.look.synWindow : from.look.window);
    const mss = MTU - ipHeaderBytes(from) - TCP_BYTES;
    putOptions(bytes, at + TCP_BYTES, kinds, mss, timeUs, this.lastUs[1 - side]);
    this.payload(segment, bytes, at + header);
    this.sum(bytes, at, 16, IP_PROTOCOL.tcp, fromClient);
    this.lastUs[side] = timeUs;
    const counts = payload + ((flags & (FLAG.syn | FLAG.fin)) !== 0 ? 1 : 0);
    // a SYN that is sent again has the number that it had
    if (!(opening && this.talk.outcome === 'silent')) this.next[side] = (this.next[side] + counts) >>> 0;
    return bytes;
  }

  private udp(segment: Segment): Uint8Array {
    const { fromClient, bytes: payload } = segment;
    const { bytes, at } = this.ip(fromClient, IP_PROTOCOL.udp, UDP_BYTES + payload);
    const view = new DataView(bytes.buffer);
    this.ports(view, at, fromClient);
    view.setUint16(at + 4, UDP_BYTES + payload);
    this.payload(segment, bytes, at + UDP_BYTES);
    this.sum(bytes, at, 6, IP_PROTOCOL.udp, fromClient);
    // zero says that there is no checksum (RFC 768)
    if (view.getUint16(at + 6) === 0) view.setUint16(at + 6, 0xffff);
    return bytes;
  }

  private icmp(segment: Segment): Uint8Array {
    const { fromClient, bytes: payload } = segment;
    const { client, clientPort } = this.talk;
    const family = client.address.length === 4 ? 0 : 1;
    const protocol = family === 0 ? IP_PROTOCOL.icmp : IP_PROTOCOL.icmpv6;
    const { bytes, at } = this.ip(fromClient, protocol, ICMP_BYTES + payload);
    const view = new DataView(bytes.buffer);
    bytes[at] = ECHO[fromClient ? 'request' : 'reply'][family];
    view.setUint16(at + 4, clientPort);
    if (fromClient) this.echo++;
    view.setUint16(at + 6, this.echo & 0xffff);
    this.payload(segment, bytes, at + ICMP_BYTES);
    this.sum(bytes, at, 2, protocol, fromClient);
    return bytes;
  }

  /** The server's word that nobody listens, with the header of IP and eight bytes of what was sent (RFC 792). */
  private unreachable({ fromClient }: Segment): Uint8Array {
    const { from, to } = this.ends(fromClient);
    const family = from.address.length === 4 ? 0 : 1;
    const protocol = family === 0 ? IP_PROTOCOL.icmp : IP_PROTOCOL.icmpv6;
    const quoted = ipHeaderBytes(to) + UDP_BYTES;
    const { bytes, at } = this.ip(fromClient, protocol, ICMP_BYTES + quoted);
    const view = new DataView(bytes.buffer);
    [bytes[at], bytes[at + 1]] = UNREACHABLE[family];
    putIp(bytes, at + ICMP_BYTES, to, from.address, IP_PROTOCOL.udp, UDP_BYTES, this.ids - 2);
    const udp = at + ICMP_BYTES + ipHeaderBytes(to);
    this.ports(view, udp, true);
    view.setUint16(udp + 4, UDP_BYTES);
    this.sum(bytes, at, 2, protocol, fromClient);
    return bytes;
  }
}
