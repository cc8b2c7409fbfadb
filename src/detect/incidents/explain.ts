/** Reasons in words: what was seen, and what was normal. */

import type { FeatureColumn } from '../../features/extractor.js';
import type { FeatureReference } from '../../model/survey.js';
import type { Reason } from '../incident.js';
import { countRule } from '../rules/count-rules.js';
import { bytes, number, seconds } from './figures.js';
import type { Finding, OpenIncident, Place } from './open-incident.js';

const MOST_REASONS = 6;
const ENOUGH_REASONS = 3;
/** Terms of the score below this are no reason. */
const LEAST_TERM = 0.7;

const NOWHERE: Place = { address: '', mac: '', former: '', router: false, present: false };

function figure(value: number, unit: string): string {
  if (unit === 'B') return bytes(Math.max(0, value));
  if (unit === 's') return seconds(value);
  if (unit === 'ms') return seconds(value / 1000);
  if (unit === 'share') return `${number(Math.round(value * 1000) / 10)} %`;
  const text = number(Number(value.toPrecision(3)));
  return unit === '' ? text : `${text} ${unit}`;
}

export class Explainer {
  constructor(
    private readonly columns: readonly FeatureColumn[],
    private readonly reference: readonly FeatureReference[],
  ) {}

  /** The rules that fired, then the features that made most of the score. */
  reasons(open: OpenIncident): Reason[] {
    const { initiator } = open.incident;
    const reasons = [...open.findings.values()]
      .sort((a, b) => strength(b) - strength(a))
      .map((finding) => this.ofFinding(finding, initiator));
    const total = open.topTerm.reduce((sum, term) => sum + term, 0);
    const within: Reason[] = [];
    for (let i = 0; i < open.topIndex.length && reasons.length < MOST_REASONS; i++) {
      if (open.topTerm[i] < LEAST_TERM) break;
      const { beyond, reason } = this.ofFeature(open.topIndex[i], open.topValue[i], open.topTerm[i] / total);
      if (beyond) reasons.push(reason);
      else if (reason.value !== reason.expected) within.push(reason);
    }
    // ordinary values in odd company explain little; they are said only where no rule fired and hardly anything else stands out
    if (open.findings.size > 0 || reasons.length >= ENOUGH_REASONS) return reasons;
    return [...reasons, ...within].slice(0, ENOUGH_REASONS);
  }

  private ofFinding(finding: Finding, initiator: string): Reason {
    const { name, value, normal, place = NOWHERE } = finding;
    if (finding.text !== undefined) return { feature: name, value, expected: normal, share: 0, text: finding.text };
    const words = countRule(name)?.text(place.address || initiator, number(value), place) ?? name;
    const text = `${words}; ${most(number(normal), normal)}`;
    return { feature: name, value, expected: normal, share: 0, text };
  }

  /** `beyond`: the value lies outside of what training had. */
  private ofFeature(index: number, raw: number, share: number): { beyond: boolean; reason: Reason } {
    const column = this.columns[index];
    const { median, q999, min } = this.reference[index];
    const shown = (value: number): string => figure(column.plain(value), column.plainUnit);
    const above = raw > q999;
    const below = raw < min;
    const [normal, range] = above
      ? [q999, `training had at most ${shown(q999)}`]
      : below
        ? [min, `training had at least ${shown(min)}`]
        : [median, `usually ${shown(median)}, but not in company with the rest`];
    const text = column.flag
      ? flagText(column.doc, raw)
      : column.rarityOf !== undefined && above
        ? `hardly seen in training: ${column.rarityOf} (rarity ${shown(raw)}; at most ${shown(q999)} there)`
        : `${column.doc}: ${shown(raw)}; ${range}`;
    const expected = column.plain(normal);
    const reason = { feature: column.name, value: column.plain(raw), expected, share, text };
    return { beyond: above || below, reason };
  }
}

function flagText(words: string, raw: number): string {
  return raw > 0 ? `${words}; unusual for this kind of traffic` : `not ${words}; unusual for this kind of traffic`;
}

function most(text: string, normal: number): string {
  return normal > 0 ? `nobody had more than ${text} in training` : 'training had none';
}

/** How far over the normal a finding is. */
export function strength(finding: Finding): number {
  return finding.nats ?? finding.value / Math.max(finding.floor, finding.normal);
}
