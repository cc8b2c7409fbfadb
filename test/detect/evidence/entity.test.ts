import { describe, expect, it } from 'vitest';
import { DISTINCT, Entities, Entity, Frames } from '../../../src/detect/evidence/entity.js';
import { P, PAIR_FAMILY } from '../../../src/detect/evidence/statistics.js';
import { tickOf } from '../../../src/features/slot-table.js';

const CAPACITY = 64;
const MINUTE = 60e6;
const FLOOD = 100_000;
const hash = (i: number): number => Math.imul(i + 1, 0x9e3779b1) | 0;

describe('entities', () => {
  it('are no more than there is room for: each that gives way is told once, and counted', () => {
    const ended: number[] = [];
    const entities = new Entities(PAIR_FAMILY, CAPACITY, (entity) => ended.push(entity.low));
    for (let i = 0; i < 200_000; i++) entities.claim(i, i >> 8, i >> 4).begin(i);
    expect(entities.all().length).toBe(CAPACITY);
    expect(entities.forgotten).toBe(200_000 - CAPACITY);
    expect(ended).toHaveLength(entities.forgotten);
  });

  it('that are in use stay, however many come once', () => {
    const entities = new Entities(PAIR_FAMILY, CAPACITY, () => undefined);
    entities.claim(7, 7, 0);
    for (let i = 0; i < 20_000; i++) {
      entities.claim(1000 + i, i, i >> 6);
      const known = entities.claim(7, 7, i >> 6);
      expect(entities.fresh).toBe(false);
      known.stats[P.packets]++;
    }
    expect(entities.find(7, 7)?.stats[P.packets]).toBe(20_000);
  });

  it('are nobody’s any more when they are claimed anew', () => {
    const entity = new Entity(PAIR_FAMILY);
    entity.reset(1, 2);
    entity.begin(0);
    entity.stats[P.sent] = 5;
    entity.tally(3);
    entity.incident = 4;
    entity.begin(MINUTE);
    entity.reset(5, 6);
    entity.begin(2 * MINUTE);
    expect([entity.stats[P.sent], entity.previous[P.sent], entity.tally(3), entity.incident]).toEqual([0, 0, 0, 0]);
  });
});

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

  it('stay where a handshake was completed, for nobody spoofs that', () => {
    const entities = new Entities(PAIR_FAMILY, CAPACITY, () => undefined);
    entities.confirm(entities.claim(hash(-7), 1, 0), 1);
    for (let i = 0; i < FLOOD; i++) entities.claim(hash(i), 2, tickOf(i * 0.0001));
    expect(entities.find(hash(-7), 1)).toBeDefined();
    expect(entities.find(hash(0), 2)).toBeUndefined();
  });

  it('stay where they came back, and above all where they have an incident', () => {
    expect(flooded(0, 1).there).toBe(false);
    expect(flooded(0, 2).there).toBe(true);
    expect(flooded(3, 2).there).toBe(true);
  });
});

describe('an entity', () => {
  it('is tested at its third event, and after each fifth more', () => {
    const entity = new Entity(PAIR_FAMILY);
    entity.begin(0);
    const due = Array.from({ length: 30 }, (_, i) => (entity.isDue() ? i + 1 : 0)).filter(Boolean);
    expect(due).toEqual([3, 4, 5, 7, 9, 11, 14, 17, 21, 26]);
  });

  it('knows so many distinct things, and does not take what it cannot know for new', () => {
    const entity = new Entity(PAIR_FAMILY);
    entity.begin(0);
    let first = 0;
    for (let i = 0; i < 3 * DISTINCT; i++) if (entity.isFirst(i)) first++;
    expect(first).toBe(DISTINCT);
    expect(entity.isFirst(1)).toBe(false);
  });

  it('adds its minutes up in longer windows, the largest of what does not add up', () => {
    const entity = new Entity(PAIR_FAMILY);
    const full: [number, number, number][] = [];
    for (let minute = 0; minute < 6; minute++) {
      entity.begin(minute * MINUTE);
      entity.stats[P.packets] = 10;
      entity.stats[P.age] = minute;
      entity.lengthen(
        2,
        () => undefined,
        (scale, stats) => full.push([scale, stats[P.packets], stats[P.age]]),
      );
    }
    entity.drain((scale, stats) => full.push([scale, stats[P.packets], stats[P.age]]));
    expect(full).toEqual([
      [1, 40, 3],
      [1, 20, 5],
    ]);
  });
});

it('Of the frames of a window the latest are kept, in order', () => {
  const frames = new Frames();
  for (const frame of [1, 1, 2]) frames.add(frame);
  expect(frames.list()).toEqual([1, 2]);
  for (let frame = 3; frame <= 1000; frame++) frames.add(frame);
  expect(frames.list()).toEqual(Array.from({ length: 256 }, (_, i) => 745 + i));
});
