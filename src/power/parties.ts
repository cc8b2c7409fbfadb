/** Who is who on a network, as its records show it: servers, clients, hosts beyond the segment, and how their packets look. */

import { MAX_SNAPLEN } from '../base/limits.js';
import { isGroup, isLinkLocal, PRIVATE } from '../features/local.js';
import type { PacketRecord } from '../table/record.js';
import { type ConnRecord, ICMP, stateSet, TCP, UDP } from '../zeek/record.js';
import { familyOf, type Host, type Link, type Look, textOf, writableOptions } from './act.js';
import { FLAG, HOP_LIMIT } from './write.js';

export interface Server {
  readonly host: Host;
  readonly port: number;
}

export interface Parties {
  readonly link: Link;
  /** of the segment, that answer, the busiest first */
  readonly servers: readonly Server[];
  /** of the segment, that ask, the busiest first */
  readonly clients: readonly Host[];
  /** all hosts seen on the segment */
  readonly near: readonly Host[];
  /** one that speaks through a router; undefined: none was seen */
  readonly far: Host | undefined;
  readonly resolver: Host | undefined;
  /** texts of the addresses seen */
  readonly known: ReadonlySet<string>;
  /** who speaks IPv6 on a network that speaks IPv4 as well; undefined: nobody does */
  readonly six?:
    | { readonly parties: Parties /** of the network's conversations */; readonly share: number }
    | undefined;
}

interface Seen {
  readonly address: Uint8Array;
  packets: number;
  asks: number;
  /** times it answered, by port; 65536 and more: by UDP */
  readonly answers: Map<number, number>;
  /** it said by ARP where it is, or a log calls it local */
  atHome: boolean;
  look: Partial<Look>;
}

/** hosts kept; a flood of addresses that are made up does not fill memory */
const MOST_HOSTS = 20_000;
const UDP_PORT = 65_536;
const DNS_PORT = 53;
/** so many addresses at one MAC address are behind a router: a host has one or two, and a link-local one */
const MOST_ADDRESSES = 3;
/** what Linux 6 sends where nothing else was seen: window, options, TTL (tcp(7), sysctl ip_default_ttl) */
const LINUX: Look = {
  mac: -1,
  ttl: 64,
  synWindow: 64_240,
  window: 501,
  synOptions: [2, 4, 8, 1, 3],
  options: [1, 1, 8],
};
/** solicitation and advertisement (RFC 4861) */
const isNeighbourDiscovery = (icmpType: number): boolean => icmpType === 135 || icmpType === 136;
const OPENING = FLAG.syn | FLAG.ack;
const ANSWERED = stateSet('SF', 'S1', 'S2', 'S3', 'RSTO', 'RSTR');

export function isPrivateAddress(address: Uint8Array): boolean {
  return PRIVATE.has({ family: familyOf(address), bytes: address });
}

/** Takes in the records of training, one pass. */
export class PartySurvey {
  private readonly hosts = new Map<string, Seen>();
  /** addresses at each MAC address, up to one more than a host has */
  private readonly macs = new Map<number, Set<string>>();
  private readonly headers = new Map<number, number>();
  private snapLen = 0;
  /** by bytes of tunnels around a packet: how many have so many */
  private readonly around = new Map<number, number>();
  /** names asked for and connections begun, by IPv4 and by IPv6 */
  private readonly begun = [0, 0];

  packet(record: PacketRecord): void {
    const { ipVersion, ethSrc, frameLen, capLen, ipLen, tcpFlags, srcport, dstport, ipTtl, icmpType, dnsResponse } =
      record;
    if (capLen < frameLen) this.snapLen = Math.max(this.snapLen, capLen);
    if (record.arpOpcode >= 0) {
      const sender = this.host(record.arpSrc.slice(), ethSrc);
      if (sender) sender.atHome = true;
    }
    if (ipVersion < 0) return;
    const width = ipVersion === 4 ? 4 : 16;
    const from = this.host(record.ipSrc.slice(0, width), ethSrc);
    // padding makes short frames longer than their headers say
    if (ipLen > 64) this.link(record, frameLen - ipLen);
    if (dnsResponse === 0 ? dstport === DNS_PORT : (tcpFlags & OPENING) === FLAG.syn) this.begun[width === 4 ? 0 : 1]++;
    if (!from) return;
    // no router passes these on, for which they have a hop limit of their own
    if (ipVersion === 6 && isNeighbourDiscovery(icmpType) && ipTtl === HOP_LIMIT) {
      from.atHome = true;
      return;
    }
    const { look } = from;
    from.look = { ...look, ttl: ipTtl };
    if (tcpFlags >= 0 && (tcpFlags & FLAG.rst) === 0) {
      const kinds = [...record.tcpOptionKinds.subarray(0, record.tcpOptionCount)];
      if ((tcpFlags & FLAG.syn) !== 0) {
        from.look = { ...from.look, synWindow: record.tcpWindow, synOptions: kinds };
        if ((tcpFlags & FLAG.ack) !== 0) count(from.answers, srcport);
        else from.asks++;
      } else if (record.payloadLen > 0) {
        from.look = { ...from.look, window: record.tcpWindow, options: kinds };
      }
    }
    if (dnsResponse === 0) from.asks++;
    if (dnsResponse === 1 && srcport === DNS_PORT) count(from.answers, UDP_PORT + DNS_PORT);
  }

  connection(record: ConnRecord): void {
    const width = record.ipVersion === 4 ? 4 : 16;
    const from = this.host(record.origH.slice(0, width), -1);
    const to = this.host(record.respH.slice(0, width), -1);
    if (from && record.localOrig === 1) from.atHome = true;
    if (to && record.localResp === 1) to.atHome = true;
    if (record.proto === ICMP) return;
    if (record.proto === TCP || record.respP === DNS_PORT) this.begun[width === 4 ? 0 : 1]++;
    if (from) from.asks++;
    const answered = ((1 << record.connState) & ANSWERED) !== 0;
    if (to && answered && record.proto === TCP) count(to.answers, record.respP);
    if (to && answered && record.proto === UDP) count(to.answers, UDP_PORT + record.respP);
  }

  finish(): Parties {
    const seen = [...this.hosts.values()].sort((a, b) => b.packets - a.packets);
    const six = seen.filter(({ address }) => address.length === 16 && address[0] !== 0 && !isGroup(6, address));
    // who has both speaks with others by the wider one
    const wide = six.filter(({ address }) => !isLinkLocal(familyOf(address), address));
    const parties6 = this.partiesOf(wide.some((host) => this.isNear(host)) ? wide : six);
    if (seen.every(({ address }) => address.length === 16)) return parties6;
    const parties = this.partiesOf(
      seen.filter(({ address }) => address.length === 4 && address[0] !== 0 && !isGroup(4, address)),
    );
    const [begun4, begun6] = this.begun;
    return begun6 > 0 ? { ...parties, six: { parties: parties6, share: begun6 / (begun4 + begun6) } } : parties;
  }

  /** @param family hosts of one, the busiest first */
  private partiesOf(family: readonly Seen[]): Parties {
    const near = family.filter((host) => this.isNear(host));
    const far = family.find((host) => !this.isNear(host));
    const servers = (near.length > 0 ? near : family).flatMap((host) =>
      [...host.answers].filter(([port]) => port < UDP_PORT).map(([port, answers]) => ({ host, port, answers })),
    );
    servers.sort((a, b) => b.answers - a.answers);
    const clients = near.filter(({ asks }) => asks > 0).sort((a, b) => b.asks - a.asks);
    const resolver = family
      .map((host) => ({ host, answers: host.answers.get(UDP_PORT + DNS_PORT) ?? 0 }))
      .sort((a, b) => b.answers - a.answers)
      .find(({ answers }) => answers > 0);
    return {
      link: this.linkType(),
      servers: servers.map(({ host, port }) => ({ host: hostOf(host), port })),
      clients: clients.map(hostOf),
      near: near.map(hostOf),
      far: far && hostOf(far),
      resolver: resolver && hostOf(resolver.host),
      known: new Set(this.hosts.keys()),
    };
  }

  private host(address: Uint8Array, mac: number): Seen | undefined {
    const text = textOf(address);
    let seen = this.hosts.get(text);
    if (!seen) {
      if (this.hosts.size >= MOST_HOSTS) return undefined;
      seen = { address, packets: 0, asks: 0, answers: new Map(), atHome: false, look: {} };
      this.hosts.set(text, seen);
    }
    seen.packets++;
    if (mac >= 0) {
      seen.look = { ...seen.look, mac };
      const there = this.macs.get(mac) ?? new Set();
      if (there.size <= MOST_ADDRESSES && !text.startsWith('fe80')) there.add(text);
      if (this.macs.size < MOST_HOSTS) this.macs.set(mac, there);
    }
    return seen;
  }

  /** On the segment rather than beyond a router. */
  private isNear({ address, atHome, look }: Seen): boolean {
    if (atHome) return true;
    if (look.mac === undefined) return isPrivateAddress(address);
    return (this.macs.get(look.mac)?.size ?? 0) <= MOST_ADDRESSES;
  }

  private link({ ethSrc, ethDst, encap }: PacketRecord, headerBytes: number): void {
    const macs = ethDst >= 0 ? 2 : ethSrc >= 0 ? 1 : 0;
    if (encap > 0) {
      const own = [0, 16, 14][macs] ?? 0;
      if (headerBytes >= own) count(this.around, headerBytes - own);
      count(this.headers, macs * 100 + own);
    } else if (headerBytes >= 0 && headerBytes <= 20) {
      count(this.around, 0);
      count(this.headers, macs * 100 + headerBytes);
    }
  }

  private linkType(): Link {
    const most = mostOf(this.headers);
    const around = mostOf(this.around);
    const snapLen = this.snapLen > 0 ? Math.max(0, this.snapLen - around) : MAX_SNAPLEN;
    if (most >= 200) return { type: 1, snapLen, around };
    if (most >= 100) return { type: most === 120 ? 276 : 113, snapLen, around };
    return { type: most === 4 ? 0 : 101, snapLen, around };
  }
}

function mostOf(counts: ReadonlyMap<number, number>): number {
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0;
}

function count(counts: Map<number, number>, key: number): void {
  // a scan among the training's records would leave a port each
  if (counts.size < 1024 || counts.has(key)) counts.set(key, (counts.get(key) ?? 0) + 1);
}

function hostOf({ address, look }: Seen): Host {
  const whole = { ...LINUX, ...look };
  const options = { synOptions: writableOptions(whole.synOptions), options: writableOptions(whole.options) };
  return { address, text: textOf(address), look: { ...whole, ...options } };
}
