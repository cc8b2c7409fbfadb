/** The time that records have, and the one that counts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Clock, type ClockEvent } from '../../src/features/clock.js';

const S = 1e6;
const HOUR = 3600 * S;
const DAY = 24 * HOUR;
const START = 1_700_000_000 * S;

/** Seconds after START, one a record -> what the clock says of each, in seconds, and what it tells. */
function run(seconds: readonly number[], clock = new Clock(S)) {
  const now: number[] = [];
  for (const at of seconds) {
    clock.take(START + at * S);
    now.push((clock.nowUs - START) / S);
  }
  clock.finish();
  return { now, events: clock.events.map(plain), clock };
}

function plain(event: ClockEvent) {
  const { type, record } = event;
  const second = (us: number): number => (us - START) / S;
  return { type, record, from: second(event.fromUs), to: second(event.toUs) };
}

/** Twenty records, one a second, those from number `from` on moved by `by` s. */
const moved = (by: number, from = 10, to = 20): number[] =>
  Array.from({ length: 20 }, (_, i) => i + (i >= from && i < to ? by : 0));

describe('the clock', () => {
  it('is the time of the records while nothing is wrong with it', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60_000), { minLength: 1, maxLength: 200 }), (gaps) => {
        let at = 0;
        const times = gaps.map((ms) => {
          at += ms / 1000;
          return at;
        });
        const { now, events } = run(times);
        expect(now).toEqual(times.map((time) => (START + time * S - START) / S));
        expect(events).toEqual([]);
      }),
    );
  });

  it('stands while records are a little out of order', () => {
    const { now, events } = run([0, 1, 0.5, 2, 1.2, 3]);
    expect(now).toEqual([0, 1, 1, 2, 2, 3]);
    expect(events).toEqual([]);
  });

  it('goes on after a pause, which is told once, when the third record bears it out', () => {
    const { now, events } = run(moved(3600));
    expect(events).toEqual([{ type: 'pause', record: 11, from: 9, to: 3610 }]);
    expect(now.slice(9, 14)).toEqual([9, 9, 10, 1271, 1272]);
  });

  it('goes on where it stands after it was set back, which is told once', () => {
    const { now, events } = run(moved(-3600));
    expect(events).toEqual([{ type: 'back', record: 11, from: 9, to: -3590 }]);
    expect(now).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]);
  });

  it.each([3600, 10 * 365 * 86_400, -3600])('is not moved by a record %i s away, which is told', (by) => {
    const { now, events } = run(moved(by, 10, 11));
    expect(events).toEqual([{ type: 'stray', record: 11, from: 9, to: 10 + by }]);
    expect(now).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  });

  it('tells two strays in a row as one event of two records', () => {
    const { clock } = run(moved(3600, 10, 12));
    expect(clock.events).toMatchObject([{ type: 'stray', record: 11, records: 2 }]);
  });

  it('believes the others where the first record is the stray', () => {
    for (const by of [3600, 10 * 365 * 86_400, -50 * 365 * 86_400]) {
      const { events, clock } = run(moved(by, 0, 1));
      expect(events).toEqual([{ type: 'stray', record: 1, from: 1, to: by }]);
      expect(clock.firstUs).toBe(START + S);
      expect(clock.wallUs).toBe(START + 19 * S);
    }
  });

  it('counts a pause as 21 minutes, however long it was: what nobody saw is no behaviour', () => {
    const years = 5 * 365 * 86_400;
    const { now, events, clock } = run(moved(years));
    expect(events).toMatchObject([{ type: 'pause', record: 11 }]);
    expect(clock.pausedUs).toBe(1260 * S);
    expect(now[13] - now[9]).toBe(1260 + 3);
  });

  it('does not tell silences that come again and again, and needs no proof of them', () => {
    const { now, events, clock } = run(Array.from({ length: 40 }, (_, i) => 600 * i));
    expect(events.map(({ type }) => type)).toEqual(['pause', 'pause', 'pause']);
    expect(now.slice(10)).toEqual(Array.from({ length: 30 }, (_, i) => 600 * (i + 10)));
    const later = run([0, 600, 1200, 1800], new Clock(S, clock.usualUs));
    expect(later.events).toEqual([]);
    expect(later.now).toEqual([0, 600, 1200, 1800]);
  });

  it('tells the end of one pause and the end of the next apart', () => {
    const { events } = run([0, 1, 2, 3, 3600, 7200, 7201, 7202]);
    expect(events).toEqual([
      { type: 'pause', record: 5, from: 3, to: 3600 },
      { type: 'pause', record: 6, from: 3600, to: 7200 },
    ]);
  });

  it('tells what it cannot decide when the records end', () => {
    expect(run([0, 1, 2, 3, 3600]).events).toMatchObject([{ type: 'stray', record: 5 }]);
    expect(run([0, 1, 2, 3, 3600, 3601]).events).toMatchObject([{ type: 'pause', record: 5 }]);
    expect(run([0, 1, 2, 3, -3600, -3599]).events).toMatchObject([{ type: 'stray', record: 5 }]);
  });

  /** Two clocks `apart` s from one another, in turns of so many records of each; in all 300, one each 0.1 s. */
  const turns = (apart: number, many: number): number[] =>
    Array.from({ length: 300 }, (_, i) => i / 10 + (Math.floor(i / many) % 2 === 1 ? apart : 0));

  it.each([1, 2, 3, 7, 50])('lets each of two sensors go by its own clock, %i records of each in turns', (many) => {
    for (const apart of [300, -300, 3600, -90_000, 400 * 86_400]) {
      const { now, events, clock } = run(turns(apart, many));
      expect(clock.totals.clocks).toBe(1);
      expect(events.length).toBeLessThanOrEqual(4);
      // once, where the other clock was first taken for the end of a pause
      const settled = now[110] - 11;
      // clocks are known to as much as lies between two records
      for (let i = 110; i < 300; i++) expect(Math.abs(now[i] - i / 10 - settled)).toBeLessThan(0.2);
    }
  });

  it('is moved by nothing when the clock is set right again', () => {
    const { now, events } = run([...moved(-3600, 10, 15)]);
    expect(events.map(({ type }) => type)).toEqual(['back', 'clocks']);
    expect(now.slice(15)).toEqual([15, 16, 17, 18, 19]);
  });

  it('lets time stand where records are out of order by seconds, and does not run away', () => {
    let seed = 1;
    const random = (): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const times = Array.from({ length: 5000 }, (_, i) => i / 20 + 5 * random());
    const { now, clock } = run(times);
    expect(clock.totals.disorder).toBeGreaterThan(0);
    expect(clock.totals.disorder + clock.totals.back + clock.totals.clocks).toBeLessThan(20);
    expect(now[4999]).toBeLessThan(250 + 30);
  });

  it('never goes back, and never runs ahead of the records by more than they do, whatever comes', () => {
    const time = fc.oneof(
      fc.integer({ min: 0, max: 1000 }),
      fc.integer({ min: -1e9, max: 1e9 }),
      fc.constantFrom(0, 3600, -3600, 86_400),
    );
    fc.assert(
      fc.property(fc.array(time, { minLength: 1, maxLength: 300 }), (times) => {
        const { now, clock } = run(times);
        for (let i = 1; i < now.length; i++) {
          expect(now[i]).toBeGreaterThanOrEqual(now[i - 1]);
          expect(now[i] - now[i - 1]).toBeLessThanOrEqual((DAY + 1000 * S) / S + DAY / S);
        }
        expect(clock.events.length).toBeLessThanOrEqual(60);
      }),
    );
  });

  it('counts what it no longer keeps one by one', () => {
    const strays = Array.from({ length: 300 }, (_, i) => (i % 3 === 2 ? -5000 : i));
    const { clock } = run(strays);
    expect(clock.events).toHaveLength(20);
    expect(clock.totals.stray).toBe(100);
  });
});
