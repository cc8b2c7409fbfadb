import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Severity } from '../../src/detect/incident.js';
import { campaignsOf } from '../../src/fleet/campaigns.js';
import type { IncidentRecord } from '../../src/fleet/sink/bodies.js';
import { FleetStore } from '../../src/fleet/sink/store.js';
import { Database } from '../../src/output/reports/database.js';
import { at, batch, eventBody, gapBody, heartbeat, NOW_MS, RUN, record, SPOOL, type Told } from '../support/fleet.js';
import { root } from '../support/program.js';
import { query } from '../support/sqlite.js';

let folder: string;
let path: string;
let store: FleetStore;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'anomaly-fleet-'));
  path = join(folder, 'fleet.sqlite');
  store = await FleetStore.open(path);
  store.begin({ run: RUN, version: '0.1.0', hub: 'memory' });
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const event = (seq: number, told?: Told) => record(eventBody(seq, told)) as IncidentRecord;
const gap = (from: number, to: number, told?: Told) => record(gapBody(from, to, told));
const beat = (changes: Parameters<typeof heartbeat>[0] = {}, storedMs = NOW_MS) =>
  ({ type: 'heartbeat', heartbeat: heartbeat(changes), storedMs }) as const;
const waterOf = (sensor = 'gw') => store.spools(sensor)[0]?.seq;

describe('the fleet database', () => {
  it('is no report, and a report is none', async () => {
    const report = join(folder, 'report.sqlite');
    (await Database.open(report, 'CREATE TABLE t (x);', 2)).close();
    await expect(FleetStore.open(report)).rejects.toThrow(
      /report\.sqlite: is a report of one sensor's incidents; name another file/,
    );
    store.close();
    await expect(Database.open(path, '', 2)).rejects.toThrow(
      /fleet\.sqlite: is a fleet's database, .*; name another file/,
    );
    const other = await Database.open(join(folder, 'other.sqlite'), 'CREATE TABLE t (x);', 2);
    other.exec('PRAGMA application_id = 7');
    other.close();
    await expect(FleetStore.open(other.path)).rejects.toThrow('is a database of something else');
  });

  it('keeps an event once, whatever comes again, with the position in the same commit', async () => {
    const first = store.commit(batch([event(1), event(2), event(1)]));
    expect(first.events.map(({ id }) => id.seq)).toEqual([1, 2]);
    expect(first.met).toEqual(['gw']);
    expect(first.moved).toEqual([{ sensor: 'gw', spool: SPOOL, seq: 2 }]);
    store.close();
    store = await FleetStore.open(path);
    expect(store.position('A1_INC')).toEqual(at(3));
    const again = store.commit(batch([event(2), event(3)], { position: at(9) }));
    expect(again.events.map(({ id }) => id.seq)).toEqual([3]);
    expect(again.met).toEqual([]);
    expect(store.position('A1_INC')?.sequence).toBe(9);
    expect(store.report(NOW_MS).facts).toMatchObject({ events: 3, incidents: 3, repeated: 2, conflicts: 0 });
    expect(query(path, 'PRAGMA synchronous')).toBeDefined();
    expect(store.database.one('PRAGMA synchronous').synchronous).toBe(2);
  });

  it('knows an incident as cut once its run has ended, or another has followed in the spool, in whatever order that is heard', () => {
    const later = RUN.replace(/.$/, 'f');
    const states = () =>
      store.report(NOW_MS).incidents.map(({ closed, isCut }) => (closed ? 'closed' : isCut ? 'cut' : 'open'));
    const campaigns = () => store.report(NOW_MS).campaigns.map(({ open }) => open);
    store.commit(
      batch([event(1, { incident: { closed: false } }), event(1, { incident: { closed: false }, sensor: 'b' })], {
        heartbeats: [beat()],
      }),
    );
    expect([states(), campaigns()]).toEqual([['open', 'open'], [true]]);
    store.commit(batch([], { heartbeats: [beat({ ended: true }), beat({ ended: true, sensor: 'b' })] }));
    store.commit(batch([], { heartbeats: [beat()] }));
    expect([states(), campaigns()]).toEqual([['cut', 'cut'], [false]]);
    store.commit(
      batch([event(2, { incident: { closed: false }, run: later })], { heartbeats: [beat({ run: later })] }),
    );
    expect(states().sort()).toEqual(['cut', 'cut', 'open']);
  });

  it('takes nothing of a batch that fails, and all of it the next time', () => {
    store.commit(batch([event(1)]));
    const { database } = store;
    database.exec("CREATE TRIGGER full BEFORE INSERT ON positions BEGIN SELECT RAISE(ABORT, 'disk full'); END");
    expect(() => store.commit(batch([event(2)], { position: at(2), heartbeats: [beat({ sensor: 'b' })] }))).toThrow(
      'disk full',
    );
    expect(store.position('A1_INC')?.sequence).toBe(1);
    expect(store.report(NOW_MS).facts).toMatchObject({ events: 1, sensors: 1 });
    expect(waterOf()).toBe(1);
    database.exec('DROP TRIGGER full');
    expect(store.commit(batch([event(2)])).moved).toEqual([{ sensor: 'gw', spool: SPOOL, seq: 2 }]);
  });

  it('keeps both of two events of one id with other contents, and tells both incidents', () => {
    store.commit(batch([event(1)]));
    const clone = event(1, { incident: { uuid: '019ab1c8-9a3f-7fff-8000-000000000001', title: 'of the clone' } });
    const outcome = store.commit(batch([clone, clone]));
    expect(outcome.conflicts).toHaveLength(1);
    expect(outcome.events).toHaveLength(1);
    expect(store.report(NOW_MS).facts).toMatchObject({ events: 1, incidents: 2, conflicts: 1, repeated: 1 });
    expect(query(path, 'SELECT json FROM conflicts')).toEqual([{ json: clone.json }]);
    expect(store.report(NOW_MS).sensors[0]?.conflicts).toBe(1);
  });

  it('has its watermark where nothing is missing below, gaps counted as there', () => {
    expect(store.commit(batch([event(2), event(3)])).moved).toEqual([]);
    expect(store.commit(batch([event(1)])).moved).toEqual([{ sensor: 'gw', spool: SPOOL, seq: 3 }]);
    expect(store.commit(batch([event(9), gap(5, 8)])).moved).toEqual([]);
    expect(store.commit(batch([event(4)])).moved).toMatchObject([{ seq: 9 }]);
    // overlapping, longer, and inside another
    store.commit(batch([gap(10, 12), gap(11, 20), gap(12, 15), gap(10, 12)]));
    expect(waterOf()).toBe(20);
    expect(store.report(NOW_MS).sensors[0]?.gaps).toBe(4 + 11);
  });

  it('reaches as far as a slow and obvious count, whatever comes in whatever order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 0, max: 4 }), fc.boolean()), {
          maxLength: 30,
        }),
        fc.uuid(),
        (list, name) => {
          const sensor = name;
          const there = new Set<number>();
          for (const [from, more, isGap] of list) {
            store.commit(batch([isGap ? gap(from, from + more, { sensor }) : event(from, { sensor })]));
            for (let seq = from; seq <= from + (isGap ? more : 0); seq++) there.add(seq);
          }
          let expected = 0;
          while (there.has(expected + 1)) expected++;
          expect(waterOf(sensor) ?? 0).toBe(expected);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('goes through more numbers than it looks at at a time', () => {
    const many = Array.from({ length: 2500 }, (_, k) => event(k + 2));
    store.commit(batch(many));
    expect(waterOf()).toBe(0);
    expect(store.commit(batch([event(1)])).moved).toMatchObject([{ seq: 2501 }]);
  });

  it('begins a strange spool where it was published that it stood, and asks later where that is not known', () => {
    const strange = batch([event(41), event(42)], { published: new Map([[`gw.${SPOOL}`, 40]]) });
    expect(store.commit(strange).moved).toMatchObject([{ seq: 42 }]);
    expect(store.knows('gw', SPOOL)).toBe(true);
    const later = event(41, { sensor: 'b' });
    expect(store.commit(batch([later], { published: new Map() })).moved).toEqual([]);
    expect(store.knows('b', SPOOL)).toBe(false);
    expect(store.hasHole({ sensor: 'b', spool: SPOOL, seq: 0 })).toBe(true);
    expect(store.published({ sensor: 'b', spool: SPOOL, seq: 40 })).toMatchObject({ seq: 41 });
    expect(store.knows('b', SPOOL)).toBe(true);
  });

  it('has of an incident what was told last, whatever order it comes in', () => {
    const told = (seq: number, severity: Severity, event_: 'opened' | 'changed' | 'closed') => {
      const uuid = '019ab1c8-9a3f-7000-8000-000000000077';
      return event(seq, { event: event_, incident: { uuid, severity, closed: event_ === 'closed' } });
    };
    store.commit(batch([told(3, 'high', 'closed'), told(1, 'low', 'opened'), told(2, 'medium', 'changed')]));
    const { incidents } = store.report(NOW_MS);
    expect(incidents).toMatchObject([{ severity: 'high', closed: true, sensor: 'gw', site: 'home' }]);
    // the same uuid of another sensor is another incident
    store.commit(
      batch([record({ ...eventBody(1, { sensor: 'b', incident: { uuid: incidents[0]?.uuid as string } }) })]),
    );
    expect(store.report(NOW_MS).facts.incidents).toBe(2);
  });

  it('has the same campaigns as all incidents at once, in whatever order and batches they come', async () => {
    const KINDS = ['port scan', 'beacon'];
    const one = fc.record({
      sensor: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      number: fc.integer({ min: 1, max: 4 }),
      kind: fc.constantFrom(...KINDS),
      first: fc.integer({ min: 0, max: 200 }),
      took: fc.integer({ min: 0, max: 40 }),
      initiator: fc.constantFrom('203.0.113.9', '10.0.0.9'),
    });
    const order = fc.array(fc.tuple(one, fc.boolean()), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(order, async (list) => {
        const file = join(folder, 'property.sqlite');
        for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true });
        const fresh = await FleetStore.open(file);
        try {
          const seqs = new Map<string, number>();
          let some: IncidentRecord[] = [];
          for (const [{ sensor, number, kind, first, took, initiator }, cut] of list) {
            const seq = (seqs.get(sensor) ?? 0) + 1;
            seqs.set(sensor, seq);
            const firstUs = NOW_MS * 1000 + first * 60e6;
            const uuid = `019ab1c8-9a3f-7000-8000-00000000000${number}`;
            some.push(
              event(seq, { sensor, incident: { uuid, kind, firstUs, lastUs: firstUs + took * 60e6, initiator } }),
            );
            if (cut) {
              fresh.commit(batch(some.reverse()));
              some = [];
            }
          }
          fresh.commit(batch(some));
          const report = fresh.report(NOW_MS);
          const whole = campaignsOf(report.incidents);
          const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
          expect([...report.campaigns].sort(byId)).toEqual(whole.map(({ campaign }) => campaign).sort(byId));
          for (const { campaign, members } of whole)
            for (const member of members) expect(member.campaign).toBe(campaign.id);
          expect(report.incidents.filter((i) => i.campaign !== '')).toHaveLength(
            whole.reduce((n, w) => n + w.members.length, 0),
          );
        } finally {
          fresh.close();
        }
      }),
      { numRuns: 40 },
    );
  });

  it('tells a campaign when it opens, and when it has more sensors or is worse', () => {
    const scan = (sensor: string, seq = 1, severity: Severity = 'low') =>
      event(seq, { sensor, incident: { severity, initiator: '203.0.113.9' } });
    const news = (...records: IncidentRecord[]) =>
      store
        .commit(batch(records))
        .campaigns.map(({ what, campaign }) => [what, campaign.sensors.length, campaign.severity]);
    expect(news(scan('a'))).toEqual([]);
    expect(news(scan('b'))).toEqual([['opened', 2, 'low']]);
    expect(news(scan('b', 2))).toEqual([]);
    expect(news(scan('c'))).toEqual([['grown', 3, 'low']]);
    expect(news(scan('a', 2, 'medium'))).toEqual([['grown', 3, 'medium']]);
    expect(news(scan('d'), scan('e'))).toEqual([['grown', 5, 'high']]);
    expect(store.report(NOW_MS).facts.campaigns).toBe(1);
  });

  it('puts off campaigns that take long, also beyond an end, and has them then', async () => {
    const scan = (k: number) => event(1, { sensor: `s${k}`, incident: { initiator: '203.0.113.9' } });
    // so many that to go through them takes long
    store.commit(batch(Array.from({ length: 8000 }, (_, k) => scan(k))));
    expect(store.commit(batch([scan(8001)])).campaigns).toEqual([]);
    expect(store.report(NOW_MS).campaigns[0]?.incidents).toBe(8000);
    store.close();
    store = await FleetStore.open(path);
    expect(store.settle('when due')).toMatchObject([{ what: 'grown', campaign: { incidents: 8001 } }]);
    expect(store.settle('now')).toEqual([]);
  });

  it('drops what is too old, counts it, and keeps watermarks', () => {
    const DAY = 86_400_000;
    const scan = { incident: { initiator: '203.0.113.9' } };
    store.commit(
      batch([event(1, { sensor: 'a', ...scan }), event(1, { sensor: 'b', ...scan }), gap(2, 3, { sensor: 'a' })]),
      NOW_MS - 91 * DAY,
    );
    store.commit(batch([event(4, { sensor: 'a' }), event(1, { sensor: 'c', ...scan })]), NOW_MS - 89 * DAY);
    expect(store.report(NOW_MS).campaigns).toMatchObject([{ sensors: ['a', 'b', 'c'] }]);
    expect(store.expire(NOW_MS)).toBe(false);
    expect(store.settle('now')).toEqual([]);
    const { facts, campaigns } = store.report(NOW_MS);
    expect(facts).toMatchObject({ events: 2, incidents: 2, expired: 2, gaps: 0, campaigns: 0, keepDays: 90 });
    expect(campaigns).toEqual([]);
    expect(waterOf('a')).toBe(4);
    expect(store.report(NOW_MS).sensors).toHaveLength(3);
    store.expire(NOW_MS + 200 * DAY);
    expect(store.report(NOW_MS).facts).toMatchObject({ events: 0, sensors: 0, expired: 4 });
    expect(store.knows('a', SPOOL)).toBe(false);
  });

  it('says of sensors what their heartbeats say, who speaks twice, and what was refused', () => {
    const other = '019ab1c8-9a3f-7abc-8def-000000000001';
    const spool = { id: SPOOL, last: 5, released: 1, bytes: 0, oldest_s: 700, gaps: 0 };
    store.commit(
      batch([event(1), event(2)], {
        heartbeats: [beat({ spool, t: NOW_MS - 10_000 + 75_000, dropped: null, refused: 'no room' }, NOW_MS - 10_000)],
        refused: new Map([
          ['gw', { count: 3, why: 'no JSON' }],
          ['', { count: 2, why: 'x' }],
          ['none', { count: 1, why: 'y' }],
        ]),
      }),
    );
    const [gw, none] = store.report(NOW_MS).sensors;
    expect(gw).toMatchObject({
      name: 'gw',
      lag: 3,
      invalid: 3,
      invalidWhy: 'no JSON',
      runsAtOnce: 1,
      spoolsAtOnce: 1,
      incidents: 2,
    });
    expect(gw?.state).toMatchObject({ aheadS: 75, waitsS: 700, dropped: null, refused: 'no room', ended: false });
    expect(none).toMatchObject({ name: 'none', seenMs: 0, invalid: 1 });
    expect(store.report(NOW_MS).facts.invalid).toBe(6);
    // one after the other is a restart; there and back again are two
    store.commit(batch([], { position: undefined, heartbeats: [beat({ run: other }, NOW_MS - 5000)] }));
    expect(store.report(NOW_MS).sensors[0]?.runsAtOnce).toBe(1);
    store.commit(
      batch([], {
        position: undefined,
        heartbeats: [beat({ spool: { ...spool, id: 'f'.repeat(16) } }, NOW_MS - 2000)],
      }),
    );
    store.commit(batch([], { position: undefined, heartbeats: [beat({ run: other }, NOW_MS)] }));
    expect(store.report(NOW_MS).sensors[0]).toMatchObject({ runsAtOnce: 2, spoolsAtOnce: 2 });
    expect(store.report(NOW_MS + 2 * 86_400_000).sensors[0]?.runsAtOnce).toBe(1);
    // an older one that is read again changes nothing
    store.commit(batch([], { position: undefined, heartbeats: [beat({ refused: 'old' }, NOW_MS - 60_000)] }));
    expect(store.report(NOW_MS).sensors[0]?.state?.refused).not.toBe('old');
    expect(store.heardBetween(NOW_MS - 1, NOW_MS)).toEqual(['gw']);
    store.commit(batch([], { position: undefined, heartbeats: [beat({ ended: true }, NOW_MS + 1)] }));
    expect(store.heardBetween(NOW_MS - 1, NOW_MS + 1)).toEqual([]);
  });
});

const built = join(root, 'dist/fleet/sink/store.js');

describe.runIf(existsSync(built))('a sink that is killed', () => {
  it('leaves position and events of the same commits, each once', async () => {
    const file = join(folder, 'killed.sqlite');
    const url = (name: string) => JSON.stringify(pathToFileURL(join(root, 'dist', name)).href);
    const script = `
      const { FleetStore } = await import(${url('fleet/sink/store.js')});
      const { incidentBody } = await import(${url('fleet/sink/bodies.js')});
      const body = JSON.parse(process.argv[2]);
      const store = await FleetStore.open(process.argv[1]);
      const from = store.position('A1_INC')?.sequence ?? 0;
      for (let seq = from + 1; ; seq += 3) {
        const records = [0, 1, 2].map((k) => {
          const fleet = { ...body.fleet, id: body.fleet.id.replace(/\\.[0-9]+$/, '.' + (seq + k)) };
          const position = { server: 's', stream: 'A1_INC', created: 'c', sequence: seq + k, storedMs: 0 };
          const bytes = Buffer.from(JSON.stringify({ ...body, fleet }));
          return incidentBody({ subject: 'a1.inc.gw', id: undefined, bytes, position });
        });
        const position = { server: 's', stream: 'A1_INC', created: 'c', sequence: seq + 2, storedMs: 0 };
        store.commit({ position, records, heartbeats: [], refused: new Map(), published: new Map([['gw.${SPOOL}', 0]]) });
        process.stdout.write(seq + 2 + '\\n');
      }`;
    let told = 0;
    for (let round = 0; round < 6; round++) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, file, JSON.stringify(eventBody(1))]);
      let errors = '';
      child.stderr.on('data', (data) => (errors += data));
      let commits = 0;
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        const lines = text.trim().split('\n');
        told = Math.max(told, ...lines.map(Number));
        commits += lines.length;
        if (commits > 5 * round) child.kill('SIGKILL');
      });
      await new Promise((resolve) => child.on('close', resolve));
      expect(errors).toBe('');
      const again = await FleetStore.open(file);
      const { n, last } = again.database.one('SELECT count(*) AS n, max(seq) AS last FROM events');
      expect(again.position('A1_INC')?.sequence).toBe(last);
      expect(n).toBe(last);
      expect(again.spools('gw')[0]?.seq).toBe(last);
      expect(Number(last)).toBeGreaterThanOrEqual(told);
      again.close();
    }
    expect(told).toBeGreaterThan(20);
  });
});
