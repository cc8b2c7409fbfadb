/** Scored records for detection's tests, without packets or a model. */
import { createHash } from 'node:crypto';
import { Key } from '../../src/base/hash.js';
import { Detector } from '../../src/detect/detector.js';
import type { DetectorOptions } from '../../src/detect/detector-options.js';
import { BaselineBuilder } from '../../src/detect/rules/baseline.js';
import { ScoredBatch, TOP } from '../../src/detect/score/scored-batch.js';
import { COUNT_INDEX, COUNTS, type CountName } from '../../src/features/counts.js';
import { Endpoint, type FeatureSchema } from '../../src/features/extractor.js';
import { LocalAddresses, PRIVATE_RANGES } from '../../src/features/local.js';
import { RECORD_KINDS } from '../../src/features/record-kinds.js';
import { BITS, describing, describingRarity, FLAG, ln } from '../../src/features/table.js';
import { newTraffic, type Traffic } from '../../src/features/traffic.js';
import type { FeatureReference } from '../../src/model/survey.js';

export const SCHEMA: FeatureSchema = {
  kind: 'packet',
  columns: [
    describing('window')('pair_ports', ln('ports'), 'pair ports'),
    describing('damped')('remote_packets_1s', ln('packets'), 'remote packets 1s'),
    describing('packet')('tcp_urg', FLAG, 'tcp urg'),
    describing('packet')('fragment', FLAG, 'fragment', { header: 'fragment' }),
    describingRarity('rarity')('rarity_service', BITS, 'service'),
    describingRarity('novelty')('rarity_remote', BITS, 'remote'),
    describing('packet')('tcp_ack', FLAG, 'tcp ack'),
  ],
};
export const RATE = 1;
export const URGENT = 2;
export const FRAGMENT = 3;
export const RARE = 4;

export const REFERENCE: FeatureReference[] = SCHEMA.columns.map(() => ({
  median: 0.5,
  q999: 2,
  min: 0,
  max: 3,
  edges: [0.25, 0.5, 1],
  shares: [0.25, 0.25, 0.25, 0.25],
}));

export const THRESHOLD = 2;
export const COUNT_NAMES = COUNTS.map((count) => count.name);
export const sha1 = (bytes: Uint8Array): Uint8Array => createHash('sha1').update(bytes).digest();

export interface Packet {
  /** s */
  at: number;
  from?: string;
  to?: string;
  port?: number;
  fromPort?: number;
  protocol?: number;
  bytes?: number;
  replyBytes?: number;
  reply?: boolean;
  opens?: boolean;
  probe?: boolean;
  mac?: number;
  /** an address at that MAC, where it had another */
  moved?: string;
  formerMac?: number;
  formerPresent?: boolean;
  /** size of each of the ten terms of the score, all by the feature `by` */
  score?: number;
  by?: number;
  /** the beginning of its flow was seen; default true */
  begun?: boolean;
  /** s; start of a connection; default `at` */
  began?: number;
  /** bits of its form */
  form?: number;
  counts?: Partial<Record<CountName, number>>;
  /** what it says about the dealings of its ends */
  traffic?: Partial<Traffic>;
}

const PRIVATE = new LocalAddresses(PRIVATE_RANGES);

/** A dotted quad as an endpoint. */
export function end(address: string): Endpoint {
  const endpoint = new Endpoint();
  endpoint.family = 4;
  endpoint.bytes.set(address.split('.').map(Number));
  const key = new Key().start(4).addBytes(endpoint.bytes, 0, 4);
  endpoint.hashLow = key.low;
  endpoint.hashHigh = key.high;
  endpoint.local = PRIVATE.has(endpoint);
  return endpoint;
}

/** Packets in the order given, as one batch; frames count from `firstFrame`. */
export function batchOf(packets: readonly Packet[], firstFrame = 1): ScoredBatch {
  const batch = new ScoredBatch(Math.max(1, packets.length), SCHEMA.columns.length, COUNTS.length);
  for (const packet of packets) {
    const { score = 0, by = RATE } = packet;
    const k = batch.count;
    const counts = new Float64Array(COUNTS.length).fill(Number.NaN);
    for (const [name, value] of Object.entries(packet.counts ?? {})) counts[COUNT_INDEX[name as CountName]] = value;
    batch.rows[k * batch.width + by] = score;
    batch.add(
      {
        timestampUs: 1_700_000_000e6 + packet.at * 1e6,
        clockUs: 1_700_000_000e6 + packet.at * 1e6,
        wallUs: 1_700_000_000e6 + packet.at * 1e6,
        startUs: 1_700_000_000e6 + (packet.began ?? packet.at) * 1e6,
        bytes: packet.bytes ?? 80,
        replyBytes: packet.replyBytes ?? (packet.reply ? (packet.bytes ?? 80) : 0),
        protocol: packet.protocol ?? 6,
        initiator: end(packet.from ?? '10.0.0.9'),
        responder: end(packet.to ?? '10.0.0.1'),
        initiatorPort: packet.port === -1 ? -1 : (packet.fromPort ?? 40_000),
        servicePort: packet.port ?? 80,
        fromInitiator: !packet.reply,
        opensFlow: packet.opens ?? false,
        begun: packet.begun ?? true,
        probe: packet.probe ?? false,
        sourceMac: packet.mac ?? -1,
        moved: end(packet.moved ?? '10.0.0.1'),
        formerMac: packet.formerMac ?? -1,
        formerPresent: packet.formerPresent ?? false,
        form: packet.form ?? 0,
        traffic: { ...newTraffic(), ...packet.traffic },
      },
      counts,
      firstFrame + k,
    );
    batch.score[k] = score;
    batch.topIndex.fill(by, k * TOP, (k + 1) * TOP);
    batch.topTerm.fill(score, k * TOP, (k + 1) * TOP);
  }
  return batch;
}

/** `count` packets `every` s apart from `from` on, each made by `make`. */
export function series(count: number, every: number, make: (i: number, at: number) => Packet, from = 100): Packet[] {
  return Array.from({ length: count }, (_, i) => make(i, from + i * every));
}

/** Training: one client that uses port 80 of one server a little, ten minutes long. */
export const ORDINARY: Packet[] = series(600, 1, (i, at) => ({
  at,
  from: '10.0.0.2',
  opens: i % 20 === 0,
  bytes: i % 2 === 0 ? 120 : 600,
  reply: i % 2 === 1,
  counts: {
    pair_ports: 1,
    responders: 2,
    services: 3,
    half_open: 1,
    echoes: 2,
    dns_length: 20,
  },
}));

export function stateOf(training: readonly Packet[]): unknown {
  const builder = new BaselineBuilder(COUNTS.length);
  builder.observe(batchOf(training));
  return JSON.parse(JSON.stringify(builder.state()));
}

let ordinary: unknown;

function ordinaryState(): unknown {
  ordinary ??= stateOf(ORDINARY);
  return ordinary;
}

export function detector(options: Partial<DetectorOptions> = {}, training: readonly Packet[] = ORDINARY): Detector {
  return new Detector({
    schema: SCHEMA,
    countNames: COUNT_NAMES,
    reference: REFERENCE,
    threshold: THRESHOLD,
    smoothing: RECORD_KINDS.packet.smoothing,
    state: training === ORDINARY ? ordinaryState() : stateOf(training),
    sha1,
    ...options,
  });
}

/** Runs packets after a quiet first record, so that the first minute is over. */
export function run(packets: readonly Packet[], options: Partial<DetectorOptions> = {}, training = ORDINARY): Detector {
  const under = detector(options, training);
  under.process(batchOf([{ at: 0, from: '10.0.0.2' }]));
  under.process(batchOf(packets, 2));
  under.finish();
  return under;
}
