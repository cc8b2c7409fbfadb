import { describe, expect, it } from 'vitest';
import { regularityOf } from '../../../src/detect/evidence/regularity.js';
import { Random } from '../../../src/model/random.js';

const RUNS = 200_000;

/** 1/p of starts with so many gaps that come at random. */
function* random(gaps: number, seed: number): Iterable<number> {
  const source = new Random(seed);
  const starts = new Float64Array(gaps + 1);
  for (let run = 0; run < RUNS; run++) {
    for (let i = 1; i <= gaps; i++) starts[i] = starts[i - 1] - Math.log(1 - source.uniform());
    yield regularityOf(starts, gaps + 1);
  }
}

describe('regularity against random spacing', () => {
  it.each([4, 5, 8])('is exact for what is surely regular, and claims too much of nothing (%i gaps)', (gaps) => {
    const odds = Float64Array.from(random(gaps, gaps)).sort();
    // rarer than the largest ball that fits between random gaps: exact within three standard deviations
    const share = (p: number): number => odds.filter((value) => value >= 1 / p).length / RUNS;
    const exact = gaps === 4 ? 0.05 : gaps === 5 ? 0.02 : 0.001;
    expect(Math.abs(share(exact) - exact)).toBeLessThan(3 * Math.sqrt(exact / RUNS) + 0.001 * exact);
    for (const p of [0.3, 0.1, 0.03, 0.01]) expect(share(p)).toBeLessThan(p + 3 * Math.sqrt(p / RUNS));
  });

  it('grows with every call of a clock, and is bounded', () => {
    const clock = Float64Array.from({ length: 32 }, (_, i) => 20 * i + 0.3 * Math.sin(i));
    const odds = [5, 6, 8, 12].map((length) => regularityOf(clock, length));
    expect(odds).toEqual(odds.toSorted((a, b) => a - b));
    expect(odds[0]).toBeGreaterThan(100);
    expect(Math.log(regularityOf(clock, 32))).toBeCloseTo(12, 9);
  });

  it('says nothing of three gaps, nor of calls at one time', () => {
    expect(regularityOf(Float64Array.of(0, 1, 2, 3), 4)).toBe(1);
    expect(regularityOf(new Float64Array(9), 9)).toBe(1);
  });
});
