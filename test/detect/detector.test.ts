import { describe, expect, it } from 'vitest';
import type { DetectorOptions } from '../../src/detect/detector-options.js';
import { ScoredBatch } from '../../src/detect/score/scored-batch.js';
import { SETTINGS } from '../../src/detect/settings.js';
import type { FeatureColumn } from '../../src/features/extractor.js';
import {
  batchOf,
  COUNT_NAMES,
  detector,
  FRAGMENT,
  ORDINARY,
  type Packet,
  RARE,
  REFERENCE,
  run,
  SCHEMA,
  series,
  THRESHOLD,
  URGENT,
} from './traffic.js';

const hot = (at: number, score = 6) => ({ at, score, from: '10.0.0.2' });

describe('incidents by score', () => {
  it('raise nothing on traffic like that of training', () => {
    expect(run(ORDINARY).incidents).toEqual([]);
  });

  it('open on the third record over the threshold within a minute, with evidence', () => {
    const [incident, ...more] = run(series(30, 0.1, (_i, at) => hot(at))).incidents;
    expect(more).toEqual([]);
    expect(incident).toMatchObject({
      id: 1,
      severity: 'medium',
      initiator: '10.0.0.2',
      responder: '10.0.0.1',
      servicePort: 80,
      protocol: 'TCP',
      threshold: THRESHOLD,
      lowConfidence: false,
    });
    expect(incident.frames.length).toBe(incident.anomalous);
    expect(incident.frames[0]).toBeGreaterThan(2);
    expect(incident.openedUs).toBeGreaterThan(incident.firstUs);
    expect(incident.communityId).toMatch(/^1:/);
    expect(incident.technique).toBeUndefined();
    expect(incident.reasons[0]).toMatchObject({ feature: 'remote_packets_1s', share: 0.1 });
    expect(incident.reasons[0].text).toContain('training had at most');
  });

  it('do not open on a single burst that the slow mean forgets', () => {
    expect(run(series(3, 0.1, (_i, at) => hot(at))).incidents).toEqual([]);
  });

  it('do not open when the evidence is spread over more than a minute', () => {
    const under = run(series(8, 45, (_i, at) => ({ at, from: '10.0.0.2', counts: { pair_ports: 50 } })));
    expect(under.incidents).toEqual([]);
  });

  it('wait until the counters are no longer empty, and are marked in the first minute', () => {
    const early = detector();
    early.process(batchOf(series(60, 0.1, (_i, at) => hot(at), 0)));
    expect(early.incidents).toEqual([]);
    const later = detector();
    later.process(batchOf([{ at: 0 }, ...series(60, 0.1, (_i, at) => hot(at), 20)]));
    expect(later.incidents[0].lowConfidence).toBe(true);
  });

  const again = (after: number, score = 6, to = '10.0.0.1') =>
    run([
      ...series(30, 0.1, (_i, at) => hot(at)),
      ...series(40, 0.1, (_i, at) => ({ ...hot(at, score), to }), 103 + after),
    ]).incidents;

  it('wait for what comes after: as long as a host may take to find that a connection is gone', () => {
    for (const after of [1200, 2 * 3600]) expect(again(after).map(({ closed }) => closed)).toEqual([false]);
    expect(again(1200, 3, '10.0.0.5')).toMatchObject([{ others: ['10.0.0.5'] }]);
    expect(again(2.5 * 3600).map(({ closed }) => closed)).toEqual([true, false]);
  });

  it('take in nothing after a silence that is worse than all before, where it is with somebody else', () => {
    const worse = run([
      ...series(30, 0.1, (_i, at) => hot(at)),
      // the host's own mean is high by now, and so a new pair of it begins high
      ...series(10, 0.1, (_i, at) => ({ ...hot(at, 30), to: '10.0.0.7' }), 1200),
    ]);
    expect(worse.incidents.map(({ responder }) => responder)).toEqual(['10.0.0.1', '10.0.0.7']);
  });

  it('do not count what is ordinary while they wait', () => {
    const calm = (count: number, from: number) =>
      series(count, 10, (_i, at) => ({ at, from: '10.0.0.2', score: 0.1 }), from);
    const event = [...series(30, 0.1, (_i, at) => hot(at)), ...calm(60, 110)];
    const [incident] = run(event).incidents;
    expect(run([...event, ...calm(100, 1000)]).incidents).toMatchObject([{ records: incident.records }]);
  });

  it('take in what comes back between the same two hosts, asked or not', () => {
    const both = (reverse: boolean) =>
      series(40, 0.1, (_i, at) => ({ ...hot(at), ...(reverse && { from: '10.0.0.3', to: '10.0.0.2' }) }), 105);
    const first = series(30, 0.1, (_i, at) => hot(at));
    const known: Packet[] = [...ORDINARY, { at: 720, from: '10.0.0.3', to: '10.0.0.2', opens: true }];
    expect(run([...first, ...both(true)], {}, known).incidents.map(({ initiator }) => initiator)).toEqual([
      '10.0.0.2',
      '10.0.0.3',
    ]);
    const third = series(10, 0.1, (_i, at) => ({ ...hot(at), to: '10.0.0.3' }), 103);
    expect(run([...first, ...third, ...both(true)], {}, known).incidents).toMatchObject([{ initiator: '10.0.0.2' }]);
  });

  it('tell of growth tenfold at a time', () => {
    const under = detector();
    under.process(batchOf([{ at: 0 }]));
    const told: string[] = [];
    for (const packet of series(1200, 0.01, (_i, at) => hot(at))) {
      under.process(batchOf([packet]));
      told.push(...under.events.map((event) => `${event.type} ${event.incident.anomalous}`));
    }
    expect(told).toEqual(['opened 3', 'updated 10', 'updated 100', 'updated 1000']);
  });

  it('are called by odd fragments where there are any, and by flags never: those are facts', () => {
    const flags = run(series(40, 0.1, (_i, at) => ({ ...hot(at), by: URGENT })));
    expect(flags.incidents[0].kind).toBe('unusual traffic');
    const fragments = run(series(40, 0.1, (_i, at) => ({ ...hot(at), protocol: 17, by: FRAGMENT })));
    expect(fragments.incidents[0].kind).toBe('odd fragments');
  });

  it('are not told where they are expected, and are counted', () => {
    const under = run(
      series(40, 0.1, (_i, at) => hot(at)),
      { allows: (incident) => incident.initiator === '10.0.0.2' },
    );
    expect(under.incidents).toEqual([]);
    expect(under.suppressedIncidents).toBe(1);
    expect(under.suppressedRecords).toBeGreaterThan(10);
  });

  it('keep the first thousand frames and no more', () => {
    const [incident] = run(series(3000, 0.01, (_i, at) => hot(at))).incidents;
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
    expect(run(turned).incidents.map((incident) => incident.kind)).toEqual(['unusual traffic']);
  });

  it('is neither end of a connection that was there in training, whoever began it', () => {
    const there: Packet[] = [...ORDINARY, { at: 710, from: '10.0.0.1', fromPort: 9999, to: '10.0.0.77', begun: false }];
    const begins = (from: string, to: string, port: number) =>
      run(
        series(40, 0.2, (_i, at): Packet => ({ at, from, to, port, score: 4, by: RARE, opens: true })),
        {},
        there,
      ).incidents;
    expect(begins('10.0.0.77', '10.0.0.1', 9999)).toMatchObject([{ kind: 'unusual traffic' }]);
    expect(begins('10.0.0.78', '10.0.0.1', 9999)).toMatchObject([{ kind: 'new client' }]);
  });

  it('grows into an alarm when a rule fires on it', () => {
    const under = run([
      ...series(20, 0.2, (_i, at) => newClient('10.0.0.50', at)),
      ...series(20, 0.2, (_i, at) => ({ ...newClient('10.0.0.50', at), counts: { pair_ports: 60 } }), 105),
    ]);
    expect(under.incidents.length).toBe(1);
    expect(under.incidents[0]).toMatchObject({ kind: 'port scan', technique: { id: 'T1046' } });
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
    const { plain: _plain, explainedByNews: _news, ...saved } = column;
    const wrong: [Partial<DetectorOptions>, RegExp][] = [
      [{ schema: { ...SCHEMA, columns: [saved as FeatureColumn] } }, /^column "pair_ports" is a saved one/],
      [{ schema: { ...SCHEMA, columns: [] } }, /^the schema has no columns$/],
      [{ schema: { ...SCHEMA, kind: 'flow' as 'packet' } }, /^the schema is of no kind of record: "flow"$/],
      [{ reference: REFERENCE.slice(1) }, /^6 columns of reference do not fit 7 features$/],
      [{ threshold: Number.NaN }, /^the threshold must be a number above 0, not NaN$/],
      [{ smoothing: 0 }, /^the smoothing must be a number from 1, not 0$/],
    ];
    for (const [parts, message] of wrong) expect(() => detector(parts), String(message)).toThrowError(message);
  });

  it('refuses a batch of other features', () => {
    const other = new ScoredBatch(1, SCHEMA.columns.length + 1, COUNT_NAMES.length);
    expect(() => detector().process(other)).toThrowError(
      /^a batch of 8 features and 14 counts is not this detector's$/,
    );
  });
});
