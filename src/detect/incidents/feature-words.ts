/** What the value of a feature is worth, in words: beside what training had of it. Every kind of feature has its own. */

import type { FeatureColumn } from '../../features/extractor.js';
import type { FeatureReference } from '../../model/survey.js';
import { number, plainFigure } from './figures.js';

/** What is usual alone stands out by what comes with it. */
const COMPANY = 'but hardly in traffic that is otherwise like this';
/** From this share on one value stands for what training had, and others are exceptions; below, a share says nothing. */
const NEARLY_ALL = 0.8;
const COMMON = 0.1;
/** bits; what is this common has no rival in training */
const HARDLY_RARE = 0.5;

export interface FeatureWords {
  /** the value lies outside of what training had, but for one in a thousand */
  readonly beyond: boolean;
  /** of training, in the column's plain unit */
  readonly expected: number;
  readonly text: string;
}

/** @param raw as the net gets it */
export function featureWords(column: FeatureColumn, reference: FeatureReference, raw: number): FeatureWords {
  const { median, q999, min, max } = reference;
  const beyond = raw > q999 || raw < min;
  const normal = raw > max ? max : raw > q999 ? q999 : raw < min ? min : median;
  const words = column.flag ? flagWords : column.rarityOf === undefined ? numberWords : rarityWords;
  return { beyond, expected: column.plain(normal), text: words(column, reference, raw) };
}

/** "TCP flag RST: yes, as in 1.2 % of training" */
function flagWords({ doc }: FeatureColumn, reference: FeatureReference, raw: number): string {
  const said = `${doc}: ${raw > 0 ? 'yes' : 'no'}`;
  if (raw > reference.max || raw < reference.min) return `${said}; never so in training`;
  const zeros = reference.min > 0 ? undefined : atLeast(reference);
  if (zeros === undefined)
    return raw > 0 ? `${said}, as nearly always in training` : `${said}, as in less than 10 % of training`;
  const share = raw > 0 ? 1 - zeros : zeros;
  const alike = `${said}, as in ${percent(share)} of training`;
  return share < COMMON ? alike : `${alike}, ${COMPANY}`;
}

/** "flows that the initiator opened, in 60 s: 976 flows; never above 121 flows in training" */
function numberWords(column: FeatureColumn, reference: FeatureReference, raw: number): string {
  const { median, q999, min, max } = reference;
  const shown = (value: number): string => plainFigure(column.plain(value), column.plainUnit);
  const said = `${column.doc}: ${shown(raw)}`;
  if (raw > max) return `${said}; never above ${shown(max)} in training`;
  if (raw > q999) return `${said}; at most ${shown(q999)} in 99.9 % of training`;
  if (raw < min) return `${said}; never below ${shown(min)} in training`;
  const zeros = atLeast(reference);
  if (zeros !== undefined && zeros >= NEARLY_ALL && raw > min)
    return `${said}; ${shown(min)} in ${percent(zeros)} of training`;
  return `${said}; usual alone (half of training has at most ${shown(median)}), ${COMPANY}`;
}

/** "protocol and TCP flags: hardly ever so in training (about one in 5,300)" */
function rarityWords({ rarityOf }: FeatureColumn, { q999, max }: FeatureReference, raw: number): string {
  const one = raw < HARDLY_RARE ? 'nearly always so' : `about one in ${number(Number((2 ** raw).toPrecision(2)))}`;
  if (raw > max) return `${rarityOf}: rarer than anything in training (${one})`;
  if (raw > q999) return `${rarityOf}: hardly ever so in training (${one})`;
  return `${rarityOf}: usual alone (${one} in training), ${COMPANY}`;
}

/** The share of training with the least value that it had; undefined: not known, but less than a tenth. */
function atLeast({ edges, shares, min }: FeatureReference): number | undefined {
  return edges[0] === min ? shares[0] : undefined;
}

/** Never rounds something to nothing, or to all. */
function percent(share: number): string {
  if (share <= 0) return 'under 0.01 %';
  if (share >= 1) return 'over 99.99 %';
  const value = share * 100;
  return `${number(Number(value > 90 ? value.toPrecision(4) : value.toPrecision(2)))} %`;
}
