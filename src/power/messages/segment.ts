/** Messages to a segment: ARP, router advertisements, DHCP. */

import { Bytes, mac } from './bytes.js';

/** ARP for IPv4 over Ethernet (RFC 826). */
export function arp(opcode: 1 | 2, fromMac: number, from: Uint8Array, toMac: number, to: Uint8Array): Uint8Array {
  return new Bytes().u16(1, 0x0800).u8(6, 4).u16(opcode).add(mac(fromMac)).add(from).add(mac(toMac)).add(to).done();
}

const SOLICITATION = 135;
const ADVERTISEMENT = 136;
/** it answers, and its word replaces what was known */
const SOLICITED_OVERRIDE = 0x60000000;

/** Who has an address, and where it is (RFC 4861 sections 4.3, 4.4 and 4.6.1), without its checksum. */
export function neighbourMessage(kind: 'who has' | 'here', about: Uint8Array, senderMac: number): Uint8Array {
  const [type, flags, option] = kind === 'who has' ? [SOLICITATION, 0, 1] : [ADVERTISEMENT, SOLICITED_OVERRIDE, 2];
  return new Bytes().u8(type, 0).u16(0).u32(flags).add(about).u8(option, 1).add(mac(senderMac)).done();
}

/** The group in which whoever has the address listens, and its MAC address (RFC 4291 section 2.7.1, RFC 2464 section 7). */
export function solicitedNode(address: Uint8Array): { address: Uint8Array; mac: number } {
  const [a, b, c] = address.subarray(13);
  const group = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, a, b, c);
  return { address: group, mac: 0x3333ff000000 + a * 65_536 + b * 256 + c };
}

/** A router's advertisement with its MAC address and a prefix (RFC 4861 sections 4.2 and 4.6), without its checksum. */
export function routerAdvertisement(fromMac: number, prefix: Uint8Array): Uint8Array {
  const message = new Bytes().u8(134, 0).u16(0).u8(64, 0).u16(1800).u32(0, 0);
  message.u8(1, 1).add(mac(fromMac));
  return message.u8(3, 4, 64, 0xc0).u32(86_400, 14_400, 0).add(prefix).done();
}

const DHCP = { offer: 2, ack: 5 } as const;

/** What a DHCP server says, with itself as router and resolver (RFC 2131 section 2, RFC 2132). */
export function dhcp(
  kind: keyof typeof DHCP,
  id: number,
  clientMac: number,
  offered: Uint8Array,
  server: Uint8Array,
): Uint8Array {
  const message = new Bytes().u8(2, 1, 6, 0).u32(id).u16(0, 0).u32(0).add(offered).add(server).u32(0);
  message
    .add(mac(clientMac))
    .zeros(10 + 64 + 128)
    .u32(0x63825363);
  message.u8(53, 1, DHCP[kind], 54, 4).add(server).u8(51, 4).u32(3600).u8(1, 4, 255, 255, 255, 0);
  return message.u8(3, 4).add(server).u8(6, 4).add(server).u8(255).zeros(30).done();
}

/** The address that a host makes of its MAC address on a link (RFC 4291 appendix A, RFC 4862). */
export function linkLocal(value: number): Uint8Array {
  const [a, b, c, d, e, f] = mac(value);
  return Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, a ^ 2, b, c, 0xff, 0xfe, d, e, f);
}
