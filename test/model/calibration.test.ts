import { describe, expect, it } from 'vitest';
import { Key } from '../../src/base/hash.js';
import { type Calibration, ScoreCollector, thresholdFor } from '../../src/model/calibration.js';
import { LogHistogram, quantile, sortColumn, TopValues } from '../../src/model/quantile.js';
import { Random } from '../../src/model/random.js';
import { SmoothedScores } from '../../src/model/smoothing.js';

describe('quantiles', () => {
  it.each([1, 2, 250, 256, 257, 4000])('of columns of %i values are of the same bits as after sorting', (distinct) => {
    const random = new Random(distinct);
    const choices = Float32Array.from({ length: distinct }, () => random.normal());
    choices[0] = -0;
    const column = Float32Array.from({ length: 5000 }, (_, i) => (i % 9 === 0 ? 0 : choices[random.integer(distinct)]));
    const sorted = column.slice().sort();
    sortColumn(column);
    expect(new Int32Array(column.buffer)).toEqual(new Int32Array(sorted.buffer));
  });

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

/** Records one a second from `pairs` pairs in turn, each of an initiator of its own, with exponential scores. */
function* exponentialRecords(count: number, pairs: number, seed: number) {
  const random = new Random(seed);
  for (let i = 0; i < count; i++) {
    const pair = i % pairs;
    const hashes = [pair, 1, pair, pair * 7];
    yield { i, timestampUs: [1e15 + i * 1e6], hashes, score: -Math.log(1 - random.uniform()) };
  }
}

/** 5 blocks of them. */
function exponential(pairs: number, perBlock = 20_000): Calibration {
  const scores = new ScoreCollector(20);
  for (const record of exponentialRecords(5 * perBlock, pairs, 5)) {
    scores.add(Math.floor(record.i / perBlock), record, 0, record.score);
  }
  return scores.finish();
}

describe('a threshold', () => {
  const calibration = exponential(50);

  it("is the largest of the blocks' own percentiles", () => {
    const smoothed = new SmoothedScores(20);
    const blocks = Array.from({ length: 5 }, () => [] as number[]);
    for (const { i, timestampUs, hashes, score } of exponentialRecords(100_000, 50, 5)) {
      smoothed.claim(hashes[0], hashes[1], hashes[2], hashes[3], timestampUs[0]);
      blocks[Math.floor(i / 20_000)].push(smoothed.add(score));
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
      const { value, promise } = thresholdFor(calibration, percentile);
      expect(Math.abs(value / exact - 1)).toBeLessThan(1e-3);
      expect(promise).toContain(`${percentile} %`);
    }
  });

  it('that the data cannot support is refused with the reason', () => {
    const small = exponential(3, 200);
    const refusal = (percentile: number) => {
      try {
        thresholdFor(small, percentile);
      } catch (error) {
        return (error as Error).message;
      }
      return 'accepted';
    };
    expect(refusal(99.9)).toMatch(/blocks of 200 records; at most 99.5 /);
    expect(refusal(99)).toBe('accepted');
  });
});

describe('smoothed scores', () => {
  /** Takes in a score of initiator a to responder b. */
  const update = (smoothed: SmoothedScores, a: number, b: number, score: number): number => {
    const host = (n: number) => new Key().start(1).add(n);
    const [from, to] = [host(a), host(b)];
    const pair = new Key().startPair(from.low, from.high, to.low, to.high);
    smoothed.claim(from.low, from.high, pair.low, pair.high, 1e15);
    return smoothed.add(score);
  };

  it('follow each pair on its own', () => {
    const smoothed = new SmoothedScores(20);
    let m = 0;
    for (let i = 0; i < 100; i++) {
      update(smoothed, 1, 2, 5);
      m = update(smoothed, 3, 4, 1);
    }
    expect(m).toBeCloseTo(1 - 0.95 ** 100, 10);
  });

  it('of a new pair begin where its initiator stands', () => {
    const smoothed = new SmoothedScores(20);
    let m = 0;
    for (let i = 0; i < 100; i++) m = update(smoothed, 1, i, 5);
    expect(m).toBeCloseTo(5 * (1 - 0.95 ** 100), 10);
    expect(update(smoothed, 2, 1, 5)).toBeCloseTo(0.25, 10);
  });

  it('are the scores themselves without smoothing', () => {
    const smoothed = new SmoothedScores(1);
    for (const score of [3, 0.5, 7]) expect(update(smoothed, 1, 2, score)).toBe(score);
    expect(new ScoreCollector(7).finish().smoothing).toBe(7);
  });

  it('stay in a table of fixed size: old pairs give way to a flood of new ones', () => {
    const smoothed = new SmoothedScores(20, 64);
    update(smoothed, 7, 7, 10);
    for (let i = 0; i < 1000; i++) update(smoothed, 1000 + i, i, 1);
    for (let i = 0; i < 100_000; i++) update(smoothed, 1e6 + (i >> 1), i >> 1, 1);
    expect(smoothed.means.length).toBe(64);
    update(smoothed, 7, 7, 10);
    expect(smoothed.fresh).toBe(true);
  });
});
