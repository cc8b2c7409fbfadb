import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { DriftMeter } from '../../src/detect/drift.js';
import { Baseline } from '../../src/detect/rules/baseline.js';
import { RunSummary } from '../../src/detect/run-summary.js';
import { COUNTS } from '../../src/features/counts.js';
import { batchOf, detector, end, ORDINARY, RATE, REFERENCE, SCHEMA, series, stateOf } from './traffic.js';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

describe('the run summary', () => {
  it('adds up, however long the run', () => {
    const summary = new RunSummary();
    const batch = batchOf(series(1000, 10, (i, at) => ({ at, bytes: 100, from: `10.0.0.${2 + (i % 3)}` }), 0));
    batch.smoothed.fill(0.25);
    batch.smoothed[500] = 3.05;
    batch.anomaly[500] = 1;
    summary.add(batch);
    const timeline = summary.timeline();
    expect(timeline.length).toBeLessThanOrEqual(240);
    expect(timeline.reduce((sum, bucket) => sum + bucket.records, 0)).toBe(1000);
    expect(timeline.filter((bucket) => bucket.anomalous > 0).map((bucket) => bucket.maxScore)).toEqual([3.05]);
    expect(summary.talkers()[0]).toEqual({ address: '10.0.0.1', records: 1000, bytes: 100_000, anomalous: 1 });
    const { edges, counts } = summary.scoreHistogram();
    expect(edges.length).toBe(counts.length + 1);
    expect([counts[2], counts[30]]).toEqual([999, 1]);
  });

  it('is empty without records', () => {
    const summary = new RunSummary();
    expect([summary.timeline(), summary.talkers(), summary.records]).toEqual([[], [], 0]);
  });
});

describe('the drift report', () => {
  const grid = Array.from({ length: 101 }, (_, i) => i / 100);
  const meter = (value: (i: number, j: number) => number, count = 20_000) => {
    const drift = new DriftMeter(SCHEMA.columns, REFERENCE, grid);
    const batch = batchOf(series(count, 0.02, (_i, at) => ({ at })));
    for (let k = 0; k < count; k++) {
      batch.score[k] = ((k * 7) % 100) / 100 + 0.001;
      for (let j = 0; j < batch.width; j++) batch.rows[k * batch.width + j] = value(k, j);
    }
    drift.add(batch);
    return drift;
  };
  const same = (i: number) => [0.1, 0.3, 0.7, 1.5][(i >> 2) % 4];

  it('finds none where the shares are those of training', () => {
    expect(meter(same).findings()).toEqual([]);
  });

  it('names the features that moved', () => {
    const findings = meter((i, j) => (j <= RATE ? 1.5 : same(i))).findings();
    expect(findings.map((finding) => finding.feature)).toEqual(['pair_ports', 'remote_packets_1s']);
    expect(findings[0].psi).toBeGreaterThan(1);
    expect(findings[0].text).toContain('100 % of the records above');
  });

  it('says nothing on too little traffic', () => {
    const drift = meter(() => 1.5, 5000);
    expect(drift.tooLittle).toBe(true);
    expect(drift.findings()).toEqual([]);
  });
});

describe('the baseline', () => {
  it('survives being saved', () => {
    const baseline = Baseline.from(stateOf(ORDINARY), COUNTS.length);
    const { hashLow, hashHigh } = end('10.0.0.2');
    expect(baseline.initiators.has(hashLow, hashHigh)).toBe(true);
    expect(baseline.responders.has(hashLow, hashHigh)).toBe(false);
    expect(baseline.hadService(6, 80)).toBe(true);
    expect(baseline.hadService(6, 81)).toBe(false);
  });

  it.each([
    undefined,
    null,
    7,
    {},
    { ...(stateOf(ORDINARY) as object), offers: '?' },
    { ...(stateOf(ORDINARY) as object), counts: [1] },
  ])('refuses %s in one line', (state) => {
    expect(() => Baseline.from(state, COUNTS.length)).toThrowError(/^the model's baseline [^\n]+train again$/);
  });
});

it('a flood of random sources leaves memory where it was, and old incidents make room', () => {
  const under = detector();
  const flood = (from: number, count: number) => {
    const batch = batchOf(
      series(count, 0.001, (i, at) => {
        const n = (from + i) * 2_654_435_761;
        return {
          at: at + from / 1000,
          from: `${1 + ((n >>> 24) % 200)}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`,
          opens: true,
          score: 3,
        };
      }),
    );
    under.process(batch);
  };
  // as many as there is room for, and then as many again
  for (let from = 0; from < 90_000; from += 5000) flood(from, 5000);
  collectGarbage();
  const before = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
  for (let from = 90_000; from < 200_000; from += 5000) flood(from, 5000);
  collectGarbage();
  const grown = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed - before;
  expect(under.incidents.length).toBeLessThan(20);
  expect(grown).toBeLessThan(30e6);
});
