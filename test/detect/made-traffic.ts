/** Traffic made packet by packet, learned and judged without a net: what reports say can be compared with what was sent. */

import { timeBlockOf } from '../../src/base/time-blocks.ts';
import { atOnce } from '../../src/base/turns.js';
import { decodePacket } from '../../src/decode/packet.ts';
import { Detector } from '../../src/detect/detector.ts';
import type { DetectorEvent } from '../../src/detect/detector-event.ts';
import type { DetectorOptions } from '../../src/detect/detector-options.ts';
import { NO_BASE_RATES } from '../../src/detect/evidence/base-rates.ts';
import { EvidenceBuilder } from '../../src/detect/evidence/learn.ts';
import { FeatureBatch } from '../../src/detect/feature-batch.ts';
import type { Incident } from '../../src/detect/incident.ts';
import { BaselineBuilder } from '../../src/detect/rules/baseline.ts';
import { ScoredBatch } from '../../src/detect/score/scored-batch.ts';
import { newId } from '../../src/engine/new-id.js';
import { COUNTS } from '../../src/features/counts.ts';
import { PacketFeatures } from '../../src/features/packet/index.ts';
import { RECORD_KINDS } from '../../src/features/record-kinds.ts';
import { PacketRecord } from '../../src/table/record.ts';
import { Random } from '../features/traffic.ts';
import { ACK, arp, dns, ether, FIN, frame, icmp, ipv4, type Layer, PSH, SYN, tcp, udp } from '../support/packets.ts';
import { sha1 } from './traffic.ts';

const RST = 0x004;
const SECOND = 1e6;
const START_US = 1_700_000_000e6;
/** the captured host */
export const HOST = '10.0.0.1';
export const CLIENTS = ['10.0.0.2', '10.0.0.3', '10.0.0.4'];
export const OUTSIDE = '198.51.100.10';

export interface Sent {
  /** s */
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly data: Uint8Array;
}

const ROUTER = '02:00:0a:00:00:fe';
/** What is not of this network comes through its router. */
const macOf = (address: string): string =>
  !address.startsWith('10.')
    ? ROUTER
    : `02:00:${address
        .split('.')
        .map((part) => Number(part).toString(16).padStart(2, '0'))
        .join(':')}`;

/** Packets as they are sent; `list` in any order of time. */
export class Made {
  readonly list: Sent[] = [];
  private ports = 20_000;

  private put(at: number, from: string, to: string, port: number, ...layers: (Layer | Uint8Array)[]): void {
    const data = frame(ether({ src: macOf(from), dst: macOf(to) }), ...layers);
    this.list.push({ at, from, to, port, data });
  }

  private segment(at: number, from: string, to: string, ports: [number, number], flags: number, bytes = 0): void {
    const port = Math.min(...ports);
    const layer = tcp({ src: ports[0], dst: ports[1], flags });
    this.put(at, from, to, port, ipv4({ src: from, dst: to }), layer, new Uint8Array(bytes).fill(65));
  }

  private get nextPort(): number {
    this.ports = this.ports >= 60_000 ? 20_000 : this.ports + 1;
    return this.ports;
  }

  /** A TCP connection: `turns` are bytes up, bytes down and the s before the next turn. */
  session(
    at: number,
    from: string,
    to: string,
    port: number,
    turns: readonly (readonly [number, number, number])[] = [[300, 2000, 0]],
  ): this {
    const own = this.nextPort;
    const [up, down]: [number, number][] = [
      [own, port],
      [port, own],
    ];
    this.segment(at, from, to, up, SYN);
    this.segment(at + 0.001, to, from, down, SYN | ACK);
    this.segment(at + 0.002, from, to, up, ACK);
    let now = at + 0.003;
    for (const [sent, received, pause] of turns) {
      for (let left = sent; left > 0; left -= 1460, now += 0.0005)
        this.segment(now, from, to, up, PSH | ACK, Math.min(1460, left));
      now += 0.005;
      for (let left = received; left > 0; left -= 1460, now += 0.0005)
        this.segment(now, to, from, down, PSH | ACK, Math.min(1460, left));
      now += pause;
    }
    this.segment(now, from, to, up, FIN | ACK);
    this.segment(now + 0.001, to, from, down, FIN | ACK);
    this.segment(now + 0.002, from, to, up, ACK);
    return this;
  }

  /** A connection that the responder asks over and the initiator answers, as a shell does. */
  shell(at: number, from: string, to: string, port: number, commands: number): this {
    const own = this.nextPort;
    const [up, down]: [number, number][] = [
      [own, port],
      [port, own],
    ];
    this.segment(at, from, to, up, SYN);
    this.segment(at + 0.001, to, from, down, SYN | ACK);
    this.segment(at + 0.002, from, to, up, ACK);
    this.segment(at + 0.003, from, to, up, PSH | ACK, 20);
    for (let i = 1; i <= commands; i++) {
      this.segment(at + 3 * i, to, from, down, PSH | ACK, 10 + (i % 5));
      this.segment(at + 3 * i + 0.02, from, to, up, PSH | ACK, 400 + 13 * i);
    }
    return this;
  }

  /** A SYN, with what the other end says to it. */
  syn(at: number, from: string, to: string, port: number, answer: 'refused' | 'agreed' | 'none' = 'none'): this {
    const own = this.nextPort;
    this.segment(at, from, to, [own, port], SYN);
    if (answer !== 'none') this.segment(at + 0.001, to, from, [port, own], answer === 'agreed' ? SYN | ACK : RST | ACK);
    return this;
  }

  /** A connection that stays open after one request. */
  held(at: number, from: string, to: string, port: number): this {
    const own = this.nextPort;
    this.segment(at, from, to, [own, port], SYN);
    this.segment(at + 0.001, to, from, [port, own], SYN | ACK);
    this.segment(at + 0.002, from, to, [own, port], ACK);
    this.segment(at + 0.003, from, to, [own, port], PSH | ACK, 50);
    return this;
  }

  /** @param answer bytes; 0: nobody answers */
  datagram(at: number, from: string, to: string, port: number, bytes: number, answer = 0): this {
    const own = this.nextPort;
    const payload = (n: number): Uint8Array => new Uint8Array(n).fill(66);
    this.put(at, from, to, port, ipv4({ src: from, dst: to }), udp({ src: own, dst: port }), payload(bytes));
    if (answer > 0)
      this.put(at + 0.002, to, from, port, ipv4({ src: to, dst: from }), udp({ src: port, dst: own }), payload(answer));
    return this;
  }

  name(at: number, from: string, to: string, name: string, type = 1): this {
    const own = this.nextPort;
    const id = own;
    const ask = dns({ id, name, type });
    const say = dns({ id, name, type, response: true });
    this.put(at, from, to, 53, ipv4({ src: from, dst: to }), udp({ src: own, dst: 53 }), ask);
    this.put(
      at + 0.002,
      to,
      from,
      53,
      ipv4({ src: to, dst: from }),
      udp({ src: 53, dst: own }),
      say,
      new Uint8Array(16),
    );
    return this;
  }

  ping(at: number, from: string, to: string, bytes = 56, back = bytes): this {
    const echo = (type: number, n: number) => [icmp({ type }), new Uint8Array(n)] as const;
    this.put(at, from, to, -1, ipv4({ src: from, dst: to }), ...echo(8, bytes));
    if (back > 0) this.put(at + 0.001, to, from, -1, ipv4({ src: to, dst: from }), ...echo(0, back));
    return this;
  }

  lookup(at: number, from: string, to: string): this {
    const data = frame(
      ether({ src: macOf(from), dst: 'ff:ff:ff:ff:ff:ff' }),
      arp({ opcode: 1, senderMac: macOf(from), sender: from, target: to }),
    );
    this.list.push({ at, from, to, port: -1, data });
    return this;
  }

  /** What the clients of a quiet office do, from `from` to `to` s. */
  office(from: number, to: number, seed = 1): this {
    const random = new Random(seed);
    for (const client of CLIENTS) {
      for (let at = from + 20 * random.next(); at < to; at += 4 + 22 * random.next()) {
        const kind = random.next();
        const bytes = 1000 + random.below(9000);
        if (kind < 0.35) this.session(at, client, HOST, 80, [[200 + random.below(200), bytes, 0]]);
        else if (kind < 0.6)
          this.name(at, client, HOST, `${random.pick(['www', 'mail', 'api'])}.site${random.below(6)}.example`);
        else if (kind < 0.7)
          this.session(at, client, HOST, 22, [
            [800 + random.below(900), 1500 + random.below(900), 2],
            [60, 90, 1],
          ]);
        else if (kind < 0.78) this.ping(at, client, HOST);
        else if (kind < 0.82) this.lookup(at, client, HOST);
        else if (kind < 0.84) this.syn(at, client, HOST, 8080, 'refused');
        else this.session(at, HOST, OUTSIDE, 443, [[300 + random.below(900), bytes, 0]]);
      }
    }
    // guests, who come once: what is as new as an attacker
    for (let at = from + 3, guest = 0; at < to; at += 6 + 4 * random.next(), guest++) {
      const address = `10.0.${1 + Math.floor(guest / 200) + (seed % 50)}.${1 + (guest % 200)}`;
      this.lookup(at, address, HOST).name(at + 0.1, address, HOST, `www.site${random.below(6)}.example`);
      this.session(at + 0.3, address, HOST, 80, [[200 + random.below(200), 1000 + random.below(9000), 0]]);
    }
    return this;
  }

  get packets(): Sent[] {
    return [...this.list].sort((a, b) => a.at - b.at);
  }
}

function* recordsOf(packets: readonly Sent[]): Iterable<PacketRecord> {
  const record = new PacketRecord();
  for (const { at, data } of packets) {
    decodePacket(data, 0, data.length, data.length, 1, record);
    record.timestampUs = START_US + Math.round(at * SECOND);
    record.frameLen = record.capLen = data.length;
    yield record;
  }
}

interface Learned {
  readonly extractorState: unknown;
  readonly state: unknown;
}

function learn(packets: readonly Sent[]): {
  features: PacketFeatures;
  baseline: BaselineBuilder;
  evidence: EvidenceBuilder;
} {
  const features = new PacketFeatures({ novelty: true });
  const evidence = new EvidenceBuilder('packet');
  const one = new FeatureBatch(1, 0, 0);
  const blockOf = (index: number): number => timeBlockOf(index, packets.length);
  let index = 0;
  for (const record of recordsOf(packets)) {
    features.learn(record, blockOf(index));
    one.clear();
    one.add(features.context, new Float64Array(0), index + 1);
    evidence.relate(one, 0, blockOf(index++));
  }
  evidence.freeze(features.clock.nowUs - features.clock.firstUs, features.clock.firstUs);
  features.freeze();
  const baseline = new BaselineBuilder(COUNTS.length);
  const batch = new FeatureBatch(1, features.schema.columns.length, COUNTS.length);
  index = 0;
  for (const record of recordsOf(packets)) {
    batch.clear();
    features.transform(record, batch.rows, 0, blockOf(index));
    batch.add(features.context, features.counts, index + 1);
    baseline.observe(batch);
    evidence.observe(batch, 0, blockOf(index++));
  }
  return { features, baseline, evidence };
}

/** A quiet office of 40 minutes, judged by the base rates of two others. */
function learned(): Learned {
  const networks = [7, 8].map((seed) =>
    atOnce(learn(new Made().office(0, 1200, seed).packets).evidence.rates(`office ${seed}`, NO_BASE_RATES)),
  );
  const { features, baseline, evidence } = learn(new Made().office(0, 2400).packets);
  const state = { ...baseline.state(), evidence: atOnce(evidence.finish({ networks })).state };
  return JSON.parse(JSON.stringify({ extractorState: features.state(), state }));
}

let office: Learned | undefined;

export interface Judged {
  readonly packets: readonly Sent[];
  readonly incidents: readonly Incident[];
  readonly events: readonly DetectorEvent[];
  readonly detector: Detector;
  /** the packets that an incident shows */
  framesOf(incident: Incident): Sent[];
}

/** Judges what was made after 40 minutes of a quiet office; it goes on meanwhile, from 3000 s to 3400 s. */
export function judge(made: Made, options: Partial<DetectorOptions> = {}): Judged {
  office ??= learned();
  const features = new PacketFeatures({ novelty: true }, office.extractorState);
  const { columns } = features.schema;
  const detector = new Detector({
    schema: features.schema,
    countNames: COUNTS.map(({ name }) => name),
    reference: columns.map(() => ({ median: 0, q999: 1e9, min: -1e9, max: 1e9, edges: [0], shares: [0.5, 0.5] })),
    threshold: 1e6,
    smoothing: RECORD_KINDS.packet.smoothing,
    state: office.state,
    alertsPerDay: 1,
    sha1,
    newId,
    ...options,
  });
  const { packets } = made.office(3000, 3400, 2);
  const batch = new ScoredBatch(1, columns.length, COUNTS.length);
  const events: DetectorEvent[] = [];
  let number = 0;
  for (const record of recordsOf(packets)) {
    batch.clear();
    features.transform(record, batch.rows, 0);
    batch.add(features.context, features.counts, ++number);
    detector.process(batch);
    events.push(...detector.events);
  }
  detector.finish();
  const { incidents } = detector;
  const framesOf = ({ frames }: Incident): Sent[] => frames.map((one) => packets[one - 1]);
  return { packets, incidents, events, detector, framesOf };
}
