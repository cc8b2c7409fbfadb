import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Key } from '../../src/base/hash.ts';
import { decodeWords, encodeWords } from '../../src/features/base64.ts';
import { Endpoint } from '../../src/features/extractor.ts';
import { LocalAddresses } from '../../src/features/local.ts';
import { SlotTable } from '../../src/features/slot-table.ts';
import { Vocabulary } from '../../src/features/vocabulary.ts';

const SEED = { seed: 20240901 };

function endpoint(family: 4 | 6 | 48, bytes: readonly number[]): Endpoint {
  const end = new Endpoint();
  end.family = family;
  end.bytes.set(bytes);
  return end;
}

describe("the host's own addresses", () => {
  it.each([
    ['10.0.0.0/8', 4, [10, 255, 1, 2], true],
    ['10.0.0.0/8', 4, [11, 0, 0, 1], false],
    ['192.0.2.128/25', 4, [192, 0, 2, 129], true],
    ['192.0.2.128/25', 4, [192, 0, 2, 127], false],
    ['192.0.2.7', 4, [192, 0, 2, 7], true],
    ['192.0.2.7', 4, [192, 0, 2, 6], false],
    ['fd20:a:0:1::1', 6, [0xfd, 0x20, 0, 0x0a, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1], true],
    ['fe80::/10', 6, [0xfe, 0xbf], true],
    ['fe80::/10', 6, [0xfe, 0xc0], false],
    ['::ffff:192.0.2.1', 6, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1], true],
    ['0.0.0.0/0', 4, [8, 8, 8, 8], true],
    ['0.0.0.0/0', 6, [0x20, 1], false],
    ['52:54:00:a2:00:01', 48, [0x52, 0x54, 0, 0xa2, 0, 1], true],
    ['52:54:00:a2:00:01', 48, [0x52, 0x54, 0, 0xa2, 0, 2], false],
  ] as const)('%s and family %i %j: %s', (range, family, bytes, expected) => {
    expect(new LocalAddresses([range]).has(endpoint(family, bytes))).toBe(expected);
  });

  it.each([
    '',
    'host',
    '10.0.0',
    '010.0.0.1',
    '10.0.0.256',
    '10.0.0.0/33',
    '10.0.0.0/8/8',
    '1::2::3',
    ':::',
    '1:2:3:4:5:6:7',
    '::1.2.3',
    'fd00::/129',
  ])('refuse "%s"', (text) => {
    expect(() => new LocalAddresses([text])).toThrow(/--local/);
  });
});

describe('a bounded table', () => {
  it('finds what it holds, never holds more than its slots, and gives each key one slot', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer(), fc.integer()), { maxLength: 400 }), (keys) => {
        const table = new SlotTable(64);
        const holder = new Map<number, string>();
        keys.forEach(([low, high], tick) => {
          const slot = table.claim(low, high, tick);
          expect(slot).toBeGreaterThanOrEqual(0);
          expect(slot).toBeLessThan(64);
          if (!table.fresh) expect(holder.get(slot)).toBe(`${low},${high}`);
          holder.set(slot, `${low},${high}`);
          expect(table.find(low, high)).toBe(slot);
        });
      }),
      SEED,
    );
  });

  it('gives up keys seen once before those seen again, whatever the keys are', () => {
    const table = new SlotTable(64);
    const slot = table.claim(0, 1, 0);
    table.claim(0, 1, 1);
    // all of one set: the worst that a sender of chosen keys can do
    for (let i = 2; i < 10_000; i++) table.claim(0, i, 2 + (i & 7));
    expect(table.find(0, 1)).toBe(slot);
  });
});

describe('keys', () => {
  it('differ in both halves for nearly all words, and spread over the low bits', () => {
    const key = new Key();
    const lows = new Set<number>();
    const sets = new Int32Array(1024);
    for (let i = 0; i < 65_536; i++) {
      key.start(1).add(i << 16);
      lows.add(key.low);
      key.start(1).addBytes(new Uint8Array([10, 20, i >> 8, i]), 0, 4);
      sets[key.low & 1023]++;
    }
    expect(lows.size).toBe(65_536);
    expect(Math.max(...sets)).toBeLessThan(64 + 6 * 8);
    expect(Math.min(...sets)).toBeGreaterThan(64 - 6 * 8);
  });
});

describe('a vocabulary', () => {
  it('gives the bits of the formula, with and without a time block', () => {
    const words = new Vocabulary(1024);
    for (const [value, block] of [
      [1, 0],
      [1, 0],
      [1, 1],
      [2, 1],
      [3, 4],
    ] as const)
      words.learn(value, value, block);
    words.freeze();
    const bits = (value: number, block: number) => {
      const out = new Float32Array(1);
      words.writeBits(value, value, block, out, 0);
      return out[0];
    };
    expect(bits(1, -1)).toBeCloseTo(-Math.log2(4 / 9), 5);
    expect(bits(9, -1)).toBeCloseTo(-Math.log2(1 / 9), 5);
    expect(bits(1, 1), 'without block 1: 3 counts of 2 values').toBeCloseTo(-Math.log2(3 / 6), 5);
    expect(bits(2, 1), 'seen in block 1 only').toBeCloseTo(-Math.log2(1 / 6), 5);
    expect(words.count(1, 1, 0)).toBe(1);
  });

  it('forgets the rarest when it is full', () => {
    const words = new Vocabulary(1024);
    for (let i = 0; i < 5; i++) for (let value = 0; value < 500; value++) words.learn(value, -value, 0);
    for (let value = 1000; value < 50_000; value++) words.learn(value, 7, 1);
    expect(words.size).toBeLessThanOrEqual(1024);
    for (let value = 0; value < 500; value++) expect(words.count(value, -value, -1)).toBe(5);
  });

  it('comes back from text', () => {
    const words = new Vocabulary(1024);
    for (let value = 0; value < 300; value++) for (let i = 0; i <= value % 7; i++) words.learn(value, ~value, i % 5);
    words.freeze();
    const restored = Vocabulary.restore(1024, JSON.parse(JSON.stringify(words.save()))) as Vocabulary;
    const [a, b] = [new Float32Array(1), new Float32Array(1)];
    for (let value = 0; value < 310; value++) {
      words.writeBits(value, ~value, -1, a, 0);
      restored.writeBits(value, ~value, -1, b, 0);
      expect(b).toEqual(a);
    }
    for (const bad of [
      undefined,
      {},
      { seen: 1, entries: 'AAA' },
      { seen: -1, entries: '' },
      { seen: 2, entries: encodeWords(Int32Array.of(1, 2, 0)) },
    ]) {
      expect(Vocabulary.restore(1024, bad)).toBeUndefined();
    }
  });
});

describe('numbers as text', () => {
  it('come back as the same numbers', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (words) => {
        expect([...(decodeWords(encodeWords(Int32Array.from(words))) ?? [])]).toEqual(words);
      }),
      SEED,
    );
    expect(decodeWords('*')).toBeUndefined();
    expect(decodeWords('AAA=')).toBeUndefined();
  });
});
