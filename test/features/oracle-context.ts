/** The slow and obvious way to flows, sides and windows: strings as keys, maps that forget nothing, whole histories. */

import { Clock } from '../../src/features/clock.ts';
import type { PacketRecord } from '../../src/table/record.ts';

type Protocol = 'tcp' | 'udp' | 'icmp' | 'icmpv6' | 'arp' | 'other_ip' | 'not_ip';

interface Flow {
  initiator: string;
  /** with its port: the side that asked */
  initiatorEnd: string;
  started: number;
  last: number;
  packets: number;
  out: number;
  in: number;
  unanswered: number;
  answered: boolean;
  closed: boolean;
  /** the beginning was seen */
  begun: boolean;
  /** packets since it began, whatever of them is still counted */
  all: number;
  /** the end that joined it with bare ACKs and got no answer so far */
  seeker: string | undefined;
  /** of its packets with payload: whether the initiator sent it */
  spoken: boolean[];
  memory: Map<string, number>;
}

/** What is counted anew with the flow. */
function emptyFlow() {
  const counts = { started: 0, last: 0, packets: 0, out: 0, in: 0, unanswered: 0, answered: false };
  return {
    ...counts,
    initiator: '',
    initiatorEnd: '',
    seeker: undefined as string | undefined,
    spoken: [] as boolean[],
  };
}

/** One record with its context, as the oracle sees it. */
export interface Seen {
  readonly record: PacketRecord;
  readonly seconds: number;
  readonly bucket: number;
  readonly protocol: Protocol;
  readonly source: string;
  readonly destination: string;
  readonly cast: 'unicast' | 'multicast' | 'broadcast';
  readonly flags: number;
  readonly syn: boolean;
  readonly synAck: boolean;
  readonly payload: number;
  readonly fragment: boolean;
  readonly flow: Flow;
  readonly starts: boolean;
  readonly anew: boolean;
  readonly opens: boolean;
  readonly initiator: string;
  readonly responder: string;
  readonly fromInitiator: boolean;
  readonly servicePort: number;
  readonly sourceLocal: boolean;
  readonly destinationLocal: boolean;
  readonly lane: 'out' | 'in' | 'forth' | 'back';
  readonly remote: string;
  readonly place: string;
}

function address(bytes: Uint8Array, version: number): string {
  return version === 4 ? [...bytes.slice(0, 4)].join('.') : [...bytes].map((b) => b.toString(16)).join(':');
}

export function isPrivateText(text: string): boolean {
  if (text.startsWith('mac ')) return true;
  if (text.includes(':')) {
    const [a, b] = text.split(':').map((part) => Number.parseInt(part, 16)) as [number, number];
    return (a & 0xfe) === 0xfc || (a === 0xfe && (b & 0xc0) === 0x80);
  }
  return /^(10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.)/.test(text);
}

function protocolOf(record: PacketRecord): Protocol {
  if (record.ipVersion < 0) return record.arpOpcode >= 0 ? 'arp' : 'not_ip';
  return ({ 6: 'tcp', 17: 'udp', 1: 'icmp', 58: 'icmpv6' } as const)[record.ipProto as 6] ?? 'other_ip';
}

function endsOf(record: PacketRecord): [string, string] {
  if (record.ipVersion > 0) {
    return [address(record.ipSrc, record.ipVersion), address(record.ipDst, record.ipVersion)];
  }
  if (record.arpOpcode >= 0) return [address(record.arpSrc, 4), address(record.arpDst, 4)];
  return [`mac ${record.ethSrc}`, `mac ${record.ethDst}`];
}

function answers(record: PacketRecord, protocol: Protocol, synAck: boolean): boolean {
  if (protocol === 'icmp') return [0, 3, 11, 12, 14].includes(record.icmpType);
  if (protocol === 'icmpv6') return record.icmpType < 128 || [129, 136].includes(record.icmpType);
  if (record.srcport < 0) return false;
  if (synAck) return true;
  if (record.srcport < 1024) return record.dstport >= 1024;
  return protocol === 'tcp' && record.dstport >= 1024 && record.srcport < record.dstport;
}

/** Flags by name: what opens, what no TCP sends. */
function flagsOf(record: PacketRecord) {
  const flags = Math.max(0, record.tcpFlags) & 0xff;
  const [fin, syn, rst, , ack, urg] = [1, 2, 4, 8, 16, 32].map((bit) => (flags & bit) !== 0);
  const mad = record.tcpFlags >= 0 && (ack ? syn && (fin || rst || urg) : !syn && !rst);
  return { flags, syn: syn && !ack, synAck: syn && ack, mad, bareAck: ack && !syn && !rst, bareReset: rst && !ack };
}

export class Contexts {
  private readonly flows = new Map<string, Flow>();
  /** has tests of its own */
  clock = new Clock(1e6);
  private start = Number.NaN;
  private seconds = 0;
  /** s; older than any flow of training: counts begin anew. 0: not known */
  longest = 0;

  follow(record: PacketRecord): Seen {
    this.clock.take(record.timestampUs);
    if (Number.isNaN(this.start)) this.start = this.clock.nowUs;
    this.seconds = (this.clock.nowUs - this.start) / 1e6;
    const { seconds } = this;
    const protocol = protocolOf(record);
    const [source, destination] = endsOf(record);
    const { flags, syn, synAck, mad, bareAck, bareReset } = flagsOf(record);
    const answer = answers(record, protocol, synAck);
    const connected = protocol === 'tcp' && record.srcport >= 0;
    const sourceEnd = `${source} ${record.srcport}`;
    const destinationEnd = `${destination} ${record.dstport}`;
    const icmp = protocol.startsWith('icmp');
    const ends = icmp && answer ? [destinationEnd, sourceEnd] : [sourceEnd, destinationEnd];
    if (!icmp) ends.sort();
    const name = [protocol, record.ipProto, ...ends].join('|');
    const before = this.flows.get(name);
    const silent = before !== undefined && seconds - before.last > 120;
    let starts = !before || silent;
    if (before && connected) {
      if (syn) starts = silent || !before.begun || before.closed || before.all > 3;
      else starts = mad && !synAck && (silent || before.closed);
    }
    const guessed = connected ? !syn && !mad : !icmp && answer;
    const reversed = icmp || guessed ? answer : false;
    const remembered = !connected && before?.begun === true;
    let flow = before;
    if (!flow || (starts && !remembered)) {
      flow = { ...emptyFlow(), closed: false, begun: !guessed, all: 0, memory: new Map() };
      flow.initiator = reversed ? destination : source;
      flow.initiatorEnd = reversed ? destinationEnd : sourceEnd;
      if (guessed && bareAck && record.payloadLen <= 0) flow.seeker = sourceEnd;
      this.flows.set(name, flow);
    } else if (starts) flow.memory = new Map();
    if (!starts && flow.seeker !== undefined) {
      const own = flow.seeker === sourceEnd;
      if (!own && bareReset) [flow.initiator, flow.initiatorEnd] = [destination, destinationEnd];
      if (!own || !bareAck || record.payloadLen > 0) flow.seeker = undefined;
    }
    const anew = starts || silent || (this.longest > 0 && seconds - flow.started > this.longest);
    if (anew)
      Object.assign(flow, emptyFlow(), {
        initiator: flow.initiator,
        initiatorEnd: flow.initiatorEnd,
        seeker: flow.seeker,
        started: seconds,
      });
    const fromInitiator = flow.initiatorEnd === sourceEnd;
    flow.last = seconds;
    flow.packets++;
    flow.all++;
    if (fromInitiator) {
      flow.out += record.frameLen;
      flow.unanswered++;
    } else {
      flow.in += record.frameLen;
      flow.answered = true;
    }
    if (record.payloadLen > 0) flow.spoken.push(fromInitiator);
    if ((flags & 5) !== 0) flow.closed = true;
    const group = Math.floor(record.ethDst / 2 ** 40) % 2 === 1;
    const cast = record.ethDst === 0xffffffffffff ? 'broadcast' : group ? 'multicast' : 'unicast';
    const sourceLocal = isPrivateText(source);
    const destinationLocal = cast !== 'unicast' || isPrivateText(destination);
    const initiator = fromInitiator ? source : destination;
    const responder = fromInitiator ? destination : source;
    const between = sourceLocal === destinationLocal;
    return {
      record,
      seconds,
      bucket: Math.floor(seconds / 10),
      protocol,
      source,
      destination,
      cast,
      flags,
      syn,
      synAck,
      payload: Math.max(0, record.payloadLen),
      fragment: record.ipFragOffset > 0 || (record.ipFlags > 0 && record.ipFlags % 2 === 1),
      flow,
      starts,
      anew,
      opens: starts && flow.begun && (!remembered || icmp || fromInitiator),
      initiator,
      responder,
      fromInitiator,
      servicePort: fromInitiator ? record.dstport : record.srcport,
      sourceLocal,
      destinationLocal,
      lane: between ? (fromInitiator ? 'forth' : 'back') : sourceLocal ? 'out' : 'in',
      remote: between ? initiator : sourceLocal ? destination : source,
      place: `${isPrivateText(initiator)} ${isPrivateText(responder)}`,
    };
  }
}

/** Sums over the last six buckets of ten seconds, by name. */
export class Sums {
  private readonly values = new Map<string, Map<number, number>>();

  add(name: string, bucket: number, value = 1): void {
    const buckets = this.values.get(name) ?? new Map<number, number>();
    this.values.set(name, buckets.set(bucket, (buckets.get(bucket) ?? 0) + value));
  }

  /** @param buckets how many, the current one with them */
  get(name: string, bucket: number, buckets = 6): number {
    let sum = 0;
    for (const [b, value] of this.values.get(name) ?? []) if (b > bucket - buckets) sum += value;
    return sum;
  }
}

/** Times of events, by name: how even the gaps between them are. */
export class Evenness {
  private readonly times = new Map<string, number[]>();

  add(name: string, seconds: number): void {
    this.times.set(name, [...(this.times.get(name) ?? []), seconds]);
  }

  /** Plain moments of the first sixteen gaps; each later one takes a sixteenth. */
  get(name: string): number {
    const times = this.times.get(name) ?? [];
    const gaps = times.slice(1).map((time, i) => time - times[i]);
    const first = gaps.slice(0, 16);
    let mean = first.reduce((sum, gap) => sum + gap, 0) / first.length;
    let variance = first.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / first.length;
    for (const gap of gaps.slice(16)) {
      const next = mean + (gap - mean) / 16;
      variance += ((gap - mean) * (gap - next) - variance) / 16;
      mean = next;
    }
    if (gaps.length < 3 || mean === 0) return 0;
    return Math.max(0, 1 - Math.sqrt(variance) / mean) * Math.min(1, gaps.length / 8);
  }
}

/** Distinct things seen in the last six buckets, by name. */
export class Distinct {
  private readonly last = new Map<string, Map<string, number>>();

  add(name: string, bucket: number, thing: string): void {
    const things = this.last.get(name) ?? new Map<string, number>();
    this.last.set(name, things.set(thing, bucket));
  }

  get(name: string, bucket: number): number {
    return [...(this.last.get(name)?.values() ?? [])].filter((b) => b > bucket - 6).length;
  }
}

/** Labels as bytes. */
export function labelsOf(name: string): number[][] {
  const labels: number[][] = [];
  let label: number[] | undefined;
  for (let i = 0; i < name.length; i++) {
    if (name[i] === '.') {
      labels.push(label ?? []);
      label = undefined;
      continue;
    }
    const code = /^\\(\d{3})/.exec(name.slice(i));
    const byte = code ? Number(code[1]) : name.charCodeAt(name[i] === '\\' ? i + 1 : i);
    label = [...(label ?? []), byte];
    i += code ? 3 : name[i] === '\\' ? 1 : 0;
  }
  if (label) labels.push(label);
  return labels;
}

/** Labels as texts, without regard to case. */
export function foldedLabels(name: string): string[] {
  return labelsOf(name).map((label) => String.fromCharCode(...label).replace(/[A-Z]/g, (c) => c.toLowerCase()));
}
