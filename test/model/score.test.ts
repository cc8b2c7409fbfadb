import { describe, expect, it } from 'vitest';
import { initialWeights } from '../../src/model/net.js';
import { Random } from '../../src/model/random.js';
import { RobustScaler } from '../../src/model/scaler.js';
import { Scorer } from '../../src/model/score.js';
import { simdEngine } from '../../src/model/simd/engine.js';
import { engines } from '../support/engines.js';
import { lowRank } from './support/data.js';

/** Every second column reaches the net. */
function scalerOf(inputs: number): RobustScaler {
  const list = Array.from({ length: inputs }, (_, i) => 2 * i + 1);
  return new RobustScaler({ columns: 2 * inputs, inputs: list, center: list.map(() => 0), scale: list.map(() => 1) });
}

describe('the scorer', () => {
  it.each([4, 10, 11, 61, 128, 129, 300])(
    'of %i inputs gives the mean of the ten largest terms, largest first',
    async (inputs) => {
      const count = 37;
      const scaler = scalerOf(inputs);
      const random = new Random(inputs);
      const weights = Float32Array.from({ length: inputs }, () => 0.05 + random.uniform());
      const spec = { inputs, hidden: [5], bypassRank: 0 };
      const rows = lowRank(count + 3, 2 * inputs, 3, inputs, 0.5);
      for (const engine of engines()) {
        const net = engine.create(spec, initialWeights(spec, 1));
        const scorer = new Scorer(net, scaler, weights, 64);
        scorer.run(rows, count, 3);
        const scaled = new Float32Array(count * inputs);
        for (let r = 0; r < count; r++) scaler.apply(rows, r + 3, scaled, r);
        const out = new Float32Array(count * inputs);
        net.forward(scaled, count, out);
        for (let r = 0; r < count; r++) {
          const errors = Array.from({ length: inputs }, (_, j) => (scaled[r * inputs + j] - out[r * inputs + j]) ** 2);
          const terms = errors.map((e, j) => Math.log1p(e / weights[j]));
          const sorted = terms.toSorted((a, b) => b - a).slice(0, 10);
          const expected = sorted.reduce((a, b) => a + b, 0) / sorted.length;
          expect(Math.abs(scorer.score[r] / expected - 1)).toBeLessThan(1e-3);
          expect(scorer.loss[r]).toBeCloseTo(errors.reduce((a, b) => a + b, 0) / inputs, 4);
          for (let i = 0; i < scorer.top; i++) {
            const feature = scorer.topFeature[r * scorer.top + i];
            const term = scorer.topTerm[r * scorer.top + i];
            expect(term).toBeCloseTo(terms[(feature - 1) / 2], 4);
            // values that differ by less than 2^-13 may have swapped places
            expect(Math.abs(term - sorted[i])).toBeLessThan(1e-3);
          }
        }
        net.dispose();
      }
    },
  );

  it('counts clipped values and ranks no feature twice', () => {
    const scaler = scalerOf(20);
    const spec = { inputs: 20, hidden: [5], bypassRank: 0 };
    const net = simdEngine({ threads: 1 }).create(spec, initialWeights(spec, 1));
    const scorer = new Scorer(net, scaler, new Float32Array(20).fill(1), 8);
    const rows = new Float32Array(40);
    rows[7] = 1000;
    scorer.run(rows, 1);
    expect(scorer.clipped[3]).toBe(1);
    expect(scorer.topFeature[0]).toBe(7);
    expect(new Set(scorer.topFeature.subarray(0, 10)).size).toBe(10);
    net.dispose();
  });

  it.each([9, 10, 61, 130])(
    'gives the same of %i inputs where the kernel picks and scales them, to the bit',
    (inputs) => {
      const random = new Random(inputs);
      const list = Array.from({ length: inputs }, (_, i) => 2 * i + 1);
      const center = list.map(() => random.normal());
      // of some, many values are beyond the clip
      const scaler = new RobustScaler({
        columns: 2 * inputs,
        inputs: list,
        center,
        scale: list.map((j) => (j % 5 ? 1.3 : 0.05)),
      });
      const spec = { inputs, hidden: [7], bypassRank: 2 };
      const bypass = {
        center: new Float32Array(inputs),
        encode: new Float32Array(2 * inputs),
        decode: new Float32Array(2 * inputs),
      };
      for (const values of Object.values(bypass)) for (let i = 0; i < values.length; i++) values[i] = random.normal();
      const net = { layers: initialWeights(spec, 1).layers, bypass };
      const weights = Float32Array.from({ length: inputs }, () => 0.05 + random.uniform());
      const count = 9001;
      const rows = lowRank(count + 3, 2 * inputs, 3, inputs, 0.5);
      const strange = 37;
      rows[2 * inputs * (strange + 3) + 1] = Number.NaN;
      const engine = simdEngine({ threads: 1 });
      const results = [undefined, scaler.columns].map((columns) => {
        const scorer = new Scorer(engine.create(spec, net, columns), scaler, weights, count);
        scorer.run(rows, 100, 0);
        scorer.run(rows, count, 3);
        const { loss, score, topFeature, topTerm, squared, top } = scorer;
        scorer.net.dispose();
        // what is no number has no order
        topFeature.fill(0, strange * top, (strange + 1) * top);
        return [loss, score, topFeature, topTerm, squared];
      });
      const [scaled, raw] = results;
      const different = scaled.map((values, i) => values.findIndex((value, k) => !Object.is(value, raw[i][k])));
      expect(different).toEqual([-1, -1, -1, -1, -1]);
      expect(scaled[1][strange]).toBeNaN();
    },
  );
});
