import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Evaluator, Labels } from '../../src/detect/evaluation.js';
import { run, series } from './traffic.js';

function evaluate(scores: readonly [score: number, attack: string, flagged?: boolean][]) {
  const labels = new Labels();
  for (const [i, [, attack]] of scores.entries()) if (attack) labels.set(i + 1, attack);
  const evaluator = new Evaluator(labels);
  for (const [i, [score, , flagged]] of scores.entries()) evaluator.add(i + 1, 1e15 + i * 1e6, score, flagged ?? false);
  return { labels, evaluator };
}

describe('a file of labels', () => {
  const fitOf = (rows: readonly number[], records: number) => {
    const labels = new Labels();
    for (const frame of rows) labels.row(frame, frame % 2 === 0 ? 'x' : '');
    const evaluator = new Evaluator(labels);
    for (let frame = 1; frame <= records; frame++) evaluator.add(frame, 1e15, 1, false);
    return evaluator.finish([]).labels;
  };

  it('that has a row for each record in their order fits', () => {
    expect(fitOf([1, 2, 3, 4], 4)).toEqual({ rows: 4, withoutRow: 0, beyond: 0, repeated: 0, disordered: 0 });
  });

  it('is told of records without a row, rows beyond the records, repeated ones and those out of order', () => {
    expect(fitOf([1, 2], 4)).toMatchObject({ rows: 2, withoutRow: 2, beyond: 0 });
    expect(fitOf([1, 2, 3, 4, 5, 6, 7], 4)).toMatchObject({ rows: 7, withoutRow: 0, beyond: 3 });
    expect(fitOf([1, 2, 2, 2, 3, 4], 4)).toMatchObject({ repeated: 2, withoutRow: 0, beyond: 0, disordered: 0 });
    expect(fitOf([3, 1, 2, 4], 4)).toMatchObject({ repeated: 0, disordered: 1 });
    expect(fitOf([9, 9, 1], 4)).toEqual({ rows: 3, withoutRow: 3, beyond: 1, repeated: 1, disordered: 1 });
  });

  it('names no attack whose records are all beyond the input', () => {
    const labels = new Labels();
    labels.row(1, 'here');
    labels.row(9, 'late');
    const evaluator = new Evaluator(labels);
    evaluator.add(1, 1e15, 1, false);
    expect(evaluator.finish([]).attacks.map(({ attack }) => attack)).toEqual(['here']);
  });

  it('is none where the input brought its labels along', () => {
    const labels = new Labels();
    labels.set(1, 'x');
    expect(new Evaluator(labels).finish([]).labels).toBeUndefined();
  });
});

describe('the evaluation', () => {
  it('agrees with counting pairs', () => {
    const level = fc.integer({ min: 0, max: 40 }).map((n) => n / 8);
    fc.assert(
      fc.property(fc.array(level, { minLength: 1 }), fc.array(level, { minLength: 1 }), (benign, attack) => {
        const rows = [
          ...benign.map((s) => [s, ''] as [number, string]),
          ...attack.map((s) => [s, 'x'] as [number, string]),
        ];
        const { rocAuc, attacks } = evaluate(rows).evaluator.finish([]);
        let wins = 0;
        for (const a of attack) for (const b of benign) wins += a > b ? 1 : a === b ? 0.5 : 0;
        expect(rocAuc).toBeCloseTo(wins / (attack.length * benign.length), 9);
        expect(attacks[0].rocAuc).toBeCloseTo(rocAuc, 9);
      }),
      { seed: 7, numRuns: 100 },
    );
  });

  it('tells attacks apart, and gives rates over benign records', () => {
    const benign = Array.from({ length: 1000 }, (_, i) => [i / 1000, '', i === 999] as [number, string, boolean]);
    const { evaluator } = evaluate([...benign, [5, 'a', true], [0.9955, 'a', false], [0, 'b', false]]);
    const { attacks, falsePositiveRate, truePositiveRate } = evaluator.finish([]);
    expect(attacks.map(({ attack, records, raised, delayS }) => ({ attack, records, raised, delayS }))).toEqual([
      { attack: 'a', records: 2, raised: false, delayS: -1 },
      { attack: 'b', records: 1, raised: false, delayS: -1 },
    ]);
    expect(attacks[0].tprAtFpr).toEqual([
      { fpr: 1e-2, tpr: 1 },
      { fpr: 1e-3, tpr: 0.5 },
      { fpr: 1e-4, tpr: 0.5 },
    ]);
    expect(falsePositiveRate).toBe(0.001);
    expect(truePositiveRate).toBeCloseTo(1 / 3);
  });

  const labels = new Labels();
  for (const frame of [1, 2, 3]) labels.set(frame, 'scan');
  for (const frame of [4, 5]) labels.set(frame, 'guessing');
  const step = { firstUs: 0, lastUs: 0, evidence: 1, initiator: 'a', responder: 'b', servicePort: 22, others: 0 };
  const about = (frames: number[], ...kinds: string[]) =>
    labels.attacksOf({ frames, steps: kinds.map((kind) => ({ kind, ...step })) }).map((code) => labels.names[code]);

  it('takes an incident for the attack that most of its records have, for benign when more than half have none', () => {
    expect(about([7, 1, 2])).toEqual(['scan']);
    expect(about([7, 8, 4, 5])).toEqual(['guessing']);
    expect(about([1, 7, 8])).toEqual([]);
    expect(about([7, 4, 5, 1])).toEqual(['guessing']);
    expect(about([5, 1, 2])).toEqual(['scan']);
    expect(about([])).toEqual([]);
  });

  it('takes an incident of several steps for each attack that has half of a step, and for none that has less', () => {
    expect(about([1, 2, 3, 4], 'port scan', 'password guessing')).toEqual(['scan', 'guessing']);
    expect(about([1, 2, 3, 7, 8, 4], 'port scan', 'password guessing')).toEqual(['scan']);
    expect(about([1, 2, 3, 4])).toEqual(['scan']);
    expect(about([1, 7, 8, 4, 9], 'port scan', 'password guessing')).toEqual([]);
  });

  it('counts an attack as raised when half of an incident is its own, and the incident as false when less is', () => {
    const { incidents } = run(series(6, 1, (_i, at) => ({ at, counts: { macs: 600 } })));
    expect(incidents.map(({ frames }) => frames)).toEqual([[2, 3, 4, 5, 6, 7]]);
    const label = (frames: number[]) => {
      const labels = new Labels();
      for (const frame of frames) labels.set(frame, 'scan');
      const evaluator = new Evaluator(labels);
      for (let k = 0; k < 6; k++) evaluator.add(k + 2, 1_700_000_100e6 + k * 1e6, 1, true);
      return evaluator.finish(incidents);
    };
    expect(label([2, 4, 7])).toMatchObject({
      falseIncidents: 0,
      attacks: [{ raised: true, kinds: ['MAC flood'] }],
    });
    const few = label([2, 7]);
    expect(few).toMatchObject({
      falseIncidents: 1,
      falseNotices: 0,
      attacks: [{ raised: false, delayS: -1, kinds: [] }],
    });
    expect(few.falseIncidentsPerHour).toBeCloseTo(3600 / 5);
  });

  it('gives no alarm before the attack: one that the attack grew into is at once', () => {
    const { incidents } = run(series(6, 1, (_i, at) => ({ at, counts: { macs: 600 } })));
    const [alarm] = incidents;
    const delay = (attackUs: number) => {
      const labels = new Labels();
      for (const frame of [4, 5, 6]) labels.set(frame, 'scan');
      const evaluator = new Evaluator(labels);
      evaluator.add(4, attackUs, 1, true);
      return evaluator.finish(incidents).attacks[0].delayS;
    };
    expect(delay(alarm.alarmUs - 5e6)).toBe(5);
    expect(delay(alarm.alarmUs + 5e6)).toBe(0);
  });
});
