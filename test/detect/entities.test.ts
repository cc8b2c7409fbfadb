import { describe, expect, it } from 'vitest';
import { Entities } from '../../src/detect/evidence/entity.ts';
import { PAIR_FAMILY } from '../../src/detect/evidence/statistics.ts';
import { tickOf } from '../../src/features/slot-table.ts';

const CAPACITY = 64;
const FLOOD = 100_000;
const hash = (i: number): number => Math.imul(i + 1, 0x9e3779b1) | 0;

describe('entities in a flood of spoofed addresses', () => {
  const flooded = (incident: number, uses: number) => {
    let ended = 0;
    const entities = new Entities(PAIR_FAMILY, CAPACITY, () => ended++);
    const [low, high] = [hash(-7), 1];
    for (let i = 0; i < uses; i++) entities.claim(low, high, tickOf(i)).incident = incident;
    for (let i = 0; i < FLOOD; i++) entities.claim(hash(i), 2, tickOf(uses + i * 0.001)).begin(i);
    return { entities, there: entities.find(low, high) !== undefined, ended };
  };

  it('are bounded, and who was forgotten is counted', () => {
    const { entities, ended } = flooded(0, 1);
    expect(entities.all().length).toBeLessThanOrEqual(CAPACITY);
    // the first to go had no window
    expect(entities.forgotten).toBe(ended - 1);
    expect(entities.forgotten).toBe(FLOOD - CAPACITY);
  });

  it('stay where they came back, and above all where they have an incident', () => {
    expect(flooded(0, 1).there).toBe(false);
    expect(flooded(0, 2).there).toBe(true);
    expect(flooded(3, 2).there).toBe(true);
  });
});
