import { describe, expect, it } from 'vitest';
import { Numbers } from '../../../src/detect/evidence/numbers.js';
import { Tail, TailBuilder } from '../../../src/detect/evidence/tail.js';
import { Random } from '../../../src/model/random.js';

const source = new Random(3);
const VALUES = Array.from({ length: 500 }, () => Math.ceil(20 * Math.exp(source.normal())));
const builder = new TailBuilder();
for (const value of VALUES) builder.add(value, 1);
const tail = new Tail(builder.pairs(), 2);

describe('a tail', () => {
  it('is never below the share that was seen', () => {
    for (let x = 1; x < 400; x++) {
      expect(tail.expected(x)).toBeGreaterThanOrEqual(VALUES.filter((value) => value >= x).length);
    }
  });

  it('has no cliff at the largest value, and thins out with its index beyond', () => {
    const { most } = tail;
    expect(most).toBe(Math.max(...VALUES));
    let before = tail.expected(1);
    for (let x = 1; x < 10 * most; x *= 1.01) {
      const now = tail.expected(x);
      expect(now).toBeLessThanOrEqual(before + 1e-9);
      before = now;
    }
    // the largest is one of 500, and lends all of itself up to itself
    expect(tail.expected(most * 1.0001)).toBeGreaterThan(0.99);
    expect(tail.expected(20 * most) / tail.expected(10 * most)).toBeCloseTo(1 / 4, 9);
  });

  it('of nothing expects nothing', () => {
    const none = new TailBuilder();
    none.add(0, 5);
    expect(none.pairs()).toEqual([]);
    expect(new Tail([], 2).expected(1)).toBe(0);
    expect(new Tail([], 2).most).toBe(0);
  });

  it('is the same beside others in one buffer', () => {
    const numbers = new Numbers();
    const tails = [1, 2, 3].map((index) => new Tail(builder.pairs(), index, numbers));
    for (const [i, shared] of tails.entries()) {
      const own = new Tail(builder.pairs(), i + 1);
      expect(shared.most).toBe(own.most);
      for (let x = 0.5; x < 400; x *= 1.5) expect(shared.expected(x)).toBe(own.expected(x));
    }
  });

  it('counts weights, and is small however many values there were', () => {
    const weighted = new TailBuilder();
    for (let i = 1; i <= 100_000; i++) weighted.add(i, 0.5);
    expect(new Tail(weighted.pairs(), 1).expected(1)).toBeCloseTo(50_000, 0);
    expect(weighted.pairs().length / 2).toBeLessThan(8 * 18);
    const sum = weighted.pairs().reduce((total, part, i) => total + (i % 2 === 1 ? part : 0), 0);
    expect(sum).toBeCloseTo(50_000, 0);
  });
});
