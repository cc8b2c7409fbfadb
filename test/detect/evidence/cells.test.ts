import { expect, it } from 'vitest';
import { Cells, changed } from '../../../src/detect/evidence/cells.js';
import { Entity } from '../../../src/detect/evidence/entity.js';
import { P, PAIR_FAMILY } from '../../../src/detect/evidence/statistics.js';

function pair(low: number): Entity {
  const entity = new Entity(PAIR_FAMILY);
  entity.reset(low, 1);
  return entity;
}

it('Windows of one entity are kept as a fair sample that stands for all, and the rest is counted', () => {
  const cells = new Cells();
  const entity = pair(1);
  for (let i = 0; i < 2000; i++) {
    entity.stats[P.packets] = i;
    cells.add(entity, 0, 0, entity.stats, 0);
  }
  cells.add(entity, 0, 1, entity.stats, 0);
  const all = cells.all();
  const first = all.filter(({ block }) => block === 0);
  expect(first).toHaveLength(128);
  expect(cells.thinned).toBe(2000 - 128);
  expect(first.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(2000, 6);
  const mean = first.reduce((sum, { stats }) => sum + stats[P.packets], 0) / first.length;
  // of a uniform distribution over 2000, of 128: three standard errors
  expect(Math.abs(mean - 1000)).toBeLessThan((3 * 2000) / Math.sqrt(12 * 128));
  expect(all.filter(({ block }) => block === 1)).toMatchObject([{ weight: 1 }]);
});

it('Windows keep their values when the entity goes on, and one subject has one number', () => {
  const cells = new Cells();
  const [one, other] = [pair(1), pair(2)];
  for (const entity of [one, other, one]) {
    entity.stats[P.packets]++;
    cells.add(entity, 0, 0, entity.stats, 0);
  }
  expect(cells.subjects).toHaveLength(2);
  const [first] = cells.all();
  const renewed = changed({ ...first, stats: first.stats, weight: 3 }, { novelty: 2 });
  expect([renewed.novelty, renewed.weight, renewed.subject]).toEqual([2, 3, 0]);
  const moved = changed(first, { subject: 7 });
  expect([moved.subject, moved.weight, moved.block]).toEqual([7, first.weight, first.block]);
  expect(moved.stats).toEqual(first.stats);
  expect(cells.all().map(({ subject, stats }) => [subject, stats[P.packets]])).toEqual([
    [0, 1],
    [0, 2],
    [1, 1],
  ]);
});
