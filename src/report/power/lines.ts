/** Power in a few lines: at the end of a training, beside the model before, and at the end of a report. */

import { type Power, type TemplatePower, TOO_LONG } from '../../model/power-schema.js';
import { counted, duration } from '../format.js';
import { delayText, longestBlockS, type PowerRow, powerRows } from './answers.js';
import { placeOf, scaleOf, sizeText } from './sizes.js';

/** Named in a line of the console, and in one of a report, which is read at leisure. */
const NAMED = 4;
const NAMED_IN_REPORT = 10;

function listed(names: readonly string[], most: number): string {
  const more = names.length - most;
  return more > 0 ? `${names.slice(0, most).join(', ')} and ${more} more` : names.join(', ');
}

const told = ({ power, answer }: PowerRow): string => `${power.template} (${answer})`;

/** Least on its own scale; of those the soonest. */
function best(rows: readonly PowerRow[]): PowerRow | undefined {
  const placed = rows.flatMap((row) => {
    const { power, measured } = row;
    if (power.answer !== 'raised' || !measured) return [];
    return [{ row, place: placeOf(power.smallest, scaleOf(power)), delayS: measured.delay_s ?? 0 }];
  });
  return placed.sort((a, b) => a.place - b.place || a.delayS - b.delayS)[0]?.row;
}

function worstLine(rows: readonly PowerRow[]): string {
  const missed = rows.filter(({ power }) => power.answer === 'missed');
  if (missed.length > 0) return `power, worst: ${listed(missed.map(told), NAMED)}`;
  const last = rows.find(({ power }) => power.answer === 'raised') as PowerRow;
  return `power, worst: nothing was missed at its largest size; the least well seen is ${told(last)}`;
}

/** Templates that have no answer, or not of all sizes, because the training is short. */
function tooLong(power: Power): TemplatePower[] {
  return power.templates.filter(({ skipped }) => skipped.some(({ reason }) => reason === TOO_LONG));
}

function unfinishedText(power: Power): string {
  const unfinished = power.templates.filter(({ answer }) => answer === 'unfinished').length;
  if (unfinished === 0) return '';
  const of = `${unfinished} of ${counted(power.templates.length, 'template')}`;
  return `${of} not looked at to the end`;
}

function openLine(power: Power): string {
  const unfinished = unfinishedText(power);
  const long = tooLong(power).length;
  const parts: string[] = [];
  if (unfinished !== '') parts.push(power.effort === 'full' ? unfinished : `${unfinished}; --power full does`);
  if (long > 0) {
    const block = duration(longestBlockS(power));
    parts.push(
      `${long} with sizes that last longer than a block of this training (${block}): a longer one has room for them`,
    );
  }
  return `power, open: ${parts.length > 0 ? parts.join('; ') : 'nothing, every template has its answer'}`;
}

/** Three lines after training: best, worst, and what is not known. */
export function powerLines(power: Power): string[] {
  const rows = powerRows(power);
  const { templates, seconds } = power;
  if (templates.every(({ answer }) => answer === 'impossible')) {
    const block = duration(longestBlockS(power));
    return [`power: not one template could be tried; the training is too short (a block of it is ${block})`];
  }
  const answered = templates.filter(({ answer }) => answer === 'raised' || answer === 'missed');
  if (answered.length === 0) return [`power: no answer in ${duration(seconds)}`, openLine(power)];
  const first = best(rows);
  const delay = delayText(first?.measured);
  const bestLine = first
    ? `power, best: ${first.power.template}, ${first.answer}${delay === '' ? '' : `, ${delay}`}`
    : `power, best: not one of ${counted(answered.length, 'template')} with an answer was raised`;
  return [bestLine, worstLine(rows), openLine(power)];
}

type Compared = NonNullable<Power['compared']>;

function change({ template, unit, before, now }: Compared['worse'][number]): string {
  const from = (size: number | null): string => (size === null ? 'missed' : `from ${sizeText(size, unit)} on`);
  return `${template} (${from(now)}, before ${from(before)})`;
}

/** Beside the model that was replaced. */
export function comparisonLines({ compared, placements, effort }: Power, most = NAMED): string[] {
  if (!compared) return [];
  const { worse, better, same, open, weaker } = compared;
  const unlike =
    compared.effort !== effort || compared.placements !== placements
      ? ` (${compared.effort}, ${counted(compared.placements, 'placement')} a size then; ${effort}, ${placements} now)`
      : '';
  const counts = `alike ${same}, not comparable ${open.length}${unlike}`;
  const head = 'power against the model before';
  if (worse.length + better.length === 0) return [`${head}: nothing better, nothing worse; ${counts}`];
  const lines = [`${head}: ${counts}`];
  if (better.length > 0) lines.unshift(`${head}, better: ${listed(better.map(change), most)}`);
  if (worse.length > 0) {
    const chance = weaker ? 'so many are no chance' : 'so few may be chance, for placements differ';
    lines.unshift(`${head}, worse: ${listed(worse.map(change), most)}; ${chance}`);
  }
  return lines;
}

/** The largest size that was missed, of a template with an answer; undefined: none. */
export function largestMissed(power: TemplatePower): number | undefined {
  if (power.answer === 'missed') return power.sizes.at(-1)?.size;
  if (power.answer !== 'raised') return undefined;
  const place = power.sizes.findIndex(({ size }) => size === power.smallest);
  return power.sizes[place - 1]?.size;
}

function missedText(missed: readonly string[], answered: number, all: number): string {
  if (missed.length > 0) return `Not raised reliably when woven into its training: ${listed(missed, NAMED_IN_REPORT)}.`;
  if (answered === 0)
    return `What it would have missed: not one of ${counted(all, 'template')} of attacks has its answer.`;
  return `Of ${counted(answered, 'template')} of attacks with an answer, none was missed at a size that was tried.`;
}

function untriedText(power: Power): string {
  const long = tooLong(power);
  if (long.length === 0) return '';
  const never = long.filter(({ answer }) => answer === 'impossible').map(({ template }) => template);
  const others = long.length - never.length;
  const some = others > 0 ? [`some sizes of ${counted(others, 'template')}`] : [];
  const block = duration(longestBlockS(power));
  return `longer than a block of its training (${block}) and not tried: ${[...never, ...some].join(', ')}`;
}

/** What a model would not have seen, in two lines: what it missed, and what nobody knows. */
export function unseenLines(power: Power): string[] {
  const missed = powerRows(power).flatMap(({ power: each }) => {
    const size = largestMissed(each);
    return size === undefined
      ? []
      : [`${each.template} ${size === each.sizes.at(-1)?.size ? 'up to' : 'of'} ${sizeText(size, each.unit)}`];
  });
  const unknown = [unfinishedText(power), untriedText(power)].filter((text) => text !== '');
  const answered = power.templates.filter(({ answer }) => answer === 'raised' || answer === 'missed').length;
  return [
    missedText(missed, answered, power.templates.length),
    `Not known: ${unknown.length > 0 ? unknown.join('; ') : 'nothing; every template has its answer'}.`,
  ];
}
