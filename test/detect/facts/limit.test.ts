import { describe, expect, it } from 'vitest';
import { limitOf } from '../../../src/detect/facts/limit.ts';

/** P(at least k) of the negative binomial by its definition, as a product of ratios. */
function tail(k: number, records: number, exposure: number): number {
  const shape = records + 0.5;
  const p = 60 / (60 + exposure);
  let term = (1 - p) ** shape;
  let below = 0;
  for (let z = 0; z < k; z++) {
    below += term;
    term *= ((z + shape) / (z + 1)) * p;
  }
  return 1 - below;
}

/** one in ten days */
const RATE = 0.1 / 86_400;

describe('the limit of a fact', () => {
  it.each([
    [0, 540, 1],
    [0, 540, 4],
    [0, 86_400, 40],
    [2, 540, 1],
    [12, 900, 6],
    [400, 540, 1],
    [5000, 86_400, 3],
  ])('of %i records in %i s of %i units is the lowest that chance keeps to the budget', (records, seconds, units) => {
    const limit = limitOf(records, seconds, units, RATE);
    const allowed = (RATE * 60) / units;
    expect(tail(limit, records, seconds * units)).toBeLessThan(allowed);
    if (limit > 3) expect(tail(limit - 1, records, seconds * units)).toBeGreaterThanOrEqual(allowed);
  });

  it('is three at least, however long nothing came, and finite after no time and a million records', () => {
    expect(limitOf(0, 1e9, 1, RATE)).toBe(3);
    expect(limitOf(0, 540, 1, RATE)).toBe(4);
    expect(limitOf(0, 0, 1, RATE)).toBeLessThan(100);
    const many = limitOf(1e6, 540, 1, RATE);
    expect(many / (1e6 / 9)).toBeGreaterThan(1);
    expect(many / (1e6 / 9)).toBeLessThan(1.1);
  });
});
