/** The packets of the fixtures, by file: link type and packets. Each file's table stands beside it. */

import * as p from '../support/packets.ts';
import { CAPTURES } from './capture-cases.ts';
import { TUNNEL_DAMAGE, TUNNEL_FRAGMENTS, TUNNELS } from './tunnel-cases.ts';

interface FixtureCase {
  readonly linkType: number;
  readonly packets: readonly (p.CapturedPacket | Uint8Array)[];
  /** has a second table, of the innermost packets of tunnels */
  readonly inner?: boolean;
}

const { frame, ether, ipv4, ipv6, tcp, udp } = p;
const hello = 'hello, world\n';

/** The first `capLen` bytes of a packet, as a short snap length leaves them. */
function cut(data: Uint8Array, capLen: number): p.CapturedPacket {
  return { data: data.subarray(0, capLen), wireLen: data.length };
}

const ethernet: readonly Uint8Array[] = [
  frame(
    ether({ src: '02:00:00:aa:bb:cc', dst: 'ff:ff:ff:ff:ff:ff' }),
    p.arp({ sender: '10.0.0.1', target: '10.0.0.2' }),
  ),
  frame(ether(), p.arp({ opcode: 2, sender: '10.0.0.2', target: '10.0.0.1', targetMac: '02:00:00:aa:bb:cc' })),
  frame(ether({ type: 0x8035 }), p.arp({ opcode: 3, sender: '0.0.0.0', target: '0.0.0.0' })),
  frame(ether(), p.vlan({ id: 42, priority: 5 }), ipv4(), udp({ src: 7000, dst: 7001 }), hello),
  frame(ether(), p.vlan({ id: 100, tpid: 0x88a8 }), p.vlan({ id: 200 }), ipv6(), tcp({ flags: p.SYN })),
  frame(ether(), p.vlan({ id: 3 }), p.arp()),
  frame(ether({ length: 'auto' }), p.llc({ dsap: 0x42, ssap: 0x42 }), new Uint8Array(35)),
  frame(ether({ length: 'auto' }), p.snap(), ipv4(), p.icmp(), hello),
  frame(ether({ length: 'auto' }), p.snap({ oui: 0x00000c, type: 0x2000 }), hello),
  frame(ether(), p.pppoe(), p.ppp({ framing: false }), ipv4(), udp({ src: 5000, dst: 5001 }), hello),
  frame(ether({ type: 0x88cc }), new Uint8Array(46)),
  p.concat(frame(ether(), ipv4({ dst: '192.0.2.9' }), udp({ src: 5000, dst: 5001 }), 'x'), new Uint8Array(17)),
];

const ip: readonly Uint8Array[] = [
  frame(ether(), ipv4({ src: '203.0.113.7', ttl: 1, dsfield: 0xb9, flags: 0 }), p.icmp(), hello),
  frame(ether(), ipv4({ options: Uint8Array.of(148, 4, 0, 0) }), udp(), hello),
  frame(ether(), ipv4({ flags: 1 }), udp({ dst: 5001, length: 4008 }), new Uint8Array(1472)),
  frame(ether(), ipv4({ flags: 0, fragOffset: 1480, protocol: 17 }), new Uint8Array(520).fill(65)),
  frame(ether(), ipv4({ protocol: 50 }), new Uint8Array(40).fill(170)),
  frame(ether(), ipv4(), ipv4({ src: '10.9.9.9' }), udp(), hello),
  frame(ether(), ipv4(), ipv6(), tcp({ flags: p.SYN })),
  frame(ether(), ipv4({ totalLength: 0 }), tcp({ src: 443, flags: p.ACK }), new Uint8Array(2000)),
  frame(
    ether(),
    ipv6({ hopLimit: 255, trafficClass: 0xb8, flowLabel: 0xabcde }),
    p.icmpv6({ type: 135 }),
    new Uint8Array(16),
  ),
  frame(ether(), ipv6(), p.hopByHop(), p.icmpv6({ type: 143 }), new Uint8Array(20)),
  frame(
    ether(),
    ipv6(),
    p.hopByHop(),
    p.destinationOptions(),
    p.routing({ segments: ['2001:db8::3'] }),
    p.authentication(),
    p.destinationOptions(),
    udp(),
    hello,
  ),
  frame(ether(), ipv6(), p.fragment({ more: true }), udp({ length: 4008 }), new Uint8Array(1440)),
  frame(ether(), ipv6(), p.fragment({ offset: 1448, next: 17 }), new Uint8Array(800).fill(66)),
  frame(ether(), ipv6({ next: 59 }), hello),
  frame(ether(), ipv6({ next: 50 }), new Uint8Array(40).fill(85)),
];

const transport: readonly Uint8Array[] = [
  frame(
    ether(),
    ipv4(),
    tcp({
      flags: p.SYN,
      options: p.concat(
        p.tcpOption(2, 5, 180),
        p.tcpOption(4),
        p.tcpOption(8, 0, 0, 0, 1, 0, 0, 0, 0),
        p.tcpOption(1),
        p.tcpOption(3, 7),
      ),
    }),
  ),
  frame(
    ether(),
    ipv4(),
    tcp({ src: 80, dst: 40000, flags: p.SYN | p.ACK, window: 65535, options: p.tcpOption(2, 5, 180) }),
  ),
  frame(ether(), ipv4(), tcp({ flags: p.PSH | p.ACK }), 'GET / HTTP/1.1\r\nHost: example.net\r\n\r\n'),
  frame(ether(), ipv4(), tcp({ flags: 0x1ff, options: p.concat(p.tcpOption(1), p.tcpOption(1), p.tcpOption(0)) })),
  frame(
    ether(),
    ipv4(),
    tcp({ flags: p.FIN | p.ACK }),
    Uint8Array.from({ length: 256 }, (_, i) => i),
  ),
  frame(ether(), ipv4(), udp({ src: 40001, dst: 9999 }), new Uint8Array(0)),
  frame(ether(), ipv6(), udp({ src: 40001, dst: 9999 }), hello),
  frame(ether(), ipv4(), p.icmp({ type: 3, code: 3, rest: 0 }), frame(ipv4(), udp())),
  frame(ether(), ipv4(), p.icmp({ type: 0 }), new Uint8Array(56)),
  frame(ether(), ipv6(), p.icmpv6({ type: 1, code: 4, rest: 0 }), frame(ipv6(), udp())),
  frame(ether(), ipv4(), p.sctp({ src: 2905, dst: 2905 })),
  frame(ether(), ipv4(), p.gre(), ipv4({ src: '10.1.1.1' }), udp(), hello),
  frame(ether(), ipv4(), p.gre({ checksum: true, key: 7, sequence: 9 }), ipv4({ src: '10.1.1.1' }), udp(), hello),
];

const longest = Array.from({ length: 3 }, () => new Uint8Array(63).fill(122));
const names: readonly Uint8Array[] = [
  frame(ether(), ipv4(), udp({ dst: 53 }), p.dns({ name: 'www.example.net', type: 28 })),
  frame(ether(), ipv4(), udp({ src: 53 }), p.dns({ name: 'no.such.example', response: true, rcode: 3 })),
  frame(ether(), ipv4(), udp({ dst: 53 }), p.dns({ name: '', type: 2 })),
  frame(ether(), ipv4(), udp({ dst: 53 }), p.dns({ name: [...longest, new Uint8Array(61).fill(122)], type: 16 })),
  frame(ether(), ipv6(), udp({ src: 5353, dst: 5353 }), p.dns({ name: '_http._tcp.local', type: 12 })),
  frame(ether(), ipv6(), udp({ dst: 5355 }), p.dns({ name: 'wpad' })),
  frame(ether(), ipv4(), udp({ src: 53 }), p.dns({ response: true, rcode: 1 })),
  frame(ether(), ipv4(), udp({ dst: 53 }), p.dns({ name: '=cmd|calc, "x".example' })),
  frame(
    ether(),
    ipv4(),
    udp({ dst: 53 }),
    p.dns({ rawName: Uint8Array.of(1, 97, 0xc0, 18), type: 16 }),
    new Uint8Array(2),
  ),
  frame(ether(), ipv4(), tcp({ dst: 53, flags: p.PSH | p.ACK }), dnsOverTcp()),
  frame(ether(), ipv4(), tcp({ dst: 443, flags: p.PSH | p.ACK }), p.clientHello({ serverName: 'www.example.net' })),
  frame(
    ether(),
    ipv6(),
    tcp({ dst: 8443, flags: p.PSH | p.ACK }),
    p.clientHello({ serverName: 'a.example', padding: 500, sessionIdLength: 0 }),
  ),
  frame(ether(), ipv4(), tcp({ dst: 443, flags: p.PSH | p.ACK }), p.clientHello({})),
  frame(ether(), ipv4(), tcp({ dst: 443, flags: p.PSH | p.ACK }), p.clientHello({ bare: true })),
];

function dnsOverTcp(): Uint8Array {
  const message = frame(p.dns({ name: 'axfr.example', type: 252 }));
  return p.concat(Uint8Array.of(0, message.length), message);
}

const web = frame(
  ether(),
  ipv4(),
  tcp({ dst: 443, options: p.concat(p.tcpOption(1), p.tcpOption(1), p.tcpOption(8, 1, 2, 3, 4, 5, 6, 7, 8)) }),
  p.clientHello({ serverName: 'www.example.net' }),
);
const query = frame(ether(), ipv4(), udp({ dst: 53 }), p.dns({ name: 'one.two.three.example', type: 1 }));

/** Short captures: the same packets kept up to different lengths. */
const short: readonly p.CapturedPacket[] = [
  ...[10, 14, 20, 34, 40, 54, 60, 66, 68, 80, 120, 160, 190].map((length) => cut(web, length)),
  ...[42, 50, 54, 58, 60, 70, 76, 78].map((length) => cut(query, length)),
];

/** Headers that contradict themselves or the packet. */
const damaged: readonly Uint8Array[] = [
  frame(ether(), ipv4({ version: 5 }), udp(), hello),
  frame(ether(), ipv4({ headerLength: 16 }), udp(), hello),
  frame(ether(), ipv4({ totalLength: 12 }), udp(), hello),
  frame(ether(), ipv4({ totalLength: 6000 }), udp(), hello),
  frame(ether(), ipv4({ totalLength: 24 }), udp(), hello),
  frame(ether(), ipv4(), udp({ length: 5 }), hello),
  frame(ether(), ipv4(), udp({ length: 500 }), hello),
  frame(ether(), ipv4(), tcp({ headerLength: 16 }), hello),
  frame(ether(), ipv4(), tcp({ headerLength: 60 }), hello),
  frame(ether(), ipv4(), tcp({ options: Uint8Array.of(2, 0, 1, 1) })),
  frame(ether(), ipv4(), tcp({ options: Uint8Array.of(1, 1, 8, 10) })),
  frame(ether(), ipv4(), udp({ dst: 53 }), p.dns({ rawName: Uint8Array.of(0xc0, 12) })),
  frame(ether(), ipv4(), udp({ dst: 53 }), p.dns({ rawName: Uint8Array.of(0x41, 0) })),
  frame(ether(), ipv4(), udp({ dst: 53 }), frame(p.dns({ name: 'a.example' })).subarray(0, 18)),
  frame(ether(), ipv6({ payloadLength: 4 }), udp(), hello),
  frame(ether(), ipv6({ payloadLength: 0 }), udp(), hello),
  frame(ether({ length: 1502 }), hello),
  // the first of tiny fragments: 8 bytes of TCP (RFC 1858), 16 of it
  frame(ether(), ipv4({ flags: 1, protocol: 6 }), frame(tcp({ src: 4000, dst: 22, flags: p.SYN })).subarray(0, 8)),
  frame(ether(), ipv4({ flags: 1, protocol: 6 }), frame(tcp({ src: 4000, dst: 22, flags: p.SYN })).subarray(0, 16)),
  frame(ether(), ipv6(), p.fragment({ more: true, next: 6 }), frame(tcp({ src: 4000, dst: 22 })).subarray(0, 8)),
];

const inner = (): readonly (p.Layer | string)[] => [ipv4(), udp({ src: 5000, dst: 5001 }), hello];
const inner6 = (): readonly (p.Layer | string)[] => [ipv6(), udp({ src: 5000, dst: 5001 }), hello];

export const CASES: Readonly<Record<string, FixtureCase>> = {
  ethernet: { linkType: 1, packets: ethernet },
  ip: { linkType: 1, packets: ip },
  transport: { linkType: 1, packets: transport },
  names: { linkType: 1, packets: names },
  short: { linkType: 1, packets: short },
  damaged: { linkType: 1, packets: damaged },
  sll: {
    linkType: 113,
    packets: [
      frame(p.sll(), ...inner()),
      frame(p.sll({ src: '02:11:22:33:44:55' }), ...inner6()),
      frame(p.sll({ type: 4 }), p.llc()),
      frame(p.sll({ addressLength: 0 }), p.arp()),
    ],
  },
  sll2: {
    linkType: 276,
    packets: [frame(p.sll2(), ...inner()), frame(p.sll2(), ...inner6()), frame(p.sll2({ type: 0x88cc }), hello)],
  },
  null: {
    linkType: 0,
    packets: [
      frame(p.loopback(), ...inner()),
      frame(p.loopback({ bigEndian: true }), ...inner6()),
      frame(p.loopback({ family: 24 }), ...inner6()),
      frame(p.loopback({ family: 99 }), hello),
    ],
  },
  loop: { linkType: 108, packets: [frame(p.loopback({ bigEndian: true }), ...inner())] },
  raw: { linkType: 101, packets: [frame(...inner()), frame(...inner6()), Uint8Array.of(0x10, 0)] },
  'raw-ipv4': { linkType: 228, packets: [frame(...inner())] },
  'raw-ipv6': { linkType: 229, packets: [frame(...inner6())] },
  ppp: {
    linkType: 9,
    packets: [
      frame(p.ppp(), ...inner()),
      frame(p.ppp({ framing: false }), ...inner6()),
      frame(p.ppp({ compressed: true }), ...inner()),
      frame(p.ppp({ protocol: 0xc021 }), hello),
    ],
  },
  'ppp-hdlc': { linkType: 50, packets: [frame(p.ppp(), ...inner()), frame(p.ppp({ cisco: true }), ...inner6())] },
  'not-decoded': { linkType: 189, packets: [new Uint8Array(64)] },
  ...CAPTURES,
  tunnels: { linkType: 1, packets: TUNNELS, inner: true },
  'tunnel-fragments': { linkType: 1, packets: TUNNEL_FRAGMENTS, inner: true },
  'tunnel-damage': { linkType: 1, packets: TUNNEL_DAMAGE, inner: true },
};
