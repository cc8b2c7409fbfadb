/**
 * The rules of the envelope counts: when a count raises an alarm by itself, the pattern it stands for and its words. Every
 * count of the extractors' table has one.
 */
import { COUNT_INDEX, type CountName } from '../../features/counts.js';
import { STRAY_PACKETS } from '../../features/packet/macs.js';
import type { FeatureBatch } from '../feature-batch.js';
import type { Place } from '../incidents/open-incident.js';
import type { PatternName } from './patterns.js';

/** Half-open connections of one client, or to one server, in a minute that make a flood rather than a scan. */
const FLOOD = 200;

/**
 * New MAC addresses in a minute that fill no switch: the smallest remember 1024, each for 300 s (the ageing time of
 * IEEE 802.1Q), so fewer are forgotten as fast as they come.
 */
const SWITCH_TABLE = Math.floor((1024 * 60) / 300);

export interface CountRule {
  /** highest value that never fires, where it is not the general floor: what a harmless newcomer may do in a quiet network */
  readonly floor?: number;
  /** fires above so many times the training maximum, where it is not the general factor */
  readonly factor?: number;
  /** only where training did not know the initiator: the count is about its target, which is innocent of others' doings */
  readonly ofStrangers?: boolean;
  /** not while it is `below` this and another count of the record `atMost` that: many tries of one dead service are no scan */
  readonly unless?: { readonly below: number; readonly count: CountName; readonly atMost: number };
  /** about what did not come back, or came unasked: not where only one direction of the traffic is seen */
  readonly needsBoth?: boolean;
  readonly pattern: (value: number, batch: FeatureBatch, k: number) => PatternName;
  /** seen over many packets already: one record of it is evidence enough */
  readonly conclusive?: boolean;
  /** it is about the sender, whoever asked whom: `i` of its text is his address */
  readonly ofSender?: boolean;
  /** "10.0.0.9 asked 10.0.0.1 for 812 ports in 60 s": i initiator, e responder, v value as text, at the sender's place, of rules `ofSender` */
  readonly text: (i: string, e: string, v: string, at: Place) => string;
}

/** B on the wire; the usual ping has 98 */
const LARGE_PING = 300;
const ICMP = 1;
const ICMPV6 = 58;
const ARP = -1;

/** What turning to many hosts is called. */
function sweepOf(batch: FeatureBatch, k: number): PatternName {
  const protocol = batch.protocol[k];
  if (protocol === ARP) return 'ARP sweep';
  return protocol === ICMP || protocol === ICMPV6 ? 'ping sweep' : 'host sweep';
}

/** Many half-open connections are a flood, unless they go to nearly as many services, which the count `spread` tells: that is a scan. */
const floodOr =
  (scan: PatternName, spread: CountName) =>
  (value: number, batch: FeatureBatch, k: number): PatternName => {
    return value > FLOOD && !isSpread(value, batch, k, spread) ? 'SYN flood' : scan;
  };

/** Whether the count `over` is at least half of the value; a count that the record does not have is none. */
function isSpread(value: number, batch: FeatureBatch, k: number, over: CountName): boolean {
  return 2 * batch.counts[k * batch.countWidth + COUNT_INDEX[over]] >= value;
}

function echoesOf(value: number, batch: FeatureBatch, k: number): PatternName {
  if (isSpread(value, batch, k, 'responders')) return 'ping sweep';
  return batch.bytes[k] > LARGE_PING && value < FLOOD ? 'ICMP tunnel' : 'ping flood';
}

const always = (pattern: PatternName) => (): PatternName => pattern;

export const COUNT_RULES: Readonly<Record<CountName, CountRule>> = {
  responders: {
    floor: 20,
    pattern: (_value, batch, k) => sweepOf(batch, k),
    text: (i, _e, v) => `${i} addressed ${v} hosts in 60 s`,
  },
  services: {
    floor: 30,
    pattern: (_value, batch, k) => (batch.servicePort[k] < 0 ? sweepOf(batch, k) : 'port scan'),
    text: (i, _e, v) => `${i} tried ${v} services (host and port) in 60 s`,
  },
  pair_ports: {
    floor: 12,
    pattern: always('port scan'),
    text: (i, e, v) => `${i} tried ${v} ports on ${e} in 60 s`,
  },
  half_open: {
    needsBoth: true,
    floor: 6,
    unless: { below: 20, count: 'pair_ports', atMost: 3 },
    pattern: floodOr('refused connections', 'services'),
    text: (i, _e, v) => `${v} connections opened by ${i} in 60 s were never completed`,
  },
  failed_hosts: {
    needsBoth: true,
    pattern: always('host sweep'),
    text: (i, _e, v) => `TCP connections of ${i} to ${v} hosts came to nothing in 60 s`,
  },
  responder_half_open: {
    needsBoth: true,
    ofStrangers: true,
    pattern: floodOr('half-open connections', 'pair_ports'),
    text: (_i, e, v) => `${v} connections to ${e} in 60 s were never completed`,
  },
  unreachables: {
    floor: 30,
    pattern: (_value, batch, k) => (batch.servicePort[k] < 0 ? sweepOf(batch, k) : 'port scan'),
    text: (i, _e, v) => `${i} got ${v} ICMP "unreachable" messages in 60 s`,
  },
  lookups: {
    floor: 16,
    pattern: always('ARP sweep'),
    text: (i, _e, v) => `${i} asked the network segment for ${v} addresses (ARP, neighbour discovery) in 60 s`,
  },
  echoes: {
    floor: 100,
    pattern: echoesOf,
    text: (i, _e, v) => `${i} sent ${v} echo requests in 60 s`,
  },
  dns_length: {
    floor: 100,
    pattern: always('DNS tunnel'),
    text: (i, _e, v) => `${i} asked for DNS names of ${v} bytes`,
  },
  dns_names: {
    floor: 30,
    pattern: always('DNS tunnel'),
    text: (i, _e, v) => `${i} asked for ${v} different names under one DNS domain in 60 s`,
  },
  mac_conflicts: {
    floor: STRAY_PACKETS,
    conclusive: true,
    pattern: always('ARP spoofing'),
    ofSender: true,
    text: (i, _e, v, at) =>
      at.present
        ? `${v} packets of ${i}${through(at)} came from ${at.mac} while its own MAC address, ${at.former}, is still there`
        : `${v} packets of ${i}${through(at)} came from ${at.mac}, which has another address too, and none from ${at.former}`,
  },
  mac_changes: {
    floor: STRAY_PACKETS,
    conclusive: true,
    pattern: always('changed MAC address'),
    ofSender: true,
    text: (i, _e, v, at) =>
      `${v} packets of ${i}${through(at)} came from ${at.mac}, and none from ${at.former}, which it had before`,
  },
  macs: {
    floor: SWITCH_TABLE,
    pattern: always('MAC flood'),
    text: (_i, _e, v) => `${v} MAC addresses sent on this segment in 60 s`,
  },
};

/** What a router forwards counts as well. */
function through({ router }: Place): string {
  return router ? ', or through it,' : '';
}

/** Undefined where no count has that name. */
export function countRule(name: string): CountRule | undefined {
  return Object.hasOwn(COUNT_RULES, name) ? COUNT_RULES[name as CountName] : undefined;
}

/** Words of the rules that are no counts of the extractor. `n`: what was normal, as text. */
export const RULE_TEXTS: Readonly<Record<string, (i: string, e: string, v: string, n: string) => string>> = {
  service_connections: (i, e, v, n) => `${i} connected ${v} times to ${e} in 60 s; ${n}`,
  service_load: (_i, e, v, n) => `${v} connections were opened to ${e} in 60 s by all together; ${n}`,
  service_requests: (i, e, v, n) => `${i} put ${v} questions to ${e} in 60 s; ${n}`,
  service_upload: (i, e, v, n) => `${i} sent ${v} to ${e} in 60 s; ${n}`,
  connection_upload: (i, e, v, n) => `${i} sent ${v} to ${e} over connections begun within 60 s; ${n}`,
  beacon: (i, e, v) =>
    `${i} connects to ${e} every ${v}, as regular as a program calling home; training had no such service`,
};
