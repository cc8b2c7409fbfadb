import { describe, expect, it } from 'vitest';
import type { Incident } from '../../src/detect/incident.ts';
import { Crowd } from '../../src/detect/incidents/crowd.ts';
import { leastOf } from '../../src/detect/incidents/making-room.ts';
import { SETTINGS } from '../../src/detect/settings.ts';

const { ALIKE } = SETTINGS;
const HOUR_US = 3600e6;

describe('a crowd of incidents', () => {
  function flooded(): Crowd {
    const crowd = new Crowd();
    for (let i = 0; i < ALIKE; i++) expect(crowd.admits('large upload', true, 20, i)).toBe(true);
    return crowd;
  }

  it('is of one kind: no more are opened in a day, and they are counted', () => {
    const crowd = flooded();
    expect(crowd.admits('large upload', true, 20, HOUR_US)).toBe(false);
    crowd.count('large upload');
    crowd.count('large upload');
    expect([...crowd.counted]).toEqual([['large upload', 2]]);
    expect(crowd.admits('large upload', true, 20, 25 * HOUR_US)).toBe(true);
  });

  it('hides no other kind, no known host, and nothing that is worse by far', () => {
    const crowd = flooded();
    expect(crowd.admits('port scan', true, 20, HOUR_US)).toBe(true);
    expect(crowd.admits('large upload', false, 20, HOUR_US)).toBe(true);
    expect(crowd.admits('large upload', true, 40, HOUR_US)).toBe(true);
    expect(crowd.admits('large upload', true, Number.POSITIVE_INFINITY, HOUR_US)).toBe(true);
    expect(crowd.admits('large upload', true, 3, HOUR_US)).toBe(false);
  });
});

describe('incidents that make room', () => {
  const incident = (id: number, kind: string, more: Partial<Incident> = {}): Incident =>
    ({ id, kind, severity: 'high', closed: true, p: 0.001, ...more }) as Incident;
  const ids = (least: Set<Incident>): number[] => [...least].map(({ id }) => id).sort((a, b) => a - b);

  it('are of the kinds that most are of, so that a flood pushes out itself', () => {
    const real = [incident(1, 'port scan'), incident(2, 'beacon')];
    const flood = Array.from({ length: 100 }, (_, i) => incident(3 + i, 'large upload'));
    expect(ids(leastOf([...real, ...flood], 40))).toEqual(Array.from({ length: 40 }, (_, i) => 3 + i));
    expect(ids(leastOf([...real, ...flood], 101))).not.toEqual(expect.arrayContaining([1, 2]));
  });

  it('are the least severe of a kind, then the weakest, then the oldest; none that goes on', () => {
    const kept = [
      incident(1, 'beacon', { closed: false, severity: 'notice' }),
      incident(2, 'beacon', { p: 1e-9 }),
      incident(3, 'beacon', { p: 1e-3 }),
      incident(4, 'beacon', { p: 1e-3 }),
      incident(5, 'beacon', { severity: 'medium', p: 1e-12 }),
      { id: 6, kind: 'beacon', severity: 'high', closed: true } as Incident,
    ];
    expect(ids(leastOf(kept, 1))).toEqual([5]);
    expect(ids(leastOf(kept, 2))).toEqual([3, 5]);
    expect(ids(leastOf(kept, 4))).toEqual([2, 3, 4, 5]);
    expect(ids(leastOf(kept, 10))).toEqual([2, 3, 4, 5, 6]);
  });
});
