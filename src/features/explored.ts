/** What the exploratory report of training shows of a record besides its features: for each kind one table. */

import type { PacketRecord } from '../table/record.js';
import { CONN_STATES, type ConnRecord, PROTOCOLS } from '../zeek/record.js';

/** A number of the record. */
export interface ExploredField<R> {
  readonly name: string;
  readonly unit: string;
  /** NaN: not present */
  value(record: R): number;
}

/** A word of the record whose most frequent values are shown. */
export interface ExploredFacet<R> {
  readonly title: string;
  /** undefined: not present */
  value(record: R): string | number | undefined;
}

export interface Explored<R> {
  readonly fields: readonly ExploredField<R>[];
  readonly facets: readonly ExploredFacet<R>[];
}

const present = (value: number): number => (value < 0 ? Number.NaN : value);
const word = (value: number): number | undefined => (value < 0 ? undefined : value);

const IP_NAMES: Readonly<Record<number, string>> = {
  1: 'ICMP',
  6: 'TCP',
  17: 'UDP',
  47: 'GRE',
  58: 'ICMPv6',
  132: 'SCTP',
};

export const EXPLORED_CONNECTION: Explored<ConnRecord> = {
  fields: [
    { name: 'duration', unit: 's', value: (r) => present(r.duration) },
    { name: 'orig_bytes', unit: 'B', value: (r) => present(r.origBytes) },
    { name: 'resp_bytes', unit: 'B', value: (r) => present(r.respBytes) },
    { name: 'orig_pkts', unit: 'packets', value: (r) => present(r.origPkts) },
    { name: 'resp_pkts', unit: 'packets', value: (r) => present(r.respPkts) },
    { name: 'orig_ip_bytes', unit: 'B', value: (r) => present(r.origIpBytes) },
    { name: 'resp_ip_bytes', unit: 'B', value: (r) => present(r.respIpBytes) },
    { name: 'missed_bytes', unit: 'B', value: (r) => present(r.missedBytes) },
    { name: 'id.resp_p', unit: '', value: (r) => present(r.respP) },
    { name: 'local_orig', unit: '0/1', value: (r) => present(r.localOrig) },
    { name: 'local_resp', unit: '0/1', value: (r) => present(r.localResp) },
  ],
  facets: [
    { title: 'Protocols', value: (r) => PROTOCOLS[r.proto] },
    { title: 'Services', value: (r) => (r.service.length > 0 ? r.service.toString() : undefined) },
    { title: 'Connection states', value: (r) => CONN_STATES[r.connState] },
    { title: 'Responder ports', value: (r) => word(r.respP) },
    { title: 'Histories', value: (r) => (r.history.length > 0 ? r.history.toString() : undefined) },
    { title: 'Labels', value: (r) => (r.label.length > 0 ? r.label.toString() : undefined) },
  ],
};

export const EXPLORED_PACKET: Explored<PacketRecord> = {
  fields: [
    { name: 'frame.len', unit: 'B', value: (r) => r.frameLen },
    { name: 'frame.cap_len', unit: 'B', value: (r) => r.capLen },
    { name: 'ip.ttl', unit: '', value: (r) => present(r.ipTtl) },
    { name: 'ip.len', unit: 'B', value: (r) => present(r.ipLen) },
    { name: 'srcport', unit: '', value: (r) => present(r.srcport) },
    { name: 'dstport', unit: '', value: (r) => present(r.dstport) },
    { name: 'tcp.window_size_value', unit: '', value: (r) => present(r.tcpWindow) },
    { name: 'payload.len', unit: 'B', value: (r) => present(r.payloadLen) },
    { name: 'payload.entropy', unit: 'bits', value: (r) => present(r.payloadEntropy) },
    { name: 'payload.printable', unit: 'share', value: (r) => present(r.payloadPrintable) },
  ],
  facets: [
    {
      title: 'Protocols',
      value: (r) =>
        r.ipProto >= 0 ? (IP_NAMES[r.ipProto] ?? `IP ${r.ipProto}`) : r.arpOpcode >= 0 ? 'ARP' : undefined,
    },
    // the side with the lower port is taken for the service, as the features do where nothing else tells
    { title: 'Service ports', value: (r) => word(Math.min(r.srcport, r.dstport)) },
    {
      title: 'TCP flags',
      value: (r) => (r.tcpFlags < 0 ? undefined : `0x${r.tcpFlags.toString(16).padStart(3, '0')}`),
    },
    { title: 'TLS server names', value: (r) => (r.tlsSni.length > 0 ? r.tlsSni.toString() : undefined) },
    { title: 'DNS names', value: (r) => (r.dnsQryName.length > 0 ? r.dnsQryName.toString() : undefined) },
  ],
};
