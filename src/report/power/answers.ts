/** What is known of each template, in words: the rows of table and picture. */

import type { Power, TemplatePower } from '../../model/power-schema.js';
import { duration } from '../format.js';
import { placeOf, scaleOf, sizeText } from './sizes.js';

export interface PowerRow {
  readonly power: TemplatePower;
  /** the answer, as short as it can be said */
  readonly answer: string;
  /** of the size that the answer is about; undefined: none */
  readonly measured: TemplatePower['sizes'][number] | undefined;
  /** why sizes were not tried */
  readonly why: string;
}

/** The size that an answer is about: the least that is raised, else the largest that was tried. */
function measuredOf(power: TemplatePower): PowerRow['measured'] {
  const { sizes } = power;
  if (power.answer === 'raised') return sizes.find(({ size }) => size === power.smallest);
  if (power.answer === 'unfinished' && power.at_most !== null) return sizes.find(({ size }) => size === power.at_most);
  return sizes.at(-1);
}

function answerOf(power: TemplatePower): string {
  const { unit, sizes } = power;
  const largest = sizes.at(-1)?.size;
  switch (power.answer) {
    case 'raised':
      return `raised from ${sizeText(power.smallest, unit)} on`;
    case 'missed':
      return largest === undefined ? 'missed' : `missed up to ${sizeText(largest, unit)}`;
    case 'unfinished':
      if (power.at_most === null) return 'not known yet';
      return `raised at ${sizeText(power.at_most, unit)}, at less not known yet`;
    default:
      return 'could not be tried';
  }
}

/** "10 min to 1 h: it lasts longer than a block of this training"; sizes that follow each other share a reason. */
function whyOf(power: TemplatePower): string {
  const { skipped, unit } = power;
  const reasons = [...new Set(skipped.map(({ reason }) => reason))];
  return reasons
    .map((reason) => {
      const sizes = skipped.filter((each) => each.reason === reason).map(({ size }) => sizeText(size, unit));
      const all = power.answer === 'impossible' ? 'any size' : [sizes[0], sizes.at(-1)].join(' to ');
      return `${sizes.length === 1 ? sizes[0] : all}: ${reason}`;
    })
    .join('; ');
}

const RANKS: Record<TemplatePower['answer'], number> = { missed: 0, raised: 1, unfinished: 2, impossible: 3 };

/** What is seen worst comes first, then what has no answer. */
export function powerRows({ templates }: Power): PowerRow[] {
  const placed = (power: TemplatePower): number =>
    power.answer === 'raised' ? placeOf(power.smallest, scaleOf(power)) : 0;
  return [...templates]
    .sort((a, b) => RANKS[a.answer] - RANKS[b.answer] || placed(b) - placed(a))
    .map((power) => ({ power, answer: answerOf(power), measured: measuredOf(power), why: whyOf(power) }));
}

/** s of the longest block: nothing that lasts longer can be woven in */
export function longestBlockS({ blocks }: Power): number {
  return 3600 * Math.max(0, ...blocks.map(({ hours }) => hours));
}

/** "after 2.2 s": the median of the alarms of one size */
export function delayText(measured: PowerRow['measured']): string {
  const delayS = measured?.delay_s ?? null;
  return delayS === null ? '' : `after ${duration(delayS)}`;
}
