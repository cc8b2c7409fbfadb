/**
 * The power of a model beside that of the one before it. Only answers are compared, and only by a size that was tried: what
 * was not looked at to the end, or could not be woven into one of the two trainings, is neither better nor worse.
 */

import type { Power, TemplatePower } from '../../model/power-schema.js';
import { scaleOf } from './sizes.js';

type Compared = NonNullable<Power['compared']>;

/** of the sign test: so often a model no worse than the one before is called weaker */
const CHANCE = 0.05;

interface Answer {
  /** place on the scale of the least size that is raised; above all of them where none is */
  readonly from: number;
  readonly smallest: number | null;
  /** places of sizes that were tried and missed */
  readonly missed: readonly number[];
}

function answerOf(power: TemplatePower): Answer | undefined {
  if (power.answer !== 'raised' && power.answer !== 'missed') return undefined;
  const scale = scaleOf(power);
  const from = power.answer === 'raised' ? scale.indexOf(power.smallest) : scale.length;
  const missed = power.sizes.map(({ size }) => scale.indexOf(size)).filter((place) => place < from);
  return { from, smallest: power.smallest, missed };
}

/** Whether `one` missed a size that the other raised. */
function misses(one: Answer, other: Answer): boolean {
  return one.missed.some((place) => place >= other.from);
}

/** @param before of the model that is replaced @param trainedAt its time of training, ISO 8601 */
export function comparePower(before: Power, trainedAt: string, now: Power): Compared {
  const worse: Compared['worse'] = [];
  const better: Compared['better'] = [];
  const open: string[] = [];
  let same = 0;
  for (const power of now.templates) {
    const { template, unit } = power;
    const old = before.templates.find((each) => each.template === template && each.unit === unit);
    const [was, is] = [old && answerOf(old), answerOf(power)];
    if (!was || !is) open.push(template);
    else if (was.smallest === is.smallest) same++;
    else if (misses(is, was)) worse.push({ template, unit, before: was.smallest, now: is.smallest });
    else if (misses(was, is)) better.push({ template, unit, before: was.smallest, now: is.smallest });
    else open.push(template);
  }
  const { effort, placements } = before;
  const weaker = signTest(worse.length, better.length) <= CHANCE;
  return { trained_at: trainedAt, effort, placements, worse, better, same, open, weaker };
}

/** How often as many of worse + better would be worse where both are equally likely: the one-sided sign test. */
export function signTest(worse: number, better: number): number {
  const all = worse + better;
  // chances of exactly k, from all of them down
  let chance = 0.5 ** all;
  let sum = 0;
  for (let k = all; k >= worse; k--) {
    sum += chance;
    chance *= k / (all - k + 1);
  }
  return sum;
}
