import { describe, expect, it } from 'vitest';
import { NO_BASE_RATES } from '../../../src/detect/evidence/base-rates.js';
import { budgetOf, trainingFor } from '../../../src/detect/evidence/budget.js';
import { calibrate, Strata } from '../../../src/detect/evidence/strata.js';
import { Random } from '../../../src/model/random.js';

const STRATUM = '0/0:1:tcp';
const TRAINING_S = 3600;
const TRIALS = 200;
const ANY = 1;

/** Strengths as three kinds that are moved by one cause give them. */
const draw = (random: Random): number => -1.5 * Math.log(1 - random.uniform());
const drawn = (random: Random, n = TRIALS): number[] => Array.from({ length: n }, () => draw(random));
const strataOf = (strengths: readonly number[], stratum = STRATUM): Strata =>
  new Strata(calibrate(new Map([[stratum, strengths]]), 1, TRAINING_S, NO_BASE_RATES));

/** The least strength that is told [nats]. @param rate of its like, at most [1/s]; `given` as well */
function limitOf(strata: Strata, rate: number, given: number): number {
  let [low, high] = [0, 200];
  while (high - low > 0.01) {
    const middle = (low + high) / 2;
    if (strata.rate(STRATUM, middle) < rate && strata.given(STRATUM, middle) < given) high = middle;
    else low = middle;
  }
  return high;
}

describe('from strength to rate', () => {
  it('promises what comes on fresh traffic like that of training, and not much more', () => {
    const random = new Random(11);
    const [trainings, promised] = [400, 2];
    let came = 0;
    for (let i = 0; i < trainings; i++) {
      const limit = limitOf(strataOf(drawn(random)), promised / TRAINING_S, ANY);
      came += drawn(random).filter((strength) => strength > limit).length;
    }
    const expected = trainings * promised;
    expect(came).toBeLessThan(expected + 3 * Math.sqrt(expected));
    expect(came).toBeGreaterThan(expected / 2);
  });

  it('promises what is beyond the training within a quarter, for its tail is an estimate: one in five trainings', () => {
    const random = new Random(12);
    const [trainings, promised] = [2000, 0.2];
    let came = 0;
    for (let i = 0; i < trainings; i++) {
      const limit = limitOf(strataOf(drawn(random)), promised / TRAINING_S, ANY);
      came += drawn(random).filter((strength) => strength > limit).length;
    }
    const expected = trainings * promised;
    expect(came).toBeLessThan(1.25 * expected + 3 * Math.sqrt(expected));
    expect(came).toBeGreaterThan(expected / 2);
  });

  it('asks for more where new things are common, and never lets being new alone be an alarm', () => {
    const random = new Random(13);
    const values = drawn(random, 50);
    const rare = limitOf(strataOf(values), 1e-4, ANY);
    const common = limitOf(strataOf([...values, ...values, ...values, ...values]), 1e-4, ANY);
    expect(common).toBeGreaterThan(rare);
    expect(limitOf(strataOf(values), 1, 0.003)).toBeGreaterThan(rare);
  });

  it('measures what training never showed by what is alike, and where nothing is, by caution', () => {
    const strata = strataOf(drawn(new Random(14)));
    expect(strata.given('0/0:0:tcp', 8)).toBeLessThan(strata.given('0/0:5:tcp', 8));
    const given = [1, 3, 6, 12, 24].map((strength) => strata.given('0/3:0', strength));
    expect(given).toEqual(given.toSorted((a, b) => b - a));
    expect(given[0]).toBe(1);
  });

  it('has no tail that thins out faster than a probability does, however alike the windows of training were', () => {
    const random = new Random(15);
    const alike = Array.from({ length: TRIALS }, () => -0.5 * Math.log(1 - random.uniform()));
    const strata = strataOf(alike);
    for (const beyond of [3, 5, 8, 12]) {
      const ratio = strata.given(STRATUM, beyond + 1) / strata.given(STRATUM, beyond);
      expect(ratio, `from ${beyond} nats on`).toBeGreaterThanOrEqual(Math.exp(-1));
    }
  });
});

describe('a budget', () => {
  it('is what was asked for, or as little as a training of that length can promise', () => {
    const budget = budgetOf;
    expect(budget(1, 30 * 86_400)).toBeCloseTo(1 / 86_400, 12);
    expect(budget(1, 540)).toBeCloseTo(1 / 1350, 12);
    expect(budget(100, 86_400)).toBeCloseTo(100 / 86_400, 12);
    expect(budget(1, trainingFor(1))).toBeCloseTo(1 / 86_400, 12);
  });
});
