/** What one record says by itself. */

import { INBOUND, OUTBOUND } from '../../extractor.js';
import { lgCount } from '../../numeric.js';
import { describing, FLAG, ln, partOf, type Row } from '../../table.js';
import type { PacketParts } from '../parts.js';
import { ARP, BROADCAST, ICMP, ICMPV6, MULTICAST, NOT_IP, OTHER_IP, TCP, UDP, UNICAST } from '../scene.js';

const LN_B = ln('B');
const OF_255 = partOf(255);
const OF_63 = partOf(63);

const DONT_FRAGMENT = 2;
const MIDDLE_PORT = 1024;
const HIGH_PORT = 32_768;

const packet = describing('packet');

export function packetRows(row: Row, parts: PacketParts): void {
  formRows(row, parts);
  headerRows(row, parts);
  portRows(row, parts.flows.servicePort);
}

/** How long, whose, and in which form. */
function formRows(row: Row, { record, scene, sides }: PacketParts): void {
  const { protocol, cast } = scene;
  row.put(packet, 'frame_length', LN_B, 'length on the wire', lgCount(record.frameLen));
  row.put(packet, 'payload_length', LN_B, 'layer-4 payload', lgCount(scene.payload));
  row.put(packet, 'outbound', FLAG, 'sent by the monitored host', sides.lane === OUTBOUND ? 1 : 0);
  row.put(packet, 'inbound', FLAG, 'sent to the monitored host', sides.lane === INBOUND ? 1 : 0);
  row.put(packet, 'ipv4', FLAG, 'IP version 4', record.ipVersion === 4 ? 1 : 0);
  row.put(packet, 'ipv6', FLAG, 'IP version 6', record.ipVersion === 6 ? 1 : 0);
  row.put(packet, 'protocol_tcp', FLAG, 'protocol TCP', protocol === TCP ? 1 : 0);
  row.put(packet, 'protocol_udp', FLAG, 'protocol UDP', protocol === UDP ? 1 : 0);
  row.put(packet, 'protocol_icmp', FLAG, 'protocol ICMP', protocol === ICMP ? 1 : 0);
  row.put(packet, 'protocol_icmpv6', FLAG, 'protocol ICMPv6', protocol === ICMPV6 ? 1 : 0);
  row.put(packet, 'protocol_arp', FLAG, 'protocol ARP', protocol === ARP ? 1 : 0);
  row.put(packet, 'protocol_other_ip', FLAG, 'another IP protocol', protocol === OTHER_IP ? 1 : 0);
  row.put(packet, 'protocol_not_ip', FLAG, 'no IP at all', protocol === NOT_IP ? 1 : 0);
  row.put(packet, 'unicast', FLAG, 'sent to one host', cast === UNICAST ? 1 : 0);
  row.put(packet, 'multicast', FLAG, 'sent to a group', cast === MULTICAST ? 1 : 0);
  row.put(packet, 'broadcast', FLAG, 'sent to everybody', cast === BROADCAST ? 1 : 0);
}

function headerRows(row: Row, { record, scene, activity }: PacketParts): void {
  const { flags } = scene;
  row.put(packet, 'ttl', OF_255, 'time to live or hop limit', record.ipTtl > 0 ? record.ipTtl / 255 : 0);
  row.put(
    packet,
    'ttl_deviation',
    OF_255,
    "distance from the sender's slow mean of the time to live",
    activity.ttlDeviation,
  );
  row.put(packet, 'tcp_fin', FLAG, 'TCP flag FIN', flags & 1);
  row.put(packet, 'tcp_syn', FLAG, 'TCP flag SYN', (flags >> 1) & 1);
  row.put(packet, 'tcp_rst', FLAG, 'TCP flag RST', (flags >> 2) & 1);
  row.put(packet, 'tcp_psh', FLAG, 'TCP flag PSH', (flags >> 3) & 1);
  row.put(packet, 'tcp_ack', FLAG, 'TCP flag ACK', (flags >> 4) & 1);
  row.put(packet, 'tcp_urg', FLAG, 'TCP flag URG', (flags >> 5) & 1);
  row.put(packet, 'tcp_ece', FLAG, 'TCP flag ECE', (flags >> 6) & 1);
  row.put(packet, 'tcp_cwr', FLAG, 'TCP flag CWR', (flags >> 7) & 1);
  row.put(
    packet,
    'tcp_window',
    LN_B,
    'window field of TCP, not scaled',
    record.tcpWindow > 0 ? lgCount(record.tcpWindow) : 0,
  );
  row.put(packet, 'fragment', FLAG, 'part of a fragmented datagram', scene.fragment ? 1 : 0);
  row.put(
    packet,
    'dont_fragment',
    FLAG,
    "IPv4's flag against fragmentation",
    record.ipFlags > 0 && (record.ipFlags & DONT_FRAGMENT) !== 0 ? 1 : 0,
  );
  row.put(packet, 'ip_options', FLAG, 'IPv4 options or IPv6 extension headers present', record.ipOptions === 1 ? 1 : 0);
  row.put(
    packet,
    'dscp',
    OF_63,
    'differentiated services code point',
    record.ipDsfield > 0 ? (record.ipDsfield >> 2) / 63 : 0,
  );
}

function portRows(row: Row, servicePort: number): void {
  row.put(packet, 'port_low', FLAG, 'service port below 1024', servicePort >= 0 && servicePort < MIDDLE_PORT ? 1 : 0);
  row.put(
    packet,
    'port_middle',
    FLAG,
    'service port from 1024 to 32767',
    servicePort >= MIDDLE_PORT && servicePort < HIGH_PORT ? 1 : 0,
  );
  row.put(packet, 'port_high', FLAG, 'service port from 32768', servicePort >= HIGH_PORT ? 1 : 0);
  row.put(packet, 'port_none', FLAG, 'no service port', servicePort < 0 ? 1 : 0);
}
