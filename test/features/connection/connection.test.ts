import { describe, expect, it } from 'vitest';
import { ConnectionFeatures } from '../../../src/features/connection/index.js';
import { CONN_STATES, ConnRecord } from '../../../src/zeek/record.js';
import { setText } from './traffic.js';

interface Given {
  s?: number;
  from?: number[];
  to?: number[];
  port?: number;
  proto?: number;
  state?: (typeof CONN_STATES)[number] | 'new';
  history?: string;
  service?: string;
  localOrig?: number;
  label?: string;
}

function record(given: Given = {}): ConnRecord {
  const r = new ConnRecord();
  r.timestampUs = 1.7e15 + (given.s ?? 0) * 1e6;
  r.ipVersion = 4;
  r.origH.set(given.from ?? [10, 0, 0, 1]);
  r.respH.set(given.to ?? [192, 0, 2, 7]);
  r.origP = 40000;
  r.respP = given.port ?? 443;
  r.proto = given.proto ?? 0;
  r.ipProto = [6, 17, 1, -1][r.proto];
  r.duration = 1;
  r.origBytes = 100;
  r.respBytes = 1000;
  r.origPkts = 4;
  r.respPkts = 5;
  r.origIpBytes = 300;
  r.respIpBytes = 1300;
  r.connState = CONN_STATES.indexOf((given.state ?? 'SF') as (typeof CONN_STATES)[number]);
  r.localOrig = given.localOrig ?? -1;
  setText(r.history, given.history ?? 'ShADadFf');
  setText(r.service, given.service ?? 'ssl');
  setText(r.label, given.label ?? '');
  return r.hash();
}

function trained(rows: ConnRecord[] = Array.from({ length: 100 }, (_, i) => record({ s: i }))): ConnectionFeatures {
  const extractor = new ConnectionFeatures({ novelty: true });
  rows.forEach((row, i) => {
    extractor.learn(row, Math.floor((5 * i) / rows.length));
  });
  extractor.freeze();
  return extractor;
}

function rowOf(extractor: ConnectionFeatures, given: Given, block = -1): Record<string, number> {
  const out = new Float32Array(extractor.schema.columns.length + 1).fill(-77);
  extractor.transform(record(given), out, 0, block);
  expect(out.at(-1)).toBe(-77);
  expect(out.subarray(0, -1).every(Number.isFinite)).toBe(true);
  return Object.fromEntries(extractor.schema.columns.map(({ name }, j) => [name, out[j]]));
}

describe('features of a connection', () => {
  it('are named once, and the novelty group comes last', () => {
    const names = new ConnectionFeatures({ novelty: true }).schema.columns.map((column) => column.name);
    const without = new ConnectionFeatures({ novelty: false }).schema.columns.map((column) => column.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.slice(0, without.length)).toEqual(without);
    expect(names.length).toBe(without.length + 3);
  });

  it('hold the shape of the connection', () => {
    const row = rowOf(trained(), {});
    expect(row.duration).toBeCloseTo(Math.log(1001), 5);
    expect(row.orig_packet_size).toBeCloseTo(Math.log(76), 5);
    expect(row.orig_share).toBeCloseTo(100 / 1300, 6);
    expect([row.proto_tcp, row.proto_udp, row.state_SF, row.state_S0, row.state_unknown]).toEqual([1, 0, 1, 0, 0]);
    expect([row.history_orig_s, row.history_resp_h, row.history_resp_s]).toEqual([
      Math.fround(Math.log(2)),
      Math.fround(Math.log(2)),
      0,
    ]);
  });

  it('show an unseen state as unknown and rare, never as all zeros', () => {
    const row = rowOf(trained(), { state: 'new' });
    expect(row.state_unknown).toBe(1);
    expect(row.rarity_state).toBeGreaterThan(6);
    expect(rowOf(trained(), {}).rarity_state).toBeLessThan(0.1);
  });

  it('leave the own block out of the rarity of a training row', () => {
    const rows = Array.from({ length: 100 }, (_, i) => record({ s: i, port: i < 20 ? 8080 : 443 }));
    const extractor = trained(rows);
    expect(rowOf(extractor, { port: 8080 }, 0).rarity_port).toBeGreaterThan(6);
    expect(rowOf(extractor, { port: 8080 }, 1).rarity_port).toBeLessThan(3);
  });

  it('have rarities that do not depend on the rows before', () => {
    const extractor = trained(
      Array.from({ length: 200 }, (_, i) => record({ s: i, port: [80, 443, 8080, 5000 + i][i % 4] })),
    );
    const state = JSON.parse(JSON.stringify(extractor.state()));
    const alone = (given: Given) => rowOf(new ConnectionFeatures({ novelty: true }, state), given);
    const ports = [80, 443, 8080, 5003, 9999];
    for (let i = 0; i < 60; i++) {
      const given: Given = {
        port: ports[i % 5],
        state: i % 3 === 0 ? 'S0' : 'SF',
        history: i % 4 === 0 ? 'S' : 'ShADadFf',
        to: [192, 0, 2 + (i % 2), i % 7],
        localOrig: i % 2,
      };
      const rarities = (row: Record<string, number>) =>
        Object.entries(row).filter(([name]) => name.startsWith('rarity_'));
      expect(rarities(rowOf(extractor, given))).toEqual(rarities(alone(given)));
    }
  });

  it('follow what the sensor says of local networks before address ranges', () => {
    expect(rowOf(trained(), {}).orig_local).toBe(1);
    expect(rowOf(trained(), { localOrig: 0 }).orig_local).toBe(0);
  });

  it('do not see the label', () => {
    expect(rowOf(trained(), { label: 'Malicious' })).toEqual(rowOf(trained(), { label: 'Benign' }));
  });
});

describe('windows of the originator', () => {
  it('count distinct responders and ports, and attempts that came to nothing, and forget them', () => {
    const extractor = trained();
    for (let i = 0; i < 30; i++) rowOf(extractor, { s: 0.1 * i, port: 1000 + i, state: 'S0' });
    const scan = rowOf(extractor, { s: 4, port: 2000, state: 'S0' });
    expect(scan.pair_ports).toBeCloseTo(Math.log(32), 5);
    expect(scan.orig_responders).toBeCloseTo(Math.log(2), 5);
    expect(scan.orig_failed).toBeCloseTo(Math.log(32), 5);
    const later = rowOf(extractor, { s: 100 });
    expect(later.pair_ports).toBeCloseTo(Math.log(2), 5);
  });

  it("change nothing for a bystander of another originator's scan", () => {
    const quiet = rowOf(trained(), { s: 9, from: [10, 0, 0, 9] });
    const extractor = trained();
    rowOf(extractor, { s: 0, from: [10, 0, 0, 9] });
    for (let i = 0; i < 50; i++) rowOf(extractor, { s: 1 + 0.1 * i, port: 1000 + i, state: 'S0' });
    const during = rowOf(extractor, { s: 9, from: [10, 0, 0, 9] });
    for (const name of ['orig_failed', 'pair_ports', 'orig_rejected', 'orig_failed_share'])
      expect(during[name]).toBe(quiet[name]);
  });

  it('show intervals that vary little for a beacon and much for a person', () => {
    const extractor = trained();
    let beacon: Record<string, number> = {};
    let person: Record<string, number> = {};
    for (let i = 0; i < 20; i++) {
      beacon = rowOf(extractor, { s: 30 * i, to: [192, 0, 2, 50] });
      person = rowOf(extractor, { s: 30 * i + (i % 4) * 7, to: [192, 0, 2, 51] });
    }
    expect(beacon.interval).toBeCloseTo(Math.log(31), 5);
    expect(beacon.interval_variation).toBeLessThan(0.01);
    expect(person.interval_variation).toBeGreaterThan(0.2);
  });

  it('have no interval where a row goes on with the last connection', () => {
    const extractor = trained();
    const at = (given: Given) => rowOf(extractor, { to: [192, 0, 2, 60], ...given }).interval;
    for (let i = 0; i < 6; i++) at({ s: 30 * i });
    expect(at({ s: 155, state: 'OTH', history: 'DadA' })).toBe(0);
    expect(at({ s: 180 })).toBeCloseTo(Math.log(31), 5);
    const ntp = (s: number) => at({ s, proto: 1, port: 123, state: 'SF', history: 'Dd' });
    expect([ntp(200), ntp(264), ntp(328)]).toEqual([0, 0, 0]);
  });

  it('have no invented interval where a row began before the last one', () => {
    const extractor = trained();
    const rows = Array.from({ length: 30 }, (_, i) => {
      // each third is written after the one that began 20 s later
      const s = 20 * (i % 3 === 0 ? i + 1 : i % 3 === 1 ? i - 1 : i);
      return rowOf(extractor, { s, to: [192, 0, 2, 61] });
    });
    for (const { interval } of rows.slice(6)) expect(Math.expm1(interval)).toBeGreaterThan(19);
    for (const { interval } of rows.slice(6)) expect(Math.expm1(interval)).toBeLessThan(41);
  });

  it('do not turn the clock back for a long connection that is logged late', () => {
    const extractor = trained();
    rowOf(extractor, { s: 100 });
    const { clockUs } = extractor.context;
    rowOf(extractor, { s: 40 });
    expect(extractor.context).toMatchObject({ timestampUs: 1.7e15 + 40e6, clockUs });
  });
});

describe('the context', () => {
  const says = (...rows: Given[]) => {
    const extractor = trained();
    return rows.map((given) => {
      rowOf(extractor, given);
      const { begun, opensFlow } = extractor.context;
      return begun ? (opensFlow ? 'opens' : 'goes on') : 'joined';
    });
  };

  it.each<[string, Given, string]>([
    ['a SYN was seen', {}, 'opens'],
    ['the SYN-ACK came first', { state: 'SHR', history: '^hADadFf' }, 'joined'],
    ['nothing but data of both', { state: 'OTH', history: 'DadA' }, 'joined'],
    ['keep-alives', { state: 'OTH', history: 'Aa' }, 'joined'],
    ['no history, but bytes of both', { state: 'OTH', history: '' }, 'joined'],
    ['no history, and another state', { state: 'S1', history: '' }, 'opens'],
    ['an ACK that was reset, as of an ACK scan', { state: 'OTH', history: 'Ar' }, 'opens'],
    ['a FIN without an answer', { state: 'OTH', history: 'F' }, 'opens'],
    ['datagrams', { proto: 1, state: 'SF', history: 'Dd' }, 'opens'],
  ])('says whether the beginning was seen: %s', (_what, given, expected) => {
    expect(says(given)).toEqual([expected]);
  });

  it('says that rows from one port go on, unless each had its SYN', () => {
    const datagrams: Given = { proto: 1, port: 123, state: 'SF', history: 'Dd' };
    expect(says(datagrams, { ...datagrams, s: 64 })).toEqual(['opens', 'goes on']);
    expect(says({}, { s: 64 })).toEqual(['opens', 'opens']);
    expect(says({}, { s: 64, state: 'OTH', history: 'A' })).toEqual(['opens', 'goes on']);
    expect(says({ proto: 2, port: 0 }, { s: 1, proto: 2, port: 0 })).toEqual(['opens', 'opens']);
  });

  it('tells attempts from outside that came to nothing', () => {
    const extractor = trained();
    const probe = (given: Given) => {
      rowOf(extractor, given);
      return extractor.context.probe;
    };
    const inbound: Given = { from: [192, 0, 2, 7], to: [10, 0, 0, 1], port: 23 };
    expect(probe({ ...inbound, state: 'S0' })).toBe(true);
    expect(probe({ ...inbound, state: 'REJ' })).toBe(true);
    expect(probe({ ...inbound, state: 'SF' })).toBe(false);
    expect(probe({ state: 'S0' })).toBe(false);
    expect(probe({ ...inbound, proto: 2, state: 'S0' })).toBe(false);
  });
});

describe('the state', () => {
  it('gives the same rows after a round trip as JSON', () => {
    const extractor = trained();
    const again = new ConnectionFeatures({ novelty: true }, JSON.parse(JSON.stringify(extractor.state())));
    for (const given of [{}, { port: 22 }, { proto: 1, port: 53, service: 'dns' }, { to: [198, 51, 100, 1] }]) {
      expect(rowOf(again, given)).toEqual(rowOf(extractor, given));
    }
  });

  it('of something else is refused', () => {
    expect(() => new ConnectionFeatures({ novelty: true }, { version: 1 })).toThrow(/train it again/);
  });

  it('is bounded: a flood of originators takes no memory and pushes out itself, not who is really there', () => {
    const extractor = trained();
    const out = new Float32Array(extractor.schema.columns.length);
    for (let i = 0; i < 5; i++) rowOf(extractor, { s: 0.1 * i });
    const before = process.memoryUsage().arrayBuffers;
    const r = record({ s: 1 });
    for (let i = 0; i < 200_000; i++) {
      r.origH.set([i & 255, (i >> 8) & 255, i >> 16, 7]);
      r.timestampUs += 10;
      extractor.transform(r.hash(), out, 0);
    }
    expect(process.memoryUsage().arrayBuffers).toBeLessThan(before + 1e6);
    expect(out.every(Number.isFinite)).toBe(true);
    expect(rowOf(extractor, { s: 4 }).orig_connections).toBeCloseTo(Math.log(7), 5);
  });
});
