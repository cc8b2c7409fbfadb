/** What is said of the records' clock: pauses, steps, times that cannot be believed. */

import type { ClockStep } from '../base/time.js';
import type { ClockFacts, RunFacts } from '../detect/run-facts.js';
import type { ClockEvent } from '../features/clock.js';
import { RECORD_KINDS } from '../features/record-kinds.js';
import { count, counted, duration, moment } from './format.js';

/** of each kind, told one by one */
const SHOWN = 3;

interface Nouns {
  readonly noun: string;
  readonly nouns: string;
  /** the time of a record is that of its end */
  readonly wholeConnections: boolean;
}

const TYPES = ['back', 'clocks', 'disorder', 'stray', 'pause'] as const;

/** Steps of the capturing machine's own clock; undefined: nobody can tell them from time that passed. */
type Steps = readonly ClockStep[] | undefined;

/** Whether the clock was set forward by most of the time that no record came in. */
function wasSet({ fromUs, toUs }: ClockEvent, steps: readonly ClockStep[]): boolean {
  return steps.some((step) => 2 * (Math.min(step.toUs, toUs) - Math.max(step.fromUs, fromUs)) > toUs - fromUs);
}

/** One line for one event. */
function clockLine(event: ClockEvent, { noun, nouns, wholeConnections }: Nouns, steps: Steps): string {
  const { fromUs, toUs, record } = event;
  const apart = duration(Math.abs(toUs - fromUs) / 1e6);
  const at = `${noun} ${count(record)}`;
  const time = wholeConnections ? 'the end' : 'the time';
  switch (event.type) {
    case 'pause': {
      if (steps && wasSet(event, steps)) return stepText(event, ` at ${at}`);
      const why = steps ? 'a pause' : 'a pause, or the clock was set forward';
      return `no ${nouns} for ${apart}, from ${moment(fromUs)} to ${moment(toUs)} UTC (${at}): ${why}`;
    }
    case 'back':
      return stepText(event, ` at ${at}`);
    case 'clocks': {
      const side = toUs > fromUs ? 'after' : 'before';
      return `${at} has ${time} ${moment(toUs)} UTC, ${apart} ${side} the others, as some had before: several clocks, or one that is set to and fro; each is followed`;
    }
    case 'disorder':
      return `${nouns} are out of order by ${apart}, ${at} for one (${moment(toUs)} after ${moment(fromUs)} UTC): time stands meanwhile`;
    case 'stray': {
      const many = event.records > 1;
      const who = many ? `${nouns} ${count(record)} to ${count(record + event.records - 1)} have` : `${at} has`;
      const side = toUs > fromUs ? 'after' : 'before';
      return `${who} ${time} ${moment(toUs)} UTC, ${apart} ${side} the others: it is not believed, and moves no clock`;
    }
  }
}

/** A clock that was set. `at`: where in the records. */
export function stepText({ fromUs, toUs }: ClockStep, at = ''): string {
  const direction = toUs > fromUs ? 'forward' : 'back';
  const by = duration(Math.abs(toUs - fromUs) / 1e6);
  return `the clock was set ${direction} by ${by}${at}, from ${moment(fromUs)} to ${moment(toUs)} UTC; time goes on from there`;
}

/** What is said while the run goes on: the first of each kind one by one. */
export class ClockNotes {
  private readonly told: Record<ClockEvent['type'], number> = { pause: 0, back: 0, stray: 0, clocks: 0, disorder: 0 };

  constructor(private readonly nouns: Nouns) {}

  lines(event: ClockEvent, steps: Steps): string[] {
    const told = ++this.told[event.type];
    if (told > SHOWN) return [];
    const line = clockLine(event, this.nouns, steps);
    return told < SHOWN ? [line] : [`${line}; more of the kind are in the report only`];
  }
}

/** The first of each kind, and how many more there were. */
export function linesOfClock({ events, totals }: ClockFacts, nouns: Nouns, steps?: Steps): string[] {
  return TYPES.flatMap((type) => {
    const shown = events.filter((event) => event.type === type).slice(0, SHOWN);
    const lines = shown.map((event) => clockLine(event, nouns, steps));
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

export function clockLines({ kind, clock, sources }: RunFacts): string[] {
  return clock ? linesOfClock(clock, RECORD_KINDS[kind], sources[0]?.clockSteps) : [];
}
