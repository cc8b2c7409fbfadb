import { describe, expect, it } from 'vitest';
import { type Calibration, pValue, ScoreCollector, thresholdFor } from '../../src/model/calibration.js';
import { LogHistogram, quantile, TopValues } from '../../src/model/quantile.js';
import { Random } from '../../src/model/random.js';
import { SmoothedScores } from '../../src/model/smoothing.js';
import { fitTail, survival, survivalQuantile } from '../../src/model/tail.js';

/** Inverse distribution function of the generalised Pareto distribution. */
const pareto = (u: number, shape: number) => (shape === 0 ? -Math.log(1 - u) : ((1 - u) ** -shape - 1) / shape);

describe('quantiles', () => {
  const random = new Random(1);
  const values = Float32Array.from({ length: 20_000 }, () => Math.exp(random.normal()));
  const sorted = values.slice().sort();

  it('of a histogram are within 1.6 % of the exact ones', () => {
    const histogram = new LogHistogram(2);
    for (const v of values) histogram.add(1, v);
    for (const q of [0.01, 0.5, 0.9, 0.999]) {
      expect(Math.abs(histogram.quantile(1, q) / quantile(sorted, q) - 1)).toBeLessThan(0.016);
    }
    expect(histogram.quantile(0, 0.5)).toBe(0);
    histogram.add(0, 0);
    expect(histogram.quantile(0, 1)).toBe(0);
    expect(histogram.total(1)).toBe(20_000);
  });

  it('of the largest values are exact, and unknown below what was kept', () => {
    const top = new TopValues(500);
    for (const v of values) top.add(v);
    for (const q of [0.98, 0.99, 0.999, 1]) expect(top.quantile(q)).toBeCloseTo(quantile(sorted, q), 5);
    expect(top.quantile(0.9)).toBeNaN();
    expect(top.values()[0]).toBe(sorted.at(-1));
  });
});

describe('the generalised Pareto tail', () => {
  it.each([-0.3, 0, 0.2])('with shape %f is found, with its far quantiles', (shape) => {
    const random = new Random(7);
    const values = Float64Array.from({ length: 200_000 }, () => 2 + 0.5 * pareto(random.uniform(), shape));
    const largest = values.sort().reverse().subarray(0, 5001);
    const tail = fitTail(largest, values.length)!;
    expect(tail.shape).toBeCloseTo(shape, 1);
    expect(tail.share).toBe(0.025);
    for (const p of [1e-3, 1e-4, 1e-5]) {
      const exact = 2 + 0.5 * pareto(1 - p, shape);
      expect(Math.abs(survivalQuantile(tail, p) / exact - 1)).toBeLessThan(0.06);
      expect(survival(tail, survivalQuantile(tail, p))).toBeCloseTo(p, 8);
    }
    expect(survival(tail, tail.from - 1)).toBe(tail.share);
  });

  it('of a normal distribution extrapolates to its quantiles', () => {
    const random = new Random(2);
    const values = Float64Array.from({ length: 100_000 }, () => random.normal());
    const tail = fitTail(values.sort().reverse().subarray(0, 1001), values.length)!;
    // Φ⁻¹(1 − 1e-6) = 4.7534
    expect(survivalQuantile(tail, 1e-6)).toBeGreaterThan(4.2);
    expect(survivalQuantile(tail, 1e-6)).toBeLessThan(5.4);
  });

  it('is not made of too few or equal values', () => {
    expect(fitTail(new Float32Array(20).fill(1), 100)).toBeUndefined();
    expect(fitTail(new Float32Array(100).fill(1), 100)).toBeUndefined();
  });
});

/** 5 blocks of 20 000 records, one a second, from `pairs` pairs with exponential scores. */
function exponential(pairs: number, perBlock = 20_000): Calibration {
  const random = new Random(5);
  const scores = new ScoreCollector(20);
  for (let i = 0; i < 5 * perBlock; i++) {
    const pair = i % pairs;
    scores.add(Math.floor(i / perBlock), 1e15 + i * 1e6, pair, pair * 7, -Math.log(1 - random.uniform()));
  }
  return scores.finish();
}

describe('a threshold', () => {
  const calibration = exponential(50);

  it("is the largest of the blocks' own percentiles", () => {
    const random = new Random(5);
    const smoothed = new SmoothedScores(20);
    const blocks = Array.from({ length: 5 }, () => [] as number[]);
    for (let i = 0; i < 100_000; i++) {
      const pair = i % 50;
      const m = smoothed.update(pair, pair * 7, 1e15 + i * 1e6, -Math.log(1 - random.uniform()));
      blocks[Math.floor(i / 20_000)]?.push(m);
    }
    for (const percentile of [99, 99.9, 99.99]) {
      const exact = Math.max(
        ...blocks.map((b) =>
          quantile(
            b.toSorted((x, y) => x - y),
            percentile / 100,
          ),
        ),
      );
      const { value, promise } = thresholdFor(calibration, { percentile });
      expect(Math.abs(value / exact - 1)).toBeLessThan(1e-3);
      expect(promise).toContain(`${percentile} %`);
    }
  });

  it('for an alert budget rises as the budget falls, and keeps it on more of the same traffic', () => {
    const budget = (alertsPerDay: number) => thresholdFor(calibration, { alertsPerDay }).value;
    const levels = [1000, 100, 10, 1, 0.1].map(budget);
    expect(levels).toEqual(levels.toSorted((a, b) => a - b));
    // 50 pairs, an episode of each every 300 s: count the alerts on ten days of new traffic
    const random = new Random(99);
    const level = budget(20);
    let alerts = 0;
    const fresh = new SmoothedScores(20, 65_536, (maximum) => {
      if (maximum > level) alerts++;
    });
    for (let i = 0; i < 864_000; i++)
      fresh.update(i % 50, (i % 50) * 7, 1e15 + i * 1e6, -Math.log(1 - random.uniform()));
    fresh.flush();
    expect(alerts / 10).toBeGreaterThan(10);
    expect(alerts / 10).toBeLessThan(40);
  });

  it('that the data cannot support is refused with the reason', () => {
    const small = exponential(3, 200);
    const refusal = (request: Parameters<typeof thresholdFor>[1]) => {
      try {
        thresholdFor(small, request);
      } catch (error) {
        return (error as Error).message;
      }
      return 'accepted';
    };
    expect(refusal({ percentile: 99.9 })).toMatch(/blocks of 200 records; at most 99.5 /);
    expect(refusal({ percentile: 99 })).toBe('accepted');
    expect(refusal({ alertsPerDay: 1 })).toMatch(/needs at least 21 episodes/);
    expect(() => thresholdFor(calibration, { alertsPerDay: 1e-4 })).toThrow(/train on at least 2400.0 h/);
    expect(() => thresholdFor(calibration, { alertsPerDay: 0 })).toThrow(/above 0/);
  });

  it('has p-values that fall from 1 to 0 without a jump upwards', () => {
    let last = 1;
    for (let m = 0; m < 6; m += 0.01) {
      const p = pValue(calibration, m);
      expect(p).toBeLessThanOrEqual(last + 1e-12);
      expect(p).toBeGreaterThanOrEqual(0);
      last = p;
    }
    expect(last).toBeLessThan(1e-4);
    expect(pValue(calibration, 1)).toBeGreaterThan(0.3);
    expect(pValue(calibration, 1)).toBeLessThan(0.7);
  });
});

describe('smoothed scores', () => {
  it('follow each pair on its own', () => {
    const smoothed = new SmoothedScores(20);
    let m = 0;
    for (let i = 0; i < 100; i++) {
      smoothed.update(1, 2, i, 5);
      m = smoothed.update(3, 4, i, 1);
    }
    expect(m).toBeCloseTo(1 - 0.95 ** 100, 10);
  });

  it('are the scores themselves without smoothing', () => {
    const smoothed = new SmoothedScores(1);
    for (const score of [3, 0.5, 7]) expect(smoothed.update(1, 2, 0, score)).toBe(score);
    expect(new ScoreCollector(7).finish().smoothing).toBe(7);
  });

  it('stay in a table of fixed size: old pairs give way to a flood of new ones', () => {
    const smoothed = new SmoothedScores(20, 64);
    smoothed.update(7, 7, 0, 10);
    for (let i = 0; i < 100_000; i++) smoothed.update(i * 2654435761, i, i, 1);
    expect(smoothed.update(7, 7, 1, 10)).toBeCloseTo(0.5);
  });
});
