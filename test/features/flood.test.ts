import { describe, expect, it } from 'vitest';
import { PacketFeatures } from '../../src/features/packet/index.ts';
import { PacketRecord } from '../../src/table/record.ts';
import { Random } from './traffic.ts';

const SOURCES = process.env.SLOW ? 1_000_000 : 150_000;

/** Bytes of all typed arrays that an object holds, however deep. */
function arrayBytes(value: unknown, seen = new Set<unknown>()): number {
  if (typeof value !== 'object' || value === null || seen.has(value)) return 0;
  seen.add(value);
  if (ArrayBuffer.isView(value)) return value.byteLength;
  return Object.values(value).reduce((sum: number, part) => sum + arrayBytes(part, seen), 0);
}

/** Makes the record another SYN of a random source. */
function syn(record: PacketRecord, at: number, random: Random): PacketRecord {
  record.timestampUs = 1e15 + at * 20;
  record.frameLen = record.capLen = 60;
  record.ethSrc = 0x020000000000 + random.below(0xffffffff);
  record.ethDst = 1;
  record.ipVersion = 4;
  record.ipProto = 6;
  record.ipTtl = 64;
  const source = random.below(0xffffffff);
  record.ipSrc.set([source >>> 24, (source >> 16) & 255, (source >> 8) & 255, source & 255]);
  record.ipDst.set([10, 20, 0, 1]);
  record.srcport = random.below(65536);
  record.dstport = random.below(65536);
  record.tcpFlags = 2;
  record.payloadLen = 0;
  return record;
}

describe('packet features in a flood of random sources', () => {
  it(`hold the same memory after ${SOURCES} of them, and remember who was there before`, () => {
    const features = new PacketFeatures({ novelty: true });
    features.freeze();
    const row = new Float32Array(features.schema.columns.length);
    const random = new Random(1);
    const before = arrayBytes(features);
    const known = syn(new PacketRecord(), 0, random);
    const record = new PacketRecord();
    for (let i = 0; i < 10; i++) features.transform(Object.assign(known, { tcpFlags: 0x10 }), row, 0);
    const packets = features.schema.columns.findIndex((column) => column.name === 'flow_packets');
    for (let i = 1; i <= SOURCES; i++) features.transform(syn(record, i, random), row, 0);
    expect(arrayBytes(features)).toBe(before);
    expect(before).toBeLessThan(128e6);
    known.timestampUs = 1e15 + SOURCES * 20;
    features.transform(known, row, 0);
    expect(Math.expm1(row[packets]), 'its flow was not pushed out').toBeCloseTo(11, 3);
  });
});
