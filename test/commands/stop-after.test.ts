import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { MS_PER_HOUR } from '../../src/base/time.js';
import { stopAfter } from '../../src/commands/stop-after.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('stops after so many hours, once, also after more than a month', () => {
  for (const hours of [0.001, 24, 90 * 24]) {
    let stops = 0;
    stopAfter(hours, () => stops++);
    vi.advanceTimersByTime(hours * MS_PER_HOUR - 1);
    expect(`${hours} h: ${stops}`).toBe(`${hours} h: 0`);
    vi.advanceTimersByTime(1);
    expect(`${hours} h: ${stops}`).toBe(`${hours} h: 1`);
    vi.advanceTimersByTime(100 * 24 * MS_PER_HOUR);
    expect(`${hours} h: ${stops}`).toBe(`${hours} h: 1`);
  }
});

it('never stops when it was taken back', () => {
  let stops = 0;
  const forget = stopAfter(90 * 24, () => stops++);
  vi.advanceTimersByTime(50 * 24 * MS_PER_HOUR);
  forget();
  vi.advanceTimersByTime(50 * 24 * MS_PER_HOUR);
  expect(stops).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});
