import { expect, it } from 'vitest';
import type { ClockEvent } from '../../src/features/clock.js';
import { ClockNotes } from '../../src/report/clock.js';

const packets = { noun: 'packet', nouns: 'packets', wholeConnections: false };
const pause: ClockEvent = { type: 'pause', fromUs: 10e6, toUs: 3700e6, record: 7 };

const said = (event: ClockEvent, ...steps: { fromUs: number; toUs: number }[]): string | undefined =>
  new ClockNotes(packets).lines(event, steps)[0];

it('says of a silence in a file that it may be either', () => {
  expect(new ClockNotes(packets).lines(pause, undefined)[0]).toMatch(/a pause, or the clock was set forward$/);
});

it('says of a silence while capturing that it was a pause, unless the clock was set forward in it', () => {
  expect(said(pause)).toMatch(/^no packets for 1 h .*: a pause$/);
  // noticed a second after the last packet before it
  expect(said(pause, { fromUs: 11e6, toUs: 3611e6 })).toMatch(/^the clock was set forward by 1 h .* at packet 7, from/);
});

it('takes no step for a pause that it does not explain', () => {
  const others = [
    { fromUs: 5000e6, toUs: 9000e6 },
    { fromUs: 100e6, toUs: 400e6 },
    { fromUs: 3650e6, toUs: 20e6 },
  ];
  expect(said(pause, ...others)).toMatch(/: a pause$/);
});
