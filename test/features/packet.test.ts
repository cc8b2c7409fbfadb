import { describe, expect, it } from 'vitest';
import { AnomalyError } from '../../src/base/errors.ts';
import { COUNTS } from '../../src/features/counts.ts';
import { PacketFeatures } from '../../src/features/packet/index.ts';
import { schemaText } from '../../src/features/schema.ts';
import { BITS, ln, partOf } from '../../src/features/table.ts';
import { PacketRecord } from '../../src/table/record.ts';
import { traffic } from './traffic.ts';

const HOUR_US = 3_600_000_000;

function rows(features: PacketFeatures, records: readonly PacketRecord[], block = -1): Float32Array {
  const width = features.schema.columns.length;
  const all = new Float32Array(width * records.length);
  records.forEach((record, i) => {
    features.transform(record, all, i * width, block);
  });
  return all;
}

function trained(novelty = true): PacketFeatures {
  const features = new PacketFeatures({ novelty, local: ['10.20.0.0/24'] });
  traffic(5, 600).forEach((record, i) => {
    features.learn(record, Math.floor(i / 120));
  });
  features.freeze();
  return features;
}

/** A TCP record from 10.20.0.9:40000 to 10.20.0.1, at a time in s. */
function segment(seconds: number, flags: number, port: number, back = false): PacketRecord {
  const record = new PacketRecord();
  record.timestampUs = Math.round(seconds * 1e6);
  record.frameLen = record.capLen = 60;
  record.ethSrc = back ? 1 : 9;
  record.ethDst = back ? 9 : 1;
  record.ipVersion = 4;
  record.ipProto = 6;
  record.ipTtl = 64;
  record.ipSrc.set(back ? [10, 20, 0, 1] : [10, 20, 0, 9]);
  record.ipDst.set(back ? [10, 20, 0, 9] : [10, 20, 0, 1]);
  record.srcport = back ? port : 40_000;
  record.dstport = back ? 40_000 : port;
  record.tcpFlags = flags;
  record.payloadLen = 0;
  return record;
}

describe('packet features', () => {
  it('have one name each, and finite values for everything', () => {
    const features = trained();
    const names = features.schema.columns.map((column) => column.name);
    expect(new Set(names).size).toBe(names.length);
    expect(rows(features, traffic(6, 500)).every(Number.isFinite)).toBe(true);
  });

  it('are the same bits again for the same records', () => {
    const [a, b] = [trained(), trained()];
    const records = traffic(6, 400);
    expect(rows(a, records)).toEqual(rows(b, records));
    a.restart();
    expect(rows(a, records), 'after restart').toEqual(rows(trained(), records));
  });

  it('do not depend on the hour of the day', () => {
    const later = traffic(6, 400).map((record) =>
      Object.assign(record, { timestampUs: record.timestampUs + 7 * HOUR_US }),
    );
    expect(rows(trained(), later)).toEqual(rows(trained(), traffic(6, 400)));
  });

  it('without novelty are the first columns of those with it', () => {
    const [all, fewer] = [trained(), trained(false)];
    const width = fewer.schema.columns.length;
    expect(all.schema.columns.slice(0, width)).toEqual(fewer.schema.columns);
    expect(all.schema.columns.slice(width).every((column) => column.group === 'novelty')).toBe(true);
    const records = traffic(6, 100);
    const [wide, narrow] = [rows(all, records), rows(fewer, records)];
    records.forEach((_, i) => {
      const from = i * all.schema.columns.length;
      expect(wide.slice(from, from + width)).toEqual(narrow.slice(i * width, (i + 1) * width));
    });
    expect(schemaText(all.schema)).not.toBe(schemaText(fewer.schema));
  });

  it('are the same after saving and restoring, with empty counters', () => {
    const features = trained();
    rows(features, traffic(7, 300));
    const restored = new PacketFeatures({ novelty: true }, JSON.parse(JSON.stringify(features.state())));
    features.restart();
    const records = traffic(6, 400);
    expect(rows(restored, records)).toEqual(rows(features, records));
  });

  it('refuse a state that is no state', () => {
    const good = trained().state() as Record<string, unknown>;
    const bad = [
      null,
      7,
      {},
      { ...good, version: 99 },
      { ...good, local: [1] },
      { ...good, vocabularies: {} },
      { ...good, macs: { addresses: '!', traits: '' } },
      { ...good, macs: { addresses: '', traits: 'AAAA' } },
      { ...good, longestS: '7' },
    ];
    for (const state of bad) {
      expect(() => new PacketFeatures({ novelty: true }, state), JSON.stringify(state)).toThrow(AnomalyError);
    }
  });

  it('say who asked whom, in both directions of a flow', () => {
    const features = trained();
    const row = new Float32Array(features.schema.columns.length);
    const { context } = features;
    features.transform(segment(1, 0x02, 443), row, 0);
    expect(context).toMatchObject({ opensFlow: true, fromInitiator: true, initiatorPort: 40_000, servicePort: 443 });
    expect([...context.initiator.bytes.slice(0, 4)]).toEqual([10, 20, 0, 9]);
    const asked = context.initiator.hashLow;
    features.transform(segment(1.1, 0x12, 443, true), row, 0);
    expect(context).toMatchObject({ opensFlow: false, fromInitiator: false, servicePort: 443, protocol: 6, bytes: 60 });
    expect(context.initiator.hashLow).toBe(asked);
    features.transform(segment(200, 0x10, 443, true), row, 0);
    expect(context, 'after two silent minutes').toMatchObject({ opensFlow: false, begun: true, servicePort: 443 });
    expect(context.initiator.hashLow).toBe(asked);
  });

  it("take the given addresses, not private ranges, for the host's own", () => {
    const features = new PacketFeatures({ novelty: false, local: ['10.20.0.1'] });
    features.freeze();
    features.transform(segment(1, 0x02, 22), new Float32Array(features.schema.columns.length), 0);
    const { initiator, responder } = features.context;
    expect([initiator.local, responder.local]).toEqual([false, true]);
  });

  it('count a scan: ports of the pair, openings without an answer', () => {
    const features = trained();
    const row = new Float32Array(features.schema.columns.length);
    for (let i = 0; i < 50; i++) features.transform(segment(i * 0.1, 0x02, 1000 + i), row, 0);
    const of = (name: string) =>
      Math.round(Math.expm1(row[features.schema.columns.findIndex((column) => column.name === name)]));
    expect(of('pair_ports')).toBe(50);
    expect(of('initiator_services')).toBe(50);
    expect(of('initiator_responders')).toBe(1);
    expect(of('initiator_half_open'), 'those of the first two seconds').toBe(20);
    expect([...features.counts].every(Number.isNaN), 'nothing about the segment').toBe(true);
    expect(features.counts.length).toBe(COUNTS.length);
  });

  it('show values in units for a person', () => {
    expect(ln('ports').plain(Math.log1p(812))).toBeCloseTo(812);
    expect(ln('ports')).toMatchObject({ unit: 'ln ports', plainUnit: 'ports' });
    expect(partOf(255, 'B').plain(0.5)).toBe(127.5);
    expect(partOf(255, 'B')).toMatchObject({ unit: 'of 255 B', plainUnit: 'B' });
    expect(partOf(255)).toMatchObject({ unit: 'of 255', plainUnit: '' });
    expect(BITS.plain(7)).toBe(7);
  });
});
