import { describe, expect, it } from 'vitest';
import { DISTINCT, Entities, Entity, Frames } from '../../../src/detect/evidence/entity.js';
import { P, PAIR_FAMILY } from '../../../src/detect/evidence/statistics.js';

const CAPACITY = 64;
const MINUTE = 60e6;

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
    entity.reset(5, 6);
    expect([entity.stats[P.sent], entity.tally(3), entity.incident, entity.opened]).toEqual([0, 0, 0, 0]);
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
