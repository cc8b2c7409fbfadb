/** Packets in tunnels: every kind, nested, with tags, fragments, cut short, and what is none. */

import * as p from '../support/packets.ts';

const { frame, ether, ipv4, ipv6, tcp, udp, vlan, gre, vxlan, geneve, mpls } = p;
const hello = 'hello, world\n';
const A = '10.1.0.1';
const B = '10.1.0.2';

type Part = p.Layer | Uint8Array | string;
const outside = { src: '192.0.2.10', dst: '192.0.2.20' };
const outer = (): Part[] => [ether({ src: '02:00:00:00:0f:01', dst: '02:00:00:00:0f:02' }), ipv4(outside)];
const outer6 = (): Part[] => [ether(), ipv6({ src: '2001:db8:f::1', dst: '2001:db8:f::2' })];
const segment = (): Part[] => [ipv4({ src: A, dst: B }), tcp({ src: 40001, dst: 443, flags: p.SYN })];
const datagram6 = (): Part[] => [ipv6({ src: 'fd00::1', dst: 'fd00::2' }), udp({ src: 5000, dst: 5001 }), hello];
const inside = (): Part[] => [ether({ src: '02:00:00:00:0a:01', dst: '02:00:00:00:0a:02' }), ...segment()];
/** Of a pseudowire: tshark tells it from a control word by makers of network cards that it knows. */
const wired = (): Part[] => [ether({ src: '00:1b:21:00:0a:01', dst: '00:1b:21:00:0a:02' }), ...segment()];
const overVxlan = (port = 4789): Part[] => [...outer(), udp({ src: 51000, dst: port }), vxlan()];

const cut = (data: Uint8Array, capLen: number): p.CapturedPacket => ({
  data: data.subarray(0, capLen),
  wireLen: data.length,
});

/** The first `payload` bytes behind the outer IPv4 header, and what is behind them, as fragments. */
function fragments(whole: readonly Part[], payload: number): Uint8Array[] {
  const bytes = frame(...whole);
  const header = ether();
  const at = 34;
  const protocol = bytes[23];
  const ip = (flags: number, fragOffset: number) => ipv4({ ...outside, flags, fragOffset, protocol });
  return [
    frame(header, ip(1, 0), bytes.subarray(at, at + payload)),
    frame(header, ip(0, payload), bytes.subarray(at + payload)),
  ];
}

export const TUNNELS: readonly (p.CapturedPacket | Uint8Array)[] = [
  frame(...overVxlan(), ...inside()),
  frame(...overVxlan(8472), ...inside()),
  frame(...overVxlan(), ether(), p.arp({ sender: A, target: B })),
  frame(...overVxlan(), ether(), vlan({ id: 42 }), ...segment()),
  frame(...overVxlan(), ether(), vlan({ id: 100, tpid: 0x88a8 }), vlan({ id: 200 }), ...datagram6()),
  frame(...overVxlan(), ether(), p.pppoe(), p.ppp({ framing: false }), ...segment()),
  frame(...overVxlan(), ether({ type: 0x88cc }), new Uint8Array(40)),
  frame(...overVxlan(), ether(), ipv4({ src: A, dst: B }), udp({ dst: 53 }), p.dns({ name: 'in.example' })),
  frame(
    ...overVxlan(),
    ether(),
    ipv4({ src: A, dst: B, flags: 1 }),
    udp({ src: 7000, dst: 7001, length: 4000 }),
    new Uint8Array(64),
  ),
  frame(
    ...overVxlan(),
    ether(),
    ipv4({ src: A, dst: B, flags: 0, fragOffset: 1480, protocol: 17 }),
    new Uint8Array(64),
  ),
  frame(...overVxlan(), ether(), ipv4({ src: A, dst: B }), p.icmp({ type: 3, code: 3, rest: 0 }), frame(ipv4(), udp())),
  frame(...outer6(), udp({ src: 51000, dst: 4789 }), vxlan(), ...inside()),
  frame(...outer(), udp({ dst: 6081 }), geneve(), ...inside()),
  frame(...outer(), udp({ dst: 6081 }), geneve({ options: Uint8Array.of(1, 2, 3, 1, 9, 9, 9, 9) }), ...segment()),
  frame(...outer6(), udp({ dst: 6081 }), geneve(), ...datagram6()),
  frame(...outer(), gre(), ...segment()),
  frame(...outer(), gre({ checksum: true, key: 7, sequence: 9 }), ...datagram6()),
  frame(...outer(), gre({ type: 0x6558 }), ...inside()),
  frame(...outer(), gre({ type: 0x6558, key: 0x123456 }), ...inside()),
  frame(...outer6(), gre(), ...segment()),
  frame(...outer(), gre({ type: 0x88be, sequence: 1 }), p.erspan2({ vlan: 5 }), ...inside()),
  frame(...outer(), gre({ type: 0x88be }), ...inside()),
  frame(...outer(), gre({ type: 0x22eb, sequence: 1 }), p.erspan3(), ...inside()),
  frame(...outer(), gre({ type: 0x22eb, sequence: 2 }), p.erspan3({ more: true }), ...inside()),
  frame(...outer(), ...segment()),
  frame(...outer(), ...datagram6()),
  frame(...outer6(), ...segment()),
  frame(...outer6(), ...datagram6()),
  frame(...outer6(), p.destinationOptions(), ...segment()),
  frame(ether(), mpls(), ...segment()),
  frame(ether(), mpls({ label: 1 }), mpls({ label: 2 }), mpls(), ...datagram6()),
  frame(ether(), mpls(), p.controlWord(), ...wired()),
  frame(ether(), mpls(), ...wired()),
  frame(ether(), vlan({ id: 9 }), mpls(), ...segment()),
  frame(...outer(), mpls(), ...segment()),
  frame(...outer(), gre(), mpls(), ...segment()),
  frame(...outer(), udp({ dst: 6635 }), mpls(), ...segment()),
  frame(...outer(), gre(), ipv4({ src: '172.16.0.1', dst: '172.16.0.2' }), udp({ dst: 4789 }), vxlan(), ...inside()),
  frame(...overVxlan(), ether(), ipv4({ src: '172.16.0.1', dst: '172.16.0.2' }), ...segment()),
  // deeper than is followed
  frame(
    ...outer(),
    ...Array.from({ length: 6 }, (_, i) => ipv4({ src: `10.9.${i}.1`, dst: `10.9.${i}.2` })),
    udp(),
    hello,
  ),
];

export const TUNNEL_FRAGMENTS: readonly Uint8Array[] = [
  ...fragments(
    [...overVxlan(), ether(), ipv4({ src: A, dst: B }), udp({ src: 7000, dst: 7001 }), new Uint8Array(600)],
    512,
  ),
  ...fragments([...outer(), gre(), ipv4({ src: A, dst: B }), tcp({ src: 7000, dst: 7001 }), new Uint8Array(600)], 512),
  ...fragments([...outer(), ipv4({ src: A, dst: B }), tcp({ src: 7000, dst: 7001 }), new Uint8Array(600)], 512),
  ...fragments([...outer(), ipv6(), tcp({ src: 7000, dst: 7001 }), new Uint8Array(600)], 512),
  frame(...outer6(), p.fragment({ more: true }), gre(), ipv4({ src: A, dst: B }), tcp(), new Uint8Array(64)),
  frame(...outer6(), p.fragment({ offset: 1448, next: 47 }), new Uint8Array(64)),
  frame(...outer6(), p.fragment({ offset: 1448, next: 17 }), new Uint8Array(64)),
];

const whole = frame(...overVxlan(), ...inside());
const greWhole = frame(...outer(), gre({ key: 1 }), ...segment());
const erspanWhole = frame(...outer(), gre({ type: 0x22eb, sequence: 2 }), p.erspan3({ more: true }), ...inside());
const mplsWhole = frame(ether(), mpls({ label: 5 }), mpls(), ...wired());
const geneveWhole = frame(...outer(), udp({ dst: 6081 }), geneve({ options: new Uint8Array(8) }), ...segment());

/** Cut by the capture, and headers that are not what their place says. */
export const TUNNEL_DAMAGE: readonly (p.CapturedPacket | Uint8Array)[] = [
  ...[45, 50, 60, 64, 70, 84, 90, 100].map((length) => cut(whole, length)),
  ...[36, 41, 50, 62, 70].map((length) => cut(greWhole, length)),
  ...[44, 54, 62, 70].map((length) => cut(erspanWhole, length)),
  ...[16, 20, 24, 40].map((length) => cut(mplsWhole, length)),
  ...[46, 54, 60].map((length) => cut(geneveWhole, length)),
  frame(...outer(), udp({ dst: 4789 }), vxlan({ flags: 0 }), ...inside()),
  frame(...outer(), udp({ dst: 4789 }), hello),
  frame(...outer(), udp({ dst: 6081 }), geneve({ version: 1 }), ...inside()),
  frame(...outer(), udp({ dst: 6081 }), geneve({ type: 0x1234 }), hello, hello),
  frame(...outer(), gre({ type: 0x0000 })),
  frame(...outer(), gre({ type: 0x883e }), ...segment()),
  frame(...outer(), gre({ version: 1, key: 9, type: 0x880b }), hello),
  frame(...outer(), gre({ type: 0x88be, sequence: 1 }), p.erspan2({ version: 3 }), ...inside()),
  frame(...outer(), gre({ type: 0x22eb, sequence: 1 }), p.erspan3({ frameType: 5 }), ...inside()),
  frame(...outer(), ipv4({ version: 7, src: A, dst: B }), hello),
  frame(ether(), mpls({ bottom: false }), mpls({ bottom: false }), hello),
  frame(ether(), mpls(), 'what is here is neither IP nor Ethernet'),
];
