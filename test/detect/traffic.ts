/** Scored records for detection's tests, without packets or a model. */

import { createHash } from 'node:crypto';
import { Key } from '../../src/base/hash.js';
import { timeBlockOf } from '../../src/base/time-blocks.js';
import { atOnce } from '../../src/base/turns.js';
import { Detector } from '../../src/detect/detector.js';
import type { DetectorOptions } from '../../src/detect/detector-options.js';
import { NO_BASE_RATES } from '../../src/detect/evidence/base-rates.js';
import { EvidenceBuilder } from '../../src/detect/evidence/learn.js';
import type { EvidenceState } from '../../src/detect/evidence/state.js';
import type { FeatureBatch } from '../../src/detect/feature-batch.js';
import { BaselineBuilder } from '../../src/detect/rules/baseline.js';
import { ScoredBatch, TOP } from '../../src/detect/score/scored-batch.js';
import { newId } from '../../src/engine/new-id.js';
import { COUNT_INDEX, COUNTS, type CountName } from '../../src/features/counts.js';
import { Endpoint, type FeatureSchema, type RecordKind } from '../../src/features/extractor.js';
import { LocalAddresses, PRIVATE_RANGES } from '../../src/features/local.js';
import { RECORD_KINDS } from '../../src/features/record-kinds.js';

import { BITS, describing, describingRarity, ln } from '../../src/features/table.js';

import { newTraffic, type Traffic } from '../../src/features/traffic.js';
import type { FeatureReference } from '../../src/model/survey.js';

export const SCHEMA: FeatureSchema = {
  kind: 'packet',
  columns: [
    describing('window')('pair_ports', ln('ports'), 'pair ports'),
    describing('damped')('remote_packets_1s', ln('packets'), 'remote packets 1s'),
    describingRarity('rarity')('rarity_service', BITS, 'service'),
    describingRarity('novelty')('rarity_remote', BITS, 'remote'),
  ],
};
export const RATE = 1;
export const RARE = 2;

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
  /** what it says of the dealings of its ends; default: a packet of its flow with `payload` */
  traffic?: Partial<Traffic>;
  /** B of layer 4; default 0 */
  payload?: number;
  /** TCP's; default: SYN where it opens, ACK else */
  flags?: number;
  counts?: Partial<Record<CountName, number>>;
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

const SYN = 0x02;
const ACK = 0x10;
const FLOWS = 65_536;

/** Flows by their ends, with their numbers. */
export type Flows = Map<string, number>;

/** What a packet says of the dealings of its ends, as one of the flow between its ports. */
function trafficOf(packet: Packet, flows: Flows): Traffic {
  const { from = '10.0.0.9', to = '10.0.0.1', port = 80, fromPort = 40_000, protocol = 6, opens = false } = packet;
  const key = `${from} ${fromPort} ${to} ${port} ${protocol}`;
  const startsFlow = opens || !flows.has(key);
  const flow = flows.get(key) ?? flows.size % FLOWS;
  flows.set(key, flow);
  const payload = packet.payload ?? 0;
  const tcpFlags = protocol === 6 ? (packet.flags ?? (opens ? SYN : ACK)) : -1;
  return { ...newTraffic(), flow: port < 0 ? -1 : flow, startsFlow, payload, tcpFlags, ...packet.traffic };
}

/**
 * Packets in the order given, as one batch; frames count from `firstFrame`.
 * @param flows those going on
 */
export function batchOf(packets: readonly Packet[], firstFrame = 1, flows: Flows = new Map()): ScoredBatch {
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
        traffic: { ...trafficOf(packet, flows), ...packet.traffic },
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
  payload: i % 20 === 0 ? 0 : 60,
}));

/** What training's records teach of evidence, without other networks' base rates. */
export function evidenceOf(batch: FeatureBatch, kind: RecordKind = 'packet', alertsPerDay = 1): EvidenceState {
  const builder = new EvidenceBuilder(kind);
  const block = (k: number): number => timeBlockOf(k, batch.count);
  for (let k = 0; k < batch.count; k++) builder.relate(batch, k, block(k));
  builder.freeze(batch.count > 0 ? batch.clockUs[batch.count - 1] - batch.clockUs[0] : 0, batch.clockUs[0]);
  for (let k = 0; k < batch.count; k++) builder.observe(batch, k, block(k));
  return atOnce(builder.finish(NO_BASE_RATES, alertsPerDay)).state;
}

export function stateOf(training: readonly Packet[], kind: RecordKind = 'packet'): unknown {
  const builder = new BaselineBuilder(COUNTS.length, kind);
  const batch = batchOf(training);
  builder.observe(batch);
  return JSON.parse(JSON.stringify({ ...builder.state(), evidence: evidenceOf(batch, kind) }));
}

const learned = new WeakMap<readonly Packet[], unknown>();

/** Learned once a training. */
function stateAfter(training: readonly Packet[], kind: RecordKind): unknown {
  if (kind !== 'packet') return stateOf(training, kind);
  if (!learned.has(training)) learned.set(training, stateOf(training));
  return learned.get(training);
}

export function detector(options: Partial<DetectorOptions> = {}, training: readonly Packet[] = ORDINARY): Detector {
  return new Detector({
    schema: SCHEMA,
    countNames: COUNT_NAMES,
    reference: REFERENCE,
    threshold: THRESHOLD,
    smoothing: RECORD_KINDS.packet.smoothing,
    state: stateAfter(training, options.schema?.kind === 'connection' ? 'connection' : 'packet'),
    sha1,
    newId,
    ...options,
  });
}

/** Runs packets after a quiet first record, so that the first minute is over. */
export function run(packets: readonly Packet[], options: Partial<DetectorOptions> = {}, training = ORDINARY): Detector {
  const under = detector(options, training);
  const flows: Flows = new Map();
  under.process(batchOf([{ at: 0, from: '10.0.0.2' }], 1, flows));
  under.process(batchOf(packets, 2, flows));
  under.finish();
  return under;
}
