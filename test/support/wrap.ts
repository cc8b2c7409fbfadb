/** Captures in tunnels: each packet of a recording behind the headers of one; and a scan in them. */

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import {
  ACK,
  type CapturedPacket,
  concat,
  controlWord,
  erspan2,
  erspan3,
  ether,
  frame,
  geneve,
  gre,
  ipv4,
  ipv6,
  type Layer,
  mpls,
  pcapFile,
  readPcap,
  SYN,
  tcp,
  udp,
  vlan,
  vxlan,
} from './packets.ts';

export const VTEP = '192.0.2.10';
export const COLLECTOR = '192.0.2.20';

const ETHERNET_BYTES = 14;
const UDP_PROTOCOL = 17;

interface Wrapping {
  readonly layers: readonly Layer[];
  /** it carries IP packets without their Ethernet header */
  readonly ip?: 4 | 6;
}

const outside = (protocol?: number): Layer[] => [
  ether({ src: '02:00:00:00:0f:01', dst: '02:00:00:00:0f:02' }),
  ipv4({ src: VTEP, dst: COLLECTOR, ...(protocol !== undefined && { protocol }) }),
];
const outside6 = (next: number): Layer[] => [ether(), ipv6({ src: '2001:db8:f::1', dst: '2001:db8:f::2', next })];

export const WRAPPINGS: Readonly<Record<string, Wrapping>> = {
  vxlan: { layers: [...outside(), udp({ src: 51000, dst: 4789 }), vxlan()] },
  'vxlan of Linux': { layers: [...outside(), udp({ src: 51000, dst: 8472 }), vxlan()] },
  'vxlan over IPv6': { layers: [...outside6(UDP_PROTOCOL), udp({ src: 51000, dst: 4789 }), vxlan()] },
  geneve: { layers: [...outside(), udp({ dst: 6081 }), geneve({ options: new Uint8Array(8) })] },
  'geneve of IP': { layers: [...outside(), udp({ dst: 6081 }), geneve({ type: 0x0800 })], ip: 4 },
  gre: { layers: [...outside(), gre({ type: 0x0800, key: 5 })], ip: 4 },
  gretap: { layers: [...outside(), gre({ type: 0x6558 })] },
  'gre over IPv6': { layers: [...outside6(47), gre({ type: 0x6558 })] },
  'erspan I': { layers: [...outside(), gre({ type: 0x88be })] },
  'erspan II': { layers: [...outside(), gre({ type: 0x88be, sequence: 1 }), erspan2()] },
  'erspan III': { layers: [...outside(), gre({ type: 0x22eb, sequence: 1 }), erspan3({ more: true })] },
  'ip in ip': { layers: outside(4), ip: 4 },
  '6 in 4': { layers: outside(41), ip: 6 },
  '4 in 6': { layers: outside6(4), ip: 4 },
  mpls: { layers: [ether({ type: 0x8847 }), mpls({ label: 9 }), mpls()], ip: 4 },
  'mpls pseudowire': { layers: [ether({ type: 0x8847 }), mpls(), controlWord()] },
  'mpls pseudowire without control word': { layers: [ether({ type: 0x8847 }), mpls()] },
  'vxlan in gre': { layers: [...outside(), gre({ type: 0x6558 }), ether(), ipv4(), udp({ dst: 4789 }), vxlan()] },
  'vxlan with a tag outside': { layers: [ether(), vlan({ id: 7 }), ipv4(), udp({ dst: 4789 }), vxlan()] },
};

/** Packets of a gzipped recording in Ethernet. */
export function recorded(path: string): Required<CapturedPacket>[] {
  return readPcap(new Uint8Array(gunzipSync(readFileSync(path))))?.packets ?? [];
}

const etherType = ({ data }: CapturedPacket): number => (data[12] << 8) | data[13];

/** The packets that the wrapping can carry. */
export function carriedBy(packets: readonly Required<CapturedPacket>[], { ip }: Wrapping): Required<CapturedPacket>[] {
  if (ip === undefined) return [...packets];
  return packets.filter((packet) => etherType(packet) === (ip === 4 ? 0x0800 : 0x86dd));
}

/** A capture of them in the tunnel; checksums outside are left as they would be around nothing. */
export function wrapped(packets: readonly Required<CapturedPacket>[], wrapping: Wrapping): Uint8Array {
  const lengths = lengthFields(wrapping.layers);
  const header = frame(...wrapping.layers);
  const inside = carriedBy(packets, wrapping).map(({ data, wireLen, timestamp }) => {
    const from = wrapping.ip === undefined ? 0 : ETHERNET_BYTES;
    const carried = data.subarray(from);
    const whole = concat(header, carried);
    const view = new DataView(whole.buffer);
    for (const at of lengths) view.setUint16(at, view.getUint16(at) + wireLen - from);
    return { data: whole, wireLen: header.length + wireLen - from, timestamp };
  });
  return pcapFile(inside);
}

/** Where the lengths stand that the carried packet adds to: those that change with one byte more behind the headers. */
function lengthFields(layers: readonly Layer[]): number[] {
  const [none, one, two] = [0, 1, 2].map((bytes) => frame(...layers, new Uint8Array(bytes * 2)));
  const grows = (at: number): boolean => {
    const value = (bytes: Uint8Array) => (bytes[at] << 8) | bytes[at + 1];
    return value(one) === value(none) + 2 && value(two) === value(none) + 4;
  };
  return Array.from({ length: none.length - 1 }, (_, at) => at).filter(grows);
}

export const SCANNER = '10.20.0.66';
export const SCANNED = '10.20.0.1';
const PORTS = 1000;
const SCAN_MS = 4000;

/** In the middle of a recording: a SYN to each port, and the refusal of each. */
export function withScan(packets: readonly Required<CapturedPacket>[]): Required<CapturedPacket>[] {
  const startUs = packets[Math.floor(packets.length / 2)]?.timestamp ?? 0;
  const scan = Array.from({ length: PORTS }, (_, i) => {
    const port = i + 1;
    const asked = frame(ether(), ipv4({ src: SCANNER, dst: SCANNED }), tcp({ src: 40_000, dst: port, flags: SYN }));
    const refused = frame(
      ether(),
      ipv4({ src: SCANNED, dst: SCANNER }),
      tcp({ src: port, dst: 40_000, flags: ACK | 4 }),
    );
    return [asked, refused].map((data, k) => ({
      data,
      wireLen: data.length,
      timestamp: startUs + Math.floor((i * SCAN_MS * 1000) / PORTS) + 50 * k,
    }));
  }).flat();
  return [...packets, ...scan].sort((a, b) => a.timestamp - b.timestamp);
}
