/** Conversations as rows of a conn.log, with the words that Zeek has for them. */

import type { TextField } from '../table/record.js';
import { CONN_STATES, type ConnRecord, PROTOCOLS } from '../zeek/record.js';
import { type Conversation, type Host, ICMP_BYTES, ipHeaderBytes, optionBytes, TCP_BYTES, UDP_BYTES } from './act.js';
import { isPrivateAddress } from './parties.js';
import { segmentsOf } from './segments.js';
import { FLAG } from './write.js';

export interface ConnRow {
  readonly startUs: number;
  /** s; -1: of one packet */
  readonly duration: number;
  readonly orig: Host;
  readonly resp: Host;
  readonly origP: number;
  readonly respP: number;
  readonly proto: 'tcp' | 'udp' | 'icmp';
  readonly service: string;
  readonly origBytes: number;
  readonly respBytes: number;
  readonly origPkts: number;
  readonly respPkts: number;
  readonly origIpBytes: number;
  readonly respIpBytes: number;
  readonly state: (typeof CONN_STATES)[number];
  readonly history: string;
}

/** The conversation's row, and one more of ICMP where its server says that a port is unreachable. */
export function rowsOf(talk: Conversation): ConnRow[] {
  const { protocol, client, server } = talk;
  const count = { pkts: [0, 0], bytes: [0, 0], ip: [0, 0] };
  const history = new Set<string>();
  let lastUs = talk.startUs;
  let firstRefusedUs = -1;
  let refused = 0;
  let lastRefusedUs = -1;
  for (const { timeUs, fromClient, flags, bytes, unreachable } of segmentsOf(talk)) {
    if (unreachable) {
      if (refused++ === 0) firstRefusedUs = timeUs;
      lastRefusedUs = timeUs;
      continue;
    }
    const side = fromClient ? 0 : 1;
    lastUs = timeUs;
    count.pkts[side]++;
    count.bytes[side] += bytes;
    count.ip[side] += bytes + headerBytes(talk, fromClient, flags);
    const letter = protocol === 'icmp' ? '' : letterOf(flags, bytes, protocol);
    history.add(fromClient ? letter.toUpperCase() : letter);
  }
  const single = count.pkts[0] + count.pkts[1] === 1;
  const row: ConnRow = {
    startUs: talk.startUs,
    duration: single ? -1 : (lastUs - talk.startUs) / 1e6,
    orig: client,
    resp: server,
    origP: protocol === 'icmp' ? (client.address.length === 4 ? 8 : 128) : talk.clientPort,
    respP: protocol === 'icmp' ? (client.address.length === 4 ? 0 : 129) : talk.serverPort,
    proto: protocol,
    service: talk.service,
    origBytes: single && count.bytes[0] === 0 ? -1 : count.bytes[0],
    respBytes: single && count.bytes[0] === 0 ? -1 : count.bytes[1],
    origPkts: count.pkts[0],
    respPkts: count.pkts[1],
    origIpBytes: count.ip[0],
    respIpBytes: count.ip[1],
    state: stateOf(talk, count.pkts[1] > 0),
    history: [...history].join(''),
  };
  if (refused === 0) return [row];
  const quoted = ipHeaderBytes(client) + UDP_BYTES;
  return [
    row,
    {
      ...row,
      startUs: firstRefusedUs,
      duration: refused === 1 ? -1 : (lastRefusedUs - firstRefusedUs) / 1e6,
      orig: server,
      resp: client,
      origP: client.address.length === 4 ? 3 : 1,
      respP: client.address.length === 4 ? 3 : 4,
      proto: 'icmp',
      service: '',
      origBytes: refused * quoted,
      respBytes: 0,
      origPkts: refused,
      respPkts: 0,
      origIpBytes: refused * (ipHeaderBytes(client) + ICMP_BYTES + quoted),
      respIpBytes: 0,
      state: 'OTH',
      history: '',
    },
  ];
}

function headerBytes({ client, server, protocol }: Conversation, fromClient: boolean, flags: number): number {
  const from = fromClient ? client : server;
  const { synOptions, options } = from.look;
  if (protocol === 'udp') return ipHeaderBytes(from) + UDP_BYTES;
  if (protocol === 'icmp') return ipHeaderBytes(from) + ICMP_BYTES;
  const kinds = (flags & FLAG.rst) !== 0 ? [] : (flags & FLAG.syn) !== 0 ? synOptions : options;
  return ipHeaderBytes(from) + TCP_BYTES + optionBytes(kinds);
}

/** Of the history, in small letters (Zeek's manual, conn.log). */
function letterOf(flags: number, bytes: number, protocol: 'tcp' | 'udp'): string {
  if (protocol === 'udp') return 'd';
  if ((flags & FLAG.syn) !== 0) return (flags & FLAG.ack) !== 0 ? 'h' : 's';
  if ((flags & FLAG.rst) !== 0) return 'r';
  if ((flags & FLAG.fin) !== 0) return 'f';
  return bytes > 0 ? 'd' : 'a';
}

function stateOf({ protocol, outcome, end }: Conversation, answered: boolean): ConnRow['state'] {
  if (protocol === 'icmp') return 'OTH';
  if (protocol === 'udp') return answered ? 'SF' : 'S0';
  if (outcome === 'silent') return 'S0';
  if (outcome === 'refused') return 'REJ';
  if (outcome === 'half-open' || end === 'rst') return 'RSTO';
  return end === 'fin' ? 'SF' : 'S1';
}

const encoder = new TextEncoder();

function put(field: TextField, text: string): void {
  field.length = encoder.encodeInto(text, field.bytes).written;
}

/** `into` becomes the row, as a reader of the log would fill it. */
export function fillConn(row: ConnRow, into: ConnRecord): void {
  const { orig, resp, proto } = row;
  into.timestampUs = row.startUs;
  into.ipVersion = orig.address.length === 4 ? 4 : 6;
  into.origH.fill(0).set(orig.address);
  into.respH.fill(0).set(resp.address);
  into.origP = row.origP;
  into.respP = row.respP;
  into.proto = PROTOCOLS.indexOf(proto);
  into.ipProto = proto === 'tcp' ? 6 : proto === 'udp' ? 17 : into.ipVersion === 4 ? 1 : 58;
  put(into.service, row.service);
  into.duration = row.duration;
  into.origBytes = row.origBytes;
  into.respBytes = row.respBytes;
  into.connState = CONN_STATES.indexOf(row.state);
  // Zeek's Site::local_nets holds private ranges unless it is told others
  into.localOrig = isPrivateAddress(orig.address) ? 1 : 0;
  into.localResp = isPrivateAddress(resp.address) ? 1 : 0;
  into.missedBytes = 0;
  put(into.history, row.history);
  into.origPkts = row.origPkts;
  into.origIpBytes = row.origIpBytes;
  into.respPkts = row.respPkts;
  into.respIpBytes = row.respIpBytes;
  into.label.length = into.detailedLabel.length = 0;
  into.hash();
}
