/** Exploration data of made-up connections and packets, with text in them that must not become markup. */

import { ConnectionFeatures } from '../../src/features/connection/index.js';
import { EXPLORED_CONNECTION, EXPLORED_PACKET, type Explored } from '../../src/features/explored.js';
import type { FeatureExtractor } from '../../src/features/extractor.js';
import { PacketFeatures } from '../../src/features/packet/index.js';
import { Random } from '../../src/model/random.js';
import { ExplorationCollector, type ExplorationData } from '../../src/report/explore/index.js';
import { PacketRecord, type TextField } from '../../src/table/record.js';
import { ConnRecord } from '../../src/zeek/record.js';
import { widePower } from '../report/power-sample.js';

export const HOSTILE = '<img src=x onerror=alert(1)>"\'&';
const DAY_US = 86_400e6;

function text(field: TextField, value: string): void {
  for (let i = 0; i < value.length; i++) field.bytes[i] = value.charCodeAt(i);
  field.length = value.length;
}

export function connections(count: number, seed = 1): ConnRecord[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, i) => {
    const r = new ConnRecord();
    // a day in between has nothing
    r.timestampUs = 1.7e15 + (3 * DAY_US * i) / count + (i > count / 3 ? 2 * DAY_US : 0);
    r.ipVersion = 4;
    r.origH.set([10, 0, 0, random.integer(5)]);
    r.respH.set([192, 0, 2, random.integer(20)]);
    r.origP = 1024 + random.integer(60_000);
    r.respP = [443, 80, 53, 22][random.integer(4)];
    r.proto = r.respP === 53 ? 1 : 0;
    r.ipProto = r.proto === 1 ? 17 : 6;
    r.connState = random.integer(4) - 1;
    if (random.integer(4) > 0) {
      r.duration = random.uniform() * 10;
      r.origBytes = random.integer(5000);
      r.respBytes = random.integer(90_000);
    }
    r.origPkts = random.integer(30);
    r.respPkts = random.integer(40);
    r.origIpBytes = r.origPkts * 90;
    r.respIpBytes = r.respPkts * 900;
    text(r.history, 'ShADadFf');
    text(r.service, i % 7 === 0 ? HOSTILE : i % 3 === 0 ? '' : 'ssl');
    return r;
  });
}

export function packets(count: number): PacketRecord[] {
  const random = new Random(2);
  return Array.from({ length: count }, (_, i) => {
    const r = new PacketRecord();
    r.timestampUs = 1.7e15 + i * 50_000;
    r.frameLen = r.capLen = 60 + random.integer(1400);
    r.ethSrc = 0x020000000001;
    r.ethDst = 0x020000000002;
    r.ethType = 0x800;
    r.ipVersion = 4;
    r.ipSrc.set([10, 0, 0, 1]);
    r.ipDst.set([192, 0, 2, random.integer(9)]);
    r.ipProto = 6;
    r.ipTtl = 64;
    r.ipLen = r.frameLen - 14;
    r.srcport = 40_000 + random.integer(100);
    r.dstport = 443;
    r.tcpFlags = 0x18;
    r.tcpWindow = 64_000 + random.integer(1000);
    r.payloadLen = random.integer(1000);
    if (i % 20 === 0) text(r.tlsSni, 'a.example');
    return r;
  });
}

export function collect<R>(extractor: FeatureExtractor<R>, explored: Explored<R>, rows: readonly R[], sample = 1000) {
  for (const [i, row] of rows.entries()) extractor.learn(row, Math.floor((5 * i) / rows.length));
  extractor.freeze();
  const collector = new ExplorationCollector<R>(extractor.schema, explored, { seed: 7, sample });
  const out = new Float32Array(extractor.schema.columns.length);
  for (const row of rows) {
    extractor.transform(row, out, 0);
    collector.add(row, extractor.context, out, 0);
  }
  return collector;
}

const row = (record: number) => ({
  record,
  timestampUs: 1.7e15,
  who: `10.0.0.1 → ${HOSTILE}`,
  loss: 0.1,
  score: 1.2,
  why: ['time from the first to the last packet: 2 min; never above 1 min in training', `${HOSTILE}: yes`],
  alike: 3,
});

export function exploration(kind: 'packet' | 'connection'): ExplorationData {
  const data =
    kind === 'packet'
      ? collect(new PacketFeatures({ novelty: true }), EXPLORED_PACKET, packets(600)).data()
      : collect(new ConnectionFeatures({ novelty: true }), EXPLORED_CONNECTION, connections(900)).data();
  return {
    ...data,
    model: 'default',
    sources: [`conn ${HOSTILE}.log`],
    training: {
      lossCurve: [1, 2, 3, 4].map((epoch) => ({
        epoch,
        loss: 1 / epoch,
        validationLoss: 1.2 / epoch,
        rowsPerSecond: 1,
      })),
      threshold: 2.1,
      promise: 'above 99.9 % of the smoothed scores',
      scoreGrid: Array.from({ length: 101 }, (_, i) => (i / 70) ** 2),
      constant: ['proto_other'],
      best: [row(3)],
      worst: [row(9)],
      scored: data.sampled,
      ranked: 200,
    },
    warnings: ['one line'],
    alarms: {
      budget: { alertsPerDay: 1, trainingS: 3600 },
      evidence: { trainingS: 3600, scales: 2, strata: 30, raised: 1, thinned: 0, beyond: 0, forgotten: 0 },
      findings: 2,
    },
    power: widePower(),
  };
}
