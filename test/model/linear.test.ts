import { describe, expect, it } from 'vitest';
import { corrupt, corruptionOf } from '../../src/model/corruption.js';
import { symmetricEigen } from '../../src/model/eigen.js';
import { Moments, outputWeights, weightedPca } from '../../src/model/pca.js';
import { Random } from '../../src/model/random.js';
import { CLIP, RobustScaler } from '../../src/model/scaler.js';
import { Spool } from '../../src/model/spool.js';
import { featureReference, survey } from '../../src/model/survey.js';
import { fitOptions, lowRank } from './support/data.js';
import { schemaOf } from './support/model.js';

describe('eigenvectors', () => {
  it.each([1, 2, 7, 60])('of a symmetric matrix of %i rows rebuild it and are orthonormal', (size) => {
    const random = new Random(size);
    const matrix = new Float64Array(size * size);
    for (let i = 0; i < size; i++)
      for (let j = 0; j <= i; j++) matrix[i * size + j] = matrix[j * size + i] = random.normal();
    const { values, vectors } = symmetricEigen(matrix, size);
    for (let i = 0; i < size; i++) {
      if (i > 0) expect(values[i]).toBeLessThanOrEqual(values[i - 1]);
      for (let j = 0; j < size; j++) {
        let rebuilt = 0;
        let dot = 0;
        for (let c = 0; c < size; c++) {
          rebuilt += values[c] * vectors[i * size + c] * vectors[j * size + c];
          dot += vectors[c * size + i] * vectors[c * size + j];
        }
        expect(rebuilt).toBeCloseTo(matrix[i * size + j], 9);
        expect(dot).toBeCloseTo(i === j ? 1 : 0, 10);
      }
    }
  });
});

describe('the weighted PCA', () => {
  it('of full rank is the identity, of the true rank leaves the noise', () => {
    const rows = lowRank(2000, 10, 3, 1, 0.01);
    const moments = new Moments(10);
    moments.add(rows, 2000);
    for (const [rank, limit] of [
      [10, 1e-4],
      [3, 0.06],
    ] as const) {
      const { center, encode, decode } = weightedPca(moments, rank);
      let worst = 0;
      for (let i = 0; i < 200; i++) {
        for (let j = 0; j < 10; j++) {
          let x = center[j];
          for (let r = 0; r < rank; r++) {
            let code = 0;
            for (let k = 0; k < 10; k++) code += (rows[i * 10 + k] - center[k]) * encode[k * rank + r];
            x += code * decode[r * 10 + j];
          }
          worst = Math.max(worst, Math.abs(x - rows[i * 10 + j]));
        }
      }
      expect(worst).toBeLessThan(limit);
    }
  });

  it('adds moments of parts to those of the whole, and weighs outputs by variance', () => {
    const rows = lowRank(100, 4, 2, 3);
    const whole = new Moments(4);
    const parts = [new Moments(4), new Moments(4)] as const;
    whole.add(rows, 100);
    parts[0].add(rows, 37);
    parts[1].add(rows.subarray(37 * 4), 63);
    parts[0].merge(parts[1]);
    expect(parts[0].covariance(1, 3)).toBeCloseTo(whole.covariance(1, 3), 12);
    const weights = outputWeights(whole);
    expect(weights.reduce((a, b) => a + b, 0) / 4).toBeCloseTo(1, 5);
    const ratio = (whole.covariance(1, 1) + 0.01) / (whole.covariance(0, 0) + 0.01);
    expect(weights[0] / weights[1]).toBeCloseTo(ratio, 4);
  });
});

describe('the scaler', () => {
  it('centres by median, scales by the largest robust deviation, clips, leaves binary columns, drops constant ones', async () => {
    const schema = schemaOf(5);
    const spool = new Spool(5);
    const random = new Random(1);
    for (let i = 0; i < 5000; i++) {
      // normal; mostly zero with rare large values; almost constant; binary; constant
      const values = [
        3 + 2 * random.normal(),
        i % 100 === 0 ? 50 : 0,
        1 + 1e-3 * random.normal(),
        i % 3 === 0 ? 1 : 0,
        7,
      ];
      for (const [j, v] of values.entries()) spool.buffer[spool.offset + j] = v;
      spool.push(1e15 + i, 0, 0, 0, 0, 0);
    }
    const facts = await survey(spool, schema, 1);
    const scaler = RobustScaler.fit(facts, schema);
    const { inputs, center, scale } = scaler.state();
    expect(inputs).toEqual([0, 1, 2, 3]);
    expect(center[0]).toBeCloseTo(3, 1);
    expect(scale[0]).toBeCloseTo(2, 0);
    expect(scale[1]).toBeCloseTo(50 * Math.sqrt(0.01 * 0.99), 3);
    expect(scale[2]).toBe(0.05);
    expect([center[3], scale[3]]).toEqual([0, 1]);
    const out = new Float32Array(4);
    const clipped = new Float64Array(4);
    scaler.apply(Float32Array.of(1e9, 0, 1, 1, 7), 0, out, 0, clipped);
    expect(out[0]).toBe(CLIP);
    expect(out[3]).toBe(1);
    expect([...clipped]).toEqual([1, 0, 0, 0]);
    const reference = featureReference(facts, 0);
    expect(reference.median).toBeCloseTo(3, 1);
    expect(reference.q999).toBeCloseTo(3 + 3.09 * 2, 0);
    expect(reference.edges.length).toBe(9);
    expect(reference.shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
    expect(featureReference(facts, 1).edges).toEqual([0]);
    expect(facts.busiestPairShare).toBe(1);
    await spool.close();
  });

  it('samples evenly when there are more rows than it may keep', async () => {
    const schema = schemaOf(4);
    const spool = new Spool(4);
    for (let i = 0; i < 10_000; i++) {
      spool.buffer.fill(i, spool.offset, spool.offset + 4);
      spool.push(i, i, i, i, i, 0);
    }
    const facts = await survey(spool, schema, 1, 500);
    expect(facts.sampled).toBe(500);
    for (let i = 0; i < 500; i++) {
      expect(facts.sample[4 * i]).toBe(facts.sampleRow[i]);
      expect(Math.floor(facts.sampleRow[i] / 20)).toBe(i);
    }
    const most = await survey(spool, schema, 1, 6553);
    expect(new Set(most.sampleRow).size).toBe(6553);
    expect(most.columns[0]?.mad).toBeCloseTo(2500, -2);
    expect([facts.min[0], facts.max[0], facts.mean[0]]).toEqual([0, 9999, 4999.5]);
    expect(facts.busiestPairShare).toBeLessThan(0.05);
    await spool.close();
  });
});

describe('corruption', () => {
  it('masks the stated share and adds noise of the stated deviation, the same for any split into batches', () => {
    const width = 50;
    const rows = new Float32Array(2000 * width).fill(3);
    const corruption = corruptionOf(fitOptions(width, { maskRate: 0.1, noise: 0.5 }), 4);
    const out = new Float32Array(rows.length);
    corrupt(rows, 2000, width, 0, corruption, out);
    const masked = out.filter((x) => x === 0).length / out.length;
    expect(masked).toBeCloseTo(0.1, 2);
    const noise = out.filter((x) => x !== 0).map((x) => x - 3);
    expect(noise.reduce((a, b) => a + b, 0) / noise.length).toBeCloseTo(0, 2);
    expect(Math.sqrt(noise.reduce((a, b) => a + b * b, 0) / noise.length)).toBeCloseTo(0.5, 2);
    const part = new Float32Array(100 * width);
    corrupt(rows.subarray(0, part.length), 100, width, 700, corruption, part);
    expect(part).toEqual(out.subarray(700 * width, 800 * width));
  });
});
