/**
 * Builds packets for tests, layer by layer, outermost first:
 *
 *   frame(ether(), vlan({ id: 7 }), ipv4({ src: '10.0.0.1' }), tcp({ dst: 443, flags: SYN }), clientHello({ serverName: 'example.net' }))
 *
 * Type, length and checksum fields are right unless a test states them. Bytes and strings are payload.
 */

export { clientHello, type DnsFields, dns } from './packets/application.ts';
export { type CapturedPacket, pcapFile, readPcap } from './packets/capture.ts';
export {
  ACCESS_POINT,
  aggregated,
  avs,
  enc,
  nflog,
  pflog,
  pktap,
  ppi,
  prism,
  radiotap,
  SERVER,
  STATION,
  wlan,
} from './packets/capture-headers.ts';
export { bytesOf, concat, frame, type Layer, u16 } from './packets/layer.ts';
export { arp, ether, llc, loopback, ppp, pppoe, sll, sll2, snap, vlan } from './packets/link.ts';
export { authentication, destinationOptions, fragment, hopByHop, ipv4, ipv6, routing } from './packets/network.ts';
export { ACK, FIN, gre, icmp, icmpv6, PSH, SYN, sctp, tcp, tcpOption, udp } from './packets/transport.ts';
export { controlWord, erspan2, erspan3, geneve, mpls, vxlan } from './packets/tunnel.ts';
