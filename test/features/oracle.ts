/** The slow and obvious packet features: every value by its name, written from the definitions. */

import { Clock } from '../../src/features/clock.ts';
import type { PacketRecord } from '../../src/table/record.ts';
import { Contexts, Distinct, Evenness, foldedLabels, labelsOf, type Seen, Sums } from './oracle-context.ts';
import { OracleMacs } from './oracle-macs.ts';
import { OracleRarity } from './oracle-rarity.ts';

const lg = (x: number) => Math.log1p(Math.max(0, x));

interface Damped {
  time: number;
  /** λ -> w, S, Q */
  size: number[][];
  gap: number[][];
}

const LAMBDAS = [1, 0.1, 0.01];

function damp(sums: number[], decay: number, value: number): number[] {
  const [w = 0, s = 0, q = 0] = sums;
  return [w * decay + 1, s * decay + value, q * decay + value * value];
}

function moments([w = 0, s = 0, q = 0]: number[]): [number, number] {
  const mean = w > 0 ? s / w : 0;
  return [mean, w > 0 ? Math.sqrt(Math.max(0, q / w - mean * mean)) : 0];
}

function entropy(values: readonly number[]): number {
  let sum = 0;
  for (const value of new Set(values)) {
    const p = values.filter((v) => v === value).length / values.length;
    sum -= p * Math.log2(p);
  }
  return sum;
}

export class Oracle {
  private readonly rarity: OracleRarity;
  /** while learning: the block, its beginning, and the longest so far [s] */
  private readonly span: { block: number; start: number; longest: number };
  private readonly macs: OracleMacs;
  private block = -1;
  private readonly contexts = new Contexts();
  private readonly sums = new Sums();
  private readonly distinct = new Distinct();
  private readonly evenness = new Evenness();
  private readonly ttl = new Map<string, number>();
  private readonly damped = new Map<string, Damped>();
  private readonly firstSeen = new Map<string, number>();
  private readonly early = new Map<string, number>();
  private pending: { deadline: number; flow: unknown; initiator: string; responder: string; answered: boolean }[] = [];

  /** @param learner the one that saw the training data */
  constructor(learner?: Oracle) {
    this.rarity = learner?.rarity ?? new OracleRarity();
    this.span = learner?.span ?? { block: -1, start: 0, longest: 0 };
    this.contexts.longest = this.span.longest;
    if (learner) this.contexts.clock = new Clock(1e6, learner.contexts.clock.usualUs);
    this.macs = new OracleMacs(learner?.macs);
  }

  learn(record: PacketRecord, block: number): void {
    const seen = this.contexts.follow(record);
    const { span } = this;
    if (block !== span.block) Object.assign(span, { block, start: seen.seconds });
    span.longest = Math.max(span.longest, seen.seconds - span.start);
    this.rarity.learn(seen, block);
    this.macs.learn(seen);
  }

  /** Every feature of the next record, by name. */
  transform(record: PacketRecord, block: number): Record<string, number> {
    if (block !== this.block) Object.assign(this, new Oracle(this), { block });
    const seen = this.contexts.follow(record);
    return {
      ...this.packet(seen),
      ...this.remote(seen, block),
      ...this.windows(seen),
      ...this.flow(seen),
      ...this.rarity.values(seen, block),
      ...this.macs.values(seen),
    };
  }

  private packet(s: Seen): Record<string, number> {
    const { record: r, servicePort: port } = s;
    let deviation = 0;
    if (r.ipTtl >= 0) {
      const mean = this.ttl.get(s.source) ?? r.ipTtl;
      deviation = Math.abs(r.ipTtl - mean) / 255;
      this.ttl.set(s.source, mean + 0.1 * (r.ipTtl - mean));
    }
    const values: Record<string, number> = {
      frame_length: lg(r.frameLen),
      payload_length: lg(s.payload),
      outbound: +(s.lane === 'out'),
      inbound: +(s.lane === 'in'),
      ipv4: +(r.ipVersion === 4),
      ipv6: +(r.ipVersion === 6),
      ttl: Math.max(0, r.ipTtl) / 255,
      ttl_deviation: deviation,
      tcp_window: lg(r.tcpWindow),
      fragment: +s.fragment,
      dont_fragment: +(r.ipFlags > 0 && (r.ipFlags & 2) > 0),
      ip_options: +(r.ipOptions === 1),
      dscp: Math.floor(Math.max(0, r.ipDsfield) / 4) / 63,
      port_low: +(port >= 0 && port < 1024),
      port_middle: +(port >= 1024 && port < 32768),
      port_high: +(port >= 32768),
      port_none: +(port < 0),
    };
    for (const name of ['tcp', 'udp', 'icmp', 'icmpv6', 'arp', 'other_ip', 'not_ip']) {
      values[`protocol_${name}`] = +(s.protocol === name);
    }
    for (const name of ['unicast', 'multicast', 'broadcast']) values[name] = +(s.cast === name);
    ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr'].forEach((name, bit) => {
      values[`tcp_${name}`] = Math.floor(s.flags / 2 ** bit) % 2;
    });
    return values;
  }

  private remote(s: Seen, block: number): Record<string, number> {
    const name = `${s.remote} ${s.lane}`;
    const before = this.damped.get(name);
    // a silence of more than a minute is forgotten
    const d = before && s.seconds - before.time <= 60 ? before : undefined;
    const gap = d ? s.seconds - d.time : 0;
    const now: Damped = { time: s.seconds, size: [], gap: [] };
    LAMBDAS.forEach((lambda, i) => {
      const decay = 2 ** (-lambda * gap);
      now.size[i] = damp(d?.size[i] ?? [], decay, s.record.frameLen);
      now.gap[i] = d ? damp(d.gap[i], decay, gap * 1000) : [];
    });
    this.damped.set(name, now);
    const first = this.firstSeen.get(s.remote) ?? s.seconds;
    this.firstSeen.set(s.remote, first);
    const values: Record<string, number> = {
      remote_age: lg(this.rarity.knows(s.remote, block) ? 3600 : Math.min(3600, s.seconds - first)),
    };
    ['1s', '10s', '100s'].forEach((span, i) => {
      const [mean, spread] = moments(now.size[i]);
      const [gapMean, gapSpread] = moments(now.gap[i]);
      values[`remote_packets_${span}`] = lg(now.size[i][0]);
      values[`remote_size_${span}`] = lg(mean);
      values[`remote_size_spread_${span}`] = lg(spread);
      values[`remote_gap_${span}`] = lg(gapMean);
      values[`remote_gap_variation_${span}`] = gapMean > 0 ? Math.min(10, gapSpread / gapMean) : 0;
    });
    return values;
  }

  private handshakes(s: Seen): void {
    if (s.protocol === 'tcp') {
      const { record } = s;
      const ends = [`${s.source} ${record.srcport}`, `${s.destination} ${record.dstport}`].sort().join();
      const early = s.seconds - (this.early.get(ends) ?? Number.NEGATIVE_INFINITY) < 1;
      const waiting = this.pending.find((p) => p.flow === s.flow);
      if (s.syn && !waiting) {
        const { flow, initiator, responder } = s;
        this.pending.push({ deadline: s.seconds + 3, flow, initiator, responder, answered: early });
      }
      if (s.synAck && !waiting && !s.fromInitiator && !s.flow.begun) this.early.set(ends, s.seconds);
      if (s.synAck && waiting && !s.fromInitiator) {
        waiting.answered = true;
        waiting.flow = undefined;
      }
    }
    for (const p of this.pending.filter((p) => p.deadline <= s.seconds)) {
      this.sums.add(`openings ${p.initiator}`, s.bucket);
      if (p.answered) continue;
      this.sums.add(`half-open ${p.initiator}`, s.bucket);
      this.sums.add(`half-open received ${p.responder}`, s.bucket);
    }
    this.pending = this.pending.filter((p) => p.deadline > s.seconds);
  }

  private windows(s: Seen): Record<string, number> {
    const { record: r, bucket, initiator: i, responder: e, protocol, servicePort: port } = s;
    const { sums, distinct } = this;
    const service = `${i} ${e} ${protocol} ${port}`;
    const icmp = protocol === 'icmp' || protocol === 'icmpv6';
    if (s.opens) {
      sums.add(`flows ${i}`, bucket);
      sums.add(`flows ${service}`, bucket);
      this.evenness.add(service, s.seconds);
    }
    sums.add(`${s.fromInitiator ? 'up' : 'down'} ${service}`, bucket, s.payload);
    distinct.add(`responders ${i}`, bucket, e);
    distinct.add(`services ${i}`, bucket, `${e} ${protocol} ${port}`);
    if (port >= 0) {
      distinct.add(`pair ${i} ${e}`, bucket, `${protocol} ${port}`);
      distinct.add(`remote ${s.remote}`, bucket, `${protocol} ${port}`);
      distinct.add(`port ${protocol} ${port}`, bucket, s.remote);
    }
    if ((s.flags & 4) > 0 && !s.fromInitiator) sums.add(`resets ${i}`, bucket);
    this.handshakes(s);
    const type = icmp ? `${protocol} ${r.icmpType}` : protocol === 'arp' ? `arp ${r.arpOpcode}` : '';
    if (type === 'icmp 3' || type === 'icmpv6 1') sums.add(`unreachables ${i}`, bucket);
    if (['icmp 8', 'icmp 13', 'icmpv6 128'].includes(type)) {
      sums.add(`echoes ${i}`, bucket);
      sums.add(`echo bytes ${i}`, bucket, s.payload);
    }
    if (type === 'arp 1' || type === 'icmpv6 135') distinct.add(`lookups ${i}`, bucket, e);
    const names = this.names(s);
    const sum = (name: string) => sums.get(name, bucket);
    const count = (name: string) => lg(distinct.get(name, bucket));
    const [up, down, open] = [sum(`up ${service}`), sum(`down ${service}`), sum(`half-open ${i}`)];
    const echoes = sum(`echoes ${i}`);
    return {
      ...names,
      initiator_responders: count(`responders ${i}`),
      initiator_services: count(`services ${i}`),
      pair_ports: port < 0 ? 0 : count(`pair ${i} ${e}`),
      initiator_flows: lg(sum(`flows ${i}`)),
      initiator_half_open: lg(open),
      initiator_half_open_share: open / (sum(`openings ${i}`) + 5),
      initiator_resets: lg(sum(`resets ${i}`)),
      initiator_unreachables: lg(sum(`unreachables ${i}`)),
      initiator_lookups: count(`lookups ${i}`),
      initiator_echoes: lg(echoes),
      initiator_queries: lg(sum(`queries ${i}`)),
      responder_half_open: lg(sum(`half-open received ${e}`)),
      remote_ports: port < 0 ? 0 : count(`remote ${s.remote}`),
      port_remotes: port < 0 ? 0 : count(`port ${protocol} ${port}`),
      service_flows_10s: lg(sums.get(`flows ${service}`, bucket, 2)),
      service_regularity: this.evenness.get(service),
      service_flows: lg(sum(`flows ${service}`)),
      service_up: lg(up),
      service_down: lg(down),
      service_up_share: up / (up + down + 200),
      echo_payload: icmp && echoes > 0 ? lg(sum(`echo bytes ${i}`) / echoes) : 0,
      payload_entropy: Math.max(0, r.payloadEntropy) / 8,
      payload_printable: Math.max(0, r.payloadPrintable),
    };
  }

  private names(s: Seen): Record<string, number> {
    const { record: r, bucket, initiator: i } = s;
    if (r.dnsResponse < 0) {
      return {
        dns_regularity: 0,
        dns_name_length: 0,
        dns_label_entropy: 0,
        dns_parent_names: 0,
        dns_mean_length: 0,
        dns_missing_share: 0,
      };
    }
    const labels = labelsOf(r.dnsQryName.toString());
    const length = labels.reduce((sum, label) => sum + (label.length > 0 ? label.length + 1 : 0), 0);
    const texts = foldedLabels(r.dnsQryName.toString());
    const question = JSON.stringify([i, texts, r.dnsQryType]);
    if (r.dnsResponse === 0) {
      this.sums.add(`queries ${i}`, bucket);
      this.evenness.add(question, s.seconds);
      this.sums.add(`query bytes ${i}`, bucket, length);
    } else if (r.dnsRcode === 3) this.sums.add(`missing ${i}`, bucket);
    const parent = JSON.stringify(texts.slice(labels.length === 4 ? -3 : -2));
    this.distinct.add(`names ${i} ${parent}`, bucket, JSON.stringify(texts));
    const queries = this.sums.get(`queries ${i}`, bucket);
    return {
      dns_regularity: this.evenness.get(question),
      dns_name_length: length / 255,
      dns_label_entropy: Math.max(0, ...labels.filter((label) => label.length > 0).map(entropy)) / 8,
      dns_parent_names: lg(this.distinct.get(`names ${i} ${parent}`, bucket)),
      dns_mean_length: queries > 0 ? this.sums.get(`query bytes ${i}`, bucket) / (queries + 3) / 255 : 0,
      dns_missing_share: this.sums.get(`missing ${i}`, bucket) / (queries + 5),
    };
  }

  private flow(s: Seen): Record<string, number> {
    const { flow } = s;
    return {
      flow_age: lg(s.seconds - flow.started),
      flow_packets: lg(flow.packets),
      flow_bytes_out: lg(flow.out),
      flow_bytes_in: lg(flow.in),
      flow_out_share: flow.out / (flow.out + flow.in),
      flow_unanswered: flow.answered ? 0 : lg(flow.unanswered),
      flow_turns: lg(flow.spoken.filter((out, k) => k === 0 || out !== flow.spoken[k - 1]).length),
    };
  }
}
