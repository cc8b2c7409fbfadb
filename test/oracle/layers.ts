/**
 * The packets in a packet, by the protocol stack that tshark names: the outermost one, and what each tunnel carries. tshark lists
 * every layer's fields one behind the other, so each packet has its own place among the values of a field.
 */

import type { Dissection } from './tshark.ts';

const TUNNELS = new Set(['vxlan', 'geneve', 'gre', 'erspan', 'mpls']);
const LINK = ['eth', 'ethertype', 'vlan', 'ieee8021ad', 'sll', 'llc', 'wlan'];
/** Behind these, inside a packet, the table finds no packet: errors quote packets, data are none, and other tunnels are not looked into. */
const ENDS = /^(icmp|icmpv6|tcp|sctp|dns|mdns|llmnr|data|gtp|teredo|ayiya|nsh|l2tp|ppp)$/;

export interface Packet {
  /** from its link layer on, which is the one outside where it is an IP packet without one */
  readonly tokens: readonly string[];
  /** the tunnels around it, as the table names them */
  readonly encap: string;
  readonly dissection: Dissection;
}

/** The outermost packet first. */
export function packetsOf(dissection: Dissection): Packet[] {
  const all = protocolsOf(dissection);
  const packets: Packet[] = [{ tokens: all, encap: '', dissection }];
  const passed = new Map<string, number>();
  let link = { tokens: all.slice(0, networkAt(all, 0)), passed: new Map<string, number>() };
  let encap: string[] = [];
  let pending: string[] = [];
  let hasNetwork = false;
  let ended = false;
  all.forEach((token, i) => {
    if (ended) return;
    // what a capture begins with is its link layer
    if ((i > 0 && ENDS.test(token)) || (token === 'gre' && all[i - 1] === 'udp')) ended = true;
    const isIp = token === 'ip' || token === 'ipv6';
    const carried = isIp ? hasNetwork || pending.length > 0 : token === 'eth' && pending.length > 0;
    if (carried) {
      encap = [...encap, ...(pending.length > 0 ? pending : ['ip'])];
      pending = [];
      if (!isIp) link = { tokens: all.slice(i, networkAt(all, i)), passed: new Map(passed) };
      const places = new Map(passed);
      for (const layer of LINK) places.set(layer, link.passed.get(layer) ?? 0);
      const tokens = isIp ? [...link.tokens, ...all.slice(i)] : all.slice(i);
      packets.push({ tokens, encap: encap.join('-'), dissection: dissection.at(places) });
    }
    if (isIp) hasNetwork = true;
    else if (token === 'eth') hasNetwork = false;
    if (token === 'erspan') pending = ['erspan'];
    else if (TUNNELS.has(token) && pending.at(-1) !== token) pending.push(token);
    passed.set(token, (passed.get(token) ?? 0) + 1);
  });
  return packets;
}

/** Without the `ip` that stands for a look at an IPv6 packet's version. */
function protocolsOf(dissection: Dissection): string[] {
  const all = dissection.first('frame.protocols').split(':');
  let surplus = all.filter((token) => token === 'ip').length - dissection.all('ip.src').length;
  return all.filter((token, i) => !(token === 'ip' && all[i + 1] === 'ipv6' && surplus > 0 && surplus--));
}

/** Where the tokens of a link layer that starts at `from` end. */
function networkAt(tokens: readonly string[], from: number): number {
  const end = tokens.findIndex((token, i) => i >= from && /^(ip|ipv6|arp|mpls)$/.test(token));
  return end < 0 ? tokens.length : end;
}
