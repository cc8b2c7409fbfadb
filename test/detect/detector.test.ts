import { describe, expect, it } from 'vitest';
import type { DetectorOptions } from '../../src/detect/detector-options.js';
import { ScoredBatch } from '../../src/detect/score/scored-batch.js';
import { SETTINGS } from '../../src/detect/settings.js';
import type { FeatureColumn } from '../../src/features/extractor.js';
import { OFFICE, scan } from './dealings.js';
import {
  batchOf,
  COUNT_NAMES,
  detector,
  type Flows,
  ORDINARY,
  type Packet,
  RARE,
  REFERENCE,
  run,
  SCHEMA,
  series,
  THRESHOLD,
} from './traffic.js';

/** 50 ports of a server, ten a second: 100 packets, for SYN and RST. */
const SCAN = scan(200, 50);

describe('incidents', () => {
  it('are none on traffic like that of training, nor where the score alone is high', () => {
    expect(run(ORDINARY).incidents).toEqual([]);
    expect(run(series(600, 0.1, (_i, at) => ({ at, score: 6, from: '10.0.0.2' }))).incidents).toEqual([]);
  });

  it('say who, whom, how, since when, and show their packets', () => {
    const [incident, ...more] = run(SCAN, {}, OFFICE).incidents;
    expect(more).toEqual([]);
    expect(incident).toMatchObject({
      id: 1,
      kind: 'port scan',
      initiator: '10.0.0.66',
      responder: '10.0.0.1',
      protocol: 'TCP',
      threshold: THRESHOLD,
      lowConfidence: false,
      technique: { id: 'T1046' },
    });
    expect(incident.frames.length).toBe(incident.anomalous);
    expect(new Set(incident.frames).size).toBe(incident.frames.length);
    expect(incident.frames[0]).toBeLessThan(4);
    expect(incident.openedUs).toBeGreaterThan(incident.firstUs);
    expect(incident.communityId).toMatch(/^1:/);
    expect(incident.reasons[0].text).toMatch(/ within 60 s; (none|at most \d+) by .* in training$/);
  });

  it('are marked in the first minute, while counters fill', () => {
    const under = detector();
    under.process(batchOf([{ at: 0 }, ...scan(20, 50)]));
    expect(under.incidents[0].lowConfidence).toBe(true);
  });

  it('end after silence, and what comes more than a day later is another', () => {
    expect(run([...SCAN, ...scan(400, 50)]).incidents.map(({ closed }) => closed)).toEqual([false]);
    expect(run([...SCAN, ...scan(200_000, 50)]).incidents.map(({ closed }) => closed)).toEqual([true, false]);
  });

  it('tell of growth tenfold at a time', () => {
    const under = detector();
    under.process(batchOf([{ at: 0 }]));
    const flows: Flows = new Map();
    const told: string[] = [];
    for (const packet of scan(100, 700)) {
      under.process(batchOf([packet], 1, flows));
      told.push(...under.events.map((event) => `${event.type} ${event.incident.anomalous}`));
    }
    expect(told[0]).toMatch(/^opened \d+$/);
    expect(told.filter((text) => text.startsWith('updated 1'))).toContain('updated 1000');
  });

  it('are not told where they are expected, and are counted', () => {
    const under = run(SCAN, { allows: (dealing) => (dealing.initiator === '10.0.0.66' ? 'ours' : undefined) });
    expect(under.incidents).toEqual([]);
    expect(under.suppressedIncidents).toBe(1);
    expect(under.suppressedRecords).toBeGreaterThan(10);
  });

  it('name the rows of their log, those of before the alarm too', () => {
    const [incident] = run(SCAN, { idOf: (frame) => (frame % 2 === 0 ? `C${frame}` : '') }).incidents;
    expect(incident.uids.length).toBeGreaterThan(5);
    expect(incident.uids).toEqual(
      incident.frames
        .filter((frame) => frame % 2 === 0)
        .map((frame) => `C${frame}`)
        .slice(0, SETTINGS.UIDS),
    );
  });

  it('keep the first thousand frames and no more', () => {
    const [incident] = run(scan(100, 2000)).incidents;
    expect(incident.frames.length).toBe(SETTINGS.FRAMES);
    expect(incident.anomalous).toBeGreaterThan(2000);
  });
});

describe('what is merely new', () => {
  const newClient = (from: string, at: number, mac = -1) => ({ at, from, score: 4, by: RARE, mac });

  it('is one notice for a client, whatever it uses', () => {
    const under = run(series(90, 0.2, (i, at) => ({ ...newClient('10.0.0.50', at), to: `10.0.0.${1 + (i % 3)}` })));
    expect(under.incidents.map(({ kind, severity, alarmUs }) => ({ kind, severity, alarmUs }))).toEqual([
      { kind: 'new client', severity: 'notice', alarmUs: -1 },
    ]);
    expect(under.anomalous).toBe(0);
  });

  it('is one notice for clients that come together, and for one with several addresses', () => {
    const under = run([
      ...series(40, 0.2, (_i, at) => newClient('10.0.0.50', at)),
      ...series(40, 0.2, (_i, at) => newClient('10.0.0.51', at), 130),
    ]);
    expect(under.incidents.length).toBe(1);
    expect(under.incidents[0].others).toContain('10.0.0.51');
    const oneMac = run([
      ...series(40, 0.2, (_i, at) => newClient('10.0.0.50', at, 7)),
      ...series(40, 0.2, (_i, at) => newClient('10.0.0.52', at, 7), 900),
    ]);
    expect(oneMac.incidents.length).toBe(1);
  });

  it('is told once in a run, even after it was silent for long', () => {
    const service = (at: number) => ({ at, from: '10.0.0.2', port: 9000, score: 4, by: RARE });
    const under = run([...series(40, 0.2, (_i, at) => service(at)), ...series(40, 0.2, (_i, at) => service(at), 2000)]);
    expect(under.incidents.map((incident) => incident.kind)).toEqual(['new service']);
    // found by a rule: there is no chance of evidence
    expect(under.incidents[0]).not.toHaveProperty('p');
    expect(under.incidents[0].title).toContain('10.0.0.1 port 9000');
  });

  it('is no news where a stranger on the internet offers an ordinary service, or comes for one', () => {
    const out = series(60, 0.1, (_i, at) => ({ at, from: '10.0.0.2', to: '203.0.113.7', score: 4, by: RARE }));
    const inward = series(60, 0.1, (_i, at) => ({ at, from: '203.0.113.9', score: 2.3, by: RARE }));
    expect(run(out).incidents).toEqual([]);
    expect(run(inward).incidents).toEqual([]);
  });

  it('is no news where the service was there in training, be it once or in a connection joined in its middle', () => {
    const renewed = series(60, 0.1, (_i, at) => ({
      at,
      from: '10.0.0.2',
      to: '203.0.113.7',
      port: 8883,
      score: 4,
      by: RARE,
    }));
    expect(run(renewed).incidents).toMatchObject([{ kind: 'new service' }]);
    for (const begun of [true, false]) {
      const once: Packet = { at: 710, from: '10.0.0.2', to: '198.51.100.4', port: 8883, opens: begun, begun };
      expect(run(renewed, {}, [...ORDINARY, once]).incidents).toEqual([]);
    }
  });

  it('is no new server that sends an error: any router on the way does that', () => {
    const asked = (reply: boolean) =>
      run(
        series(60, 0.1, (_i, at) => ({
          at,
          from: '10.0.0.2',
          to: '10.0.0.77',
          port: -1,
          protocol: 1,
          score: 4,
          by: RARE,
          opens: true,
          reply,
        })),
      ).incidents;
    expect(asked(true)).toEqual([]);
    expect(asked(false)).toMatchObject([{ kind: 'new server' }]);
  });

  it('is not told of a connection joined in its middle, for either end may be the new one', () => {
    const joined = (packet: Partial<Packet>) =>
      series(40, 0.2, (_i, at): Packet => ({ at, score: 4, by: RARE, begun: false, ...packet }));
    expect(run(joined({ from: '10.0.0.50', fromPort: 50_000, port: 40_001 })).incidents).toEqual([]);
    // the guess turned it round: the server's port is the lower one no more
    const turned = joined({ from: '10.0.0.1', fromPort: 80, to: '10.0.0.2', port: 50_000 });
    expect(run(turned).incidents).toEqual([]);
  });

  it('is neither end of a connection that was there in training, whoever began it', () => {
    const there: Packet[] = [...ORDINARY, { at: 710, from: '10.0.0.1', fromPort: 9999, to: '10.0.0.77', begun: false }];
    const begins = (from: string, to: string, port: number) =>
      run(
        series(40, 0.2, (_i, at): Packet => ({ at, from, to, port, score: 4, by: RARE, opens: true })),
        {},
        there,
      ).incidents;
    expect(begins('10.0.0.77', '10.0.0.1', 9999)).toEqual([]);
    expect(begins('10.0.0.78', '10.0.0.1', 9999)).toMatchObject([{ kind: 'new client' }]);
  });

  it('grows into an alarm when more than being new speaks against it', () => {
    const under = run([...series(40, 0.2, (_i, at) => newClient('10.0.0.66', at)), ...scan(109, 60)], {}, OFFICE);
    expect(under.incidents.map(({ kind }) => kind)).toEqual(['port scan']);
    expect(under.incidents[0].alarmUs).toBeGreaterThan(under.incidents[0].openedUs);
  });
});

describe('a detector', () => {
  it('refuses names of counts that it has no rules for, in any other number or order', () => {
    const [first, second, ...rest] = COUNT_NAMES;
    for (const countNames of [
      [],
      COUNT_NAMES.map((_, i) => `made up ${i}`),
      [second, first, ...rest],
      COUNT_NAMES.slice(0, -1),
      [...COUNT_NAMES, 'one more'],
    ]) {
      expect(() => detector({ countNames }), countNames.join()).toThrowError(
        /^count \d+ is "[^"]+", and should be "[^"]+"$/,
      );
    }
  });

  it('refuses parts that do not belong together, and says which', () => {
    const [column] = SCHEMA.columns;
    const { plain: _plain, ...saved } = column;
    const wrong: [Partial<DetectorOptions>, RegExp][] = [
      [{ schema: { ...SCHEMA, columns: [saved as FeatureColumn] } }, /^column "pair_ports" is a saved one/],
      [{ schema: { ...SCHEMA, columns: [] } }, /^the schema has no columns$/],
      [{ schema: { ...SCHEMA, kind: 'flow' as 'packet' } }, /^the schema is of no kind of record: "flow"$/],
      [{ reference: REFERENCE.slice(1) }, /^3 columns of reference do not fit 4 features$/],
      [{ threshold: Number.NaN }, /^the threshold must be a number above 0, not NaN$/],
      [{ alertsPerDay: 0 }, /^the number of alerts per day must be above 0, not 0$/],
      [{ smoothing: 0 }, /^the smoothing must be a number from 1, not 0$/],
    ];
    for (const [parts, message] of wrong) expect(() => detector(parts), String(message)).toThrowError(message);
  });

  it('refuses a batch of other features', () => {
    const other = new ScoredBatch(1, SCHEMA.columns.length + 1, COUNT_NAMES.length);
    expect(() => detector().process(other)).toThrowError(/^a batch of 5 features and 3 counts is not this detector's$/);
  });
});

describe('a record without a score', () => {
  it('is counted, has no smoothed score, and leaves that of its pair as it was', () => {
    const under = detector();
    const packets = [1, 2, 3].map((at) => ({ at, from: '10.0.0.2', score: 1 }));
    const batch = batchOf(packets);
    batch.score[1] = Number.NaN;
    under.process(batch);
    expect(under.unscored).toBe(1);
    expect([...batch.smoothed.subarray(0, 3)].map(Number.isFinite)).toEqual([true, false, true]);
    expect(batch.smoothed[2]).toBeGreaterThan(batch.smoothed[0]);
  });
});
