import { describe, expect, it } from 'vitest';
import { Detector } from '../../src/detect/detector.js';
import { BaselineBuilder } from '../../src/detect/rules/baseline.js';
import { ScoredBatch, TOP } from '../../src/detect/score/scored-batch.js';
import { newId } from '../../src/engine/new-id.js';
import { ConnectionFeatures } from '../../src/features/connection/index.js';
import { COUNTS } from '../../src/features/counts.js';
import type { FeatureExtractor } from '../../src/features/extractor.js';
import { PacketFeatures } from '../../src/features/packet/index.js';
import { RECORD_KINDS } from '../../src/features/record-kinds.js';
import { PacketRecord } from '../../src/table/record.js';
import { CONN_STATES, ConnRecord } from '../../src/zeek/record.js';
import { COUNT_NAMES, evidenceOf, REFERENCE, sha1, THRESHOLD } from './traffic.js';

const CLIENT = [10, 0, 0, 2];
const KNOWN_SERVER = [10, 0, 0, 1];
const NEW_SERVER = [203, 0, 113, 9];
const START_US = 1_700_000_000e6;

/** The client's SYN, or its whole connection, to port 80 of a server, `at` s after the start. */
type Make<R> = (at: number, server: readonly number[]) => R;

function packet(at: number, server: readonly number[]): PacketRecord {
  const record = new PacketRecord();
  record.timestampUs = START_US + at * 1e6;
  record.frameLen = record.capLen = 60;
  record.ethSrc = 2;
  record.ethDst = 4;
  record.ipVersion = 4;
  record.ipProto = 6;
  record.ipTtl = 64;
  record.ipSrc.set(CLIENT);
  record.ipDst.set(server);
  record.srcport = 40_000 + at;
  record.dstport = 80;
  record.tcpFlags = 0x02;
  return record;
}

function connection(at: number, server: readonly number[]): ConnRecord {
  const record = new ConnRecord();
  record.timestampUs = START_US + at * 1e6;
  record.ipVersion = 4;
  record.ipProto = 6;
  record.origH.set(CLIENT);
  record.respH.set(server);
  record.origP = 40_000 + (at % 50);
  record.respP = 80;
  record.origIpBytes = record.respIpBytes = 500;
  record.connState = CONN_STATES.indexOf('SF');
  return record.hash();
}

/** What detection calls two minutes with a new server whose records score high, after training with a known one. */
function kindsOf<R>(features: FeatureExtractor<R>, make: Make<R>): string[] {
  const { kind, columns } = features.schema;
  const training = Array.from({ length: 200 }, (_, i) => make(i, KNOWN_SERVER));
  for (const [i, record] of training.entries()) features.learn(record, Math.floor(i / 40));
  features.freeze();
  const batchOf = (records: readonly R[]): ScoredBatch => {
    const batch = new ScoredBatch(records.length, columns.length, COUNTS.length);
    for (const [i, record] of records.entries()) {
      features.transform(record, batch.rows, i * batch.width);
      batch.add(features.context, features.counts, i + 1);
    }
    return batch;
  };
  const baseline = new BaselineBuilder(COUNTS.length, kind);
  const learned = batchOf(training);
  baseline.observe(learned);
  const detector = new Detector({
    schema: features.schema,
    countNames: COUNT_NAMES,
    reference: columns.map(() => REFERENCE[0]),
    threshold: THRESHOLD,
    smoothing: RECORD_KINDS[kind].smoothing,
    state: JSON.parse(JSON.stringify({ ...baseline.state(), evidence: evidenceOf(learned, kind) })),
    sha1,
    newId,
  });
  const batch = batchOf(Array.from({ length: 120 }, (_, i) => make(1000 + i, NEW_SERVER)));
  batch.score.fill(3 * THRESHOLD);
  batch.topTerm.fill(3 * THRESHOLD);
  // a term that whatever is new explains
  const novel = columns.findIndex((column) => column.group === 'novelty');
  expect(novel).toBeGreaterThan(0);
  batch.topIndex.fill(novel, 0, batch.count * TOP);
  detector.process(batch);
  return detector.incidents.map((incident) => incident.kind);
}

describe('a server that was not there in training', () => {
  it.each([
    ['packets', kindsOf, PacketFeatures, packet],
    ['connections', kindsOf, ConnectionFeatures, connection],
  ] as const)(
    'In %s, a server at a public address is news where --local names its network, and a stranger elsewhere',
    (_, kinds, Features, make) => {
      const told = (local?: readonly string[]) =>
        kinds(new Features({ novelty: true, ...(local && { local }) }) as never, make as never);
      expect(told(['10.0.0.0/8', '203.0.113.0/24'])).toEqual(['new server']);
      expect(told(['10.0.0.0/8'])).toEqual([]);
      expect(told()).toEqual([]);
    },
  );
});
