import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Labels } from '../../src/detect/evaluation.js';
import { upperBound } from '../../src/detect/evidence/budget.js';
import { PATTERNS } from '../../src/detect/rules/patterns.js';
import { root } from '../support/program.js';

const bench = (file: string) => import(join(root, 'bench/quality', file));
const { RIGHT_NAMES, isRightName } = (await bench('names.js')) as {
  RIGHT_NAMES: Record<string, string[]>;
  isRightName(attack: string, kinds: string[]): boolean | undefined;
};
const { rankings } = (await bench('measure.js')) as {
  rankings(
    part: { name: string },
    labels: Labels,
    scores: number[],
    negatives?: number[],
  ): { name: string; auc: number; tpr: number[] }[];
};

describe('the bound of a rate of false incidents', () => {
  it('is the mean at which so few would be seen in one case of twenty', () => {
    // tables of the chi-square distribution: chi2inv(0.95, 2 (n + 1)) / 2
    expect(upperBound(0)).toBeCloseTo(-Math.log(0.05), 9);
    expect(upperBound(1)).toBeCloseTo(4.7439, 4);
    expect(upperBound(9)).toBeCloseTo(15.7052, 4);
    // where e to the power of minus the mean is no number any more, the normal distribution is near
    expect(upperBound(2000)).toBeCloseTo(2000 + 1.6449 * Math.sqrt(2000) + (1.6449 ** 2 + 2) / 3, 0);
  });
});

describe('the names of attacks in our recordings', () => {
  it('are names that the program gives', () => {
    expect(Object.values(RIGHT_NAMES).flat()).toSatisfy((names: string[]) => names.every((name) => name in PATTERNS));
  });

  it('are right where one incident has one of them, and not judged in recordings of others', () => {
    expect(isRightName('lateral', ['beacon', 'port scan'])).toBe(true);
    expect(isRightName('lateral', ['beacon'])).toBe(false);
    expect(isRightName('toString', ['beacon'])).toBeUndefined();
  });
});

describe('the ranking of records by their score', () => {
  const labels = new Labels();
  labels.set(1, 'scan');
  labels.set(2, 'scan');
  labels.set(3, 'not judged');

  it('counts ties half and leaves out what is not judged', () => {
    // attack 5 and 2, harmless 2 and 1
    const [scan, ...others] = rankings({ name: 'x' }, labels, [5, 2, 99, 2, 1]);
    expect(others).toEqual([]);
    expect(scan).toMatchObject({ name: 'scan', auc: 3.5 / 4, tpr: [0.5, 0.5, 0.5] });
  });

  it('takes in harmless records of elsewhere', () => {
    const harmless = Array.from({ length: 199 }, (_, i) => i / 1000);
    const [scan] = rankings({ name: 'x' }, labels, [5, 2, 99], [...harmless, 3]);
    expect(scan?.auc).toBeCloseTo((200 + 199) / 400);
    expect(scan?.tpr).toEqual([1, 0.5, 0.5]);
  });
});
