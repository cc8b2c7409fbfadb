/** What is said of the records' clock: pauses, steps, times that cannot be believed. */

import type { ClockFacts, RunFacts } from '../detect/run-facts.js';
import type { ClockEvent } from '../features/clock.js';
import { RECORD_KINDS } from '../features/record-kinds.js';
import { count, counted, duration, isoTime } from './format.js';

/** of each kind, told one by one */
const SHOWN = 3;

interface Nouns {
  readonly noun: string;
  readonly nouns: string;
}

const TYPES = ['back', 'clocks', 'disorder', 'stray', 'pause'] as const;

/** One line for one event. */
function clockLine(event: ClockEvent, { noun, nouns }: Nouns): string {
  const { fromUs, toUs, record } = event;
  const apart = duration(Math.abs(toUs - fromUs) / 1e6);
  const at = `${noun} ${count(record)}`;
  switch (event.type) {
    case 'pause':
      return `no ${nouns} for ${apart}, from ${isoTime(fromUs)} to ${isoTime(toUs)} (${at}): a pause, or the clock was set forward`;
    case 'back':
      return `the clock was set back by ${apart} at ${at}, from ${isoTime(fromUs)} to ${isoTime(toUs)}; time goes on from there`;
    case 'clocks': {
      const side = toUs > fromUs ? 'after' : 'before';
      return `${at} has the time ${isoTime(toUs)}, ${apart} ${side} the others, as some had before: several clocks, or one that is set to and fro; each is followed`;
    }
    case 'disorder':
      return `${nouns} are out of order by ${apart}, ${at} for one (${isoTime(toUs)} after ${isoTime(fromUs)}): time stands meanwhile`;
    case 'stray': {
      const many = event.records > 1;
      const who = many ? `${nouns} ${count(record)} to ${count(record + event.records - 1)} have` : `${at} has`;
      const side = toUs > fromUs ? 'after' : 'before';
      return `${who} the time ${isoTime(toUs)}, ${apart} ${side} the others: it is not believed, and moves no clock`;
    }
  }
}

/** What is said while the run goes on: the first of each kind one by one. */
export class ClockNotes {
  private readonly told: Record<ClockEvent['type'], number> = { pause: 0, back: 0, stray: 0, clocks: 0, disorder: 0 };

  constructor(private readonly nouns: Nouns) {}

  lines(event: ClockEvent): string[] {
    const told = ++this.told[event.type];
    if (told > SHOWN) return [];
    const line = clockLine(event, this.nouns);
    return told < SHOWN ? [line] : [`${line}; more of the kind are in the report only`];
  }
}

/** The first of each kind, and how many more there were. */
export function linesOfClock({ events, totals }: ClockFacts, nouns: Nouns): string[] {
  return TYPES.flatMap((type) => {
    const shown = events.filter((event) => event.type === type).slice(0, SHOWN);
    const lines = shown.map((event) => clockLine(event, nouns));
    const more = totals[type] - shown.length;
    if (more > 0) lines.push(MORE[type](more));
    return lines;
  });
}

const MORE: Readonly<Record<ClockEvent['type'], (n: number) => string>> = {
  pause: (n) => `and ${counted(n, 'more pause')}`,
  back: (n) => `the clock was set back ${counted(n, 'more time')}`,
  clocks: (n) => `and ${counted(n, 'more change')} from one clock to another`,
  disorder: (n) => `and ${counted(n, 'more time')} by even more`,
  stray: (n) => `and ${count(n)} more with times that are not believed`,
};

export function clockLines({ kind, clock }: RunFacts): string[] {
  return clock ? linesOfClock(clock, RECORD_KINDS[kind]) : [];
}
