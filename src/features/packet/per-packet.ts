/** What one record says by itself. */

import type { PacketRecord } from '../../table/record.js';
import { type FeatureColumn, INBOUND, OUTBOUND } from '../extractor.js';
import { lgCount } from '../numeric.js';
import type { Activity } from './activity.js';
import { BROADCAST, MULTICAST, NOT_IP, type Scene, TCP, UNICAST } from './scene.js';
import type { Sides } from './sides.js';

const PROTOCOL_NAMES = ['tcp', 'udp', 'icmp', 'icmpv6', 'arp', 'other_ip', 'not_ip'];
const FLAG_NAMES = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr'];

function binary(name: string, doc: string): FeatureColumn {
  return { name, unit: '0/1', doc, group: 'packet', binary: true };
}

function value(name: string, unit: string, doc: string): FeatureColumn {
  return { name, unit, doc, group: 'packet', binary: false };
}

export const PACKET_COLUMNS: readonly FeatureColumn[] = [
  value('frame_length', 'ln B', 'length on the wire'),
  value('payload_length', 'ln B', 'layer-4 payload'),
  binary('outbound', 'sent by the monitored host'),
  binary('inbound', 'sent to the monitored host'),
  binary('ipv4', 'IP version 4'),
  binary('ipv6', 'IP version 6'),
  ...PROTOCOL_NAMES.map((name) => binary(`protocol_${name}`, `protocol: ${name.replace('_', ' ')}`)),
  binary('unicast', 'sent to one host'),
  binary('multicast', 'sent to a group'),
  binary('broadcast', 'sent to everybody'),
  value('ttl', 'of 255', 'time to live or hop limit'),
  value('ttl_deviation', 'of 255', "distance from the sender's slow mean of the time to live"),
  ...FLAG_NAMES.map((name) => binary(`tcp_${name}`, `TCP flag ${name.toUpperCase()}`)),
  value('tcp_window', 'ln B', 'window field of TCP, not scaled'),
  binary('fragment', 'part of a fragmented datagram'),
  binary('dont_fragment', "IPv4's flag against fragmentation"),
  binary('ip_options', 'IPv4 options or IPv6 extension headers present'),
  value('dscp', 'of 63', 'differentiated services code point'),
  binary('port_low', 'service port below 1024'),
  binary('port_middle', 'service port from 1024 to 32767'),
  binary('port_high', 'service port from 32768'),
  binary('port_none', 'no service port'),
];

export function writePacket(
  record: PacketRecord,
  scene: Scene,
  sides: Sides,
  servicePort: number,
  activity: Activity,
  out: Float32Array,
  from: number,
): number {
  let at = from;
  const { protocol, cast, flags } = scene;
  out[at++] = lgCount(record.frameLen);
  out[at++] = lgCount(scene.payload);
  out[at++] = sides.lane === OUTBOUND ? 1 : 0;
  out[at++] = sides.lane === INBOUND ? 1 : 0;
  out[at++] = record.ipVersion === 4 ? 1 : 0;
  out[at++] = record.ipVersion === 6 ? 1 : 0;
  for (let i = TCP; i <= NOT_IP; i++) out[at++] = protocol === i ? 1 : 0;
  out[at++] = cast === UNICAST ? 1 : 0;
  out[at++] = cast === MULTICAST ? 1 : 0;
  out[at++] = cast === BROADCAST ? 1 : 0;
  out[at++] = record.ipTtl > 0 ? record.ipTtl / 255 : 0;
  out[at++] = activity.ttlDeviation;
  for (let i = 0; i < 8; i++) out[at++] = (flags >> i) & 1;
  out[at++] = record.tcpWindow > 0 ? lgCount(record.tcpWindow) : 0;
  out[at++] = scene.fragment ? 1 : 0;
  out[at++] = record.ipFlags > 0 && (record.ipFlags & 2) !== 0 ? 1 : 0;
  out[at++] = record.ipOptions === 1 ? 1 : 0;
  out[at++] = record.ipDsfield > 0 ? (record.ipDsfield >> 2) / 63 : 0;
  out[at++] = servicePort >= 0 && servicePort < 1024 ? 1 : 0;
  out[at++] = servicePort >= 1024 && servicePort < 32_768 ? 1 : 0;
  out[at++] = servicePort >= 32_768 ? 1 : 0;
  out[at++] = servicePort < 0 ? 1 : 0;
  return at;
}
