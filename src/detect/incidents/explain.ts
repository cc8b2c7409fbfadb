/** Reasons in words: what was seen, and what was normal. */

import type { FeatureColumn } from '../../features/extractor.js';
import type { FeatureReference } from '../../model/survey.js';
import type { EvidenceKind } from '../evidence/statistics.js';
import { kindOf } from '../evidence/statistics.js';
import type { Reason } from '../incident.js';
import { countRule } from '../rules/count-rules.js';
import { featureWords } from './feature-words.js';
import { number } from './figures.js';
import type { Finding, OpenIncident, Place } from './open-incident.js';
import { worstOf } from './steps.js';

const MOST_REASONS = 6;
const ENOUGH_REASONS = 3;
/** Terms of the score below this are no reason. */
const LEAST_TERM = 0.7;
/** Beside evidence so many of them are said, where they are counts of the same things. */
const BESIDE_EVIDENCE = 2;
const SAME_THING: Partial<Record<EvidenceKind, readonly string[]>> = {
  number: ['flows', 'openings', 'packets', 'queries'],
  load: ['flows', 'openings', 'packets'],
  volume: ['B'],
  reach: ['hosts', 'services', 'ports', 'addresses'],
  refusals: ['openings', 'services', 'ports'],
};

const NOWHERE: Place = { address: '', mac: '', former: '', router: false, present: false };

export class Explainer {
  constructor(
    private readonly columns: readonly FeatureColumn[],
    private readonly reference: readonly FeatureReference[],
  ) {}

  /** The rules that fired and the evidence, then the features that made most of the score. */
  reasons(open: OpenIncident): Reason[] {
    const { initiator } = open.incident;
    const worst = worstOf(open.steps);
    const ofWorst = [...(worst?.findings.values() ?? [])].filter((finding) => !isDoubled(finding, worst?.findings));
    const findings = strongest([...open.findings.values(), ...ofWorst]);
    const reasons = findings.map((finding) => this.ofFinding(finding, initiator));
    // of every other step the strongest, with its name
    for (const step of open.steps) {
      const [first] = step === worst ? [] : strongest([...step.findings.values()]);
      if (!first) continue;
      const reason = this.ofFinding(first, initiator);
      reasons.push({ ...reason, text: `${step.pattern}: ${reason.text}` });
    }
    const ofEvidence = findings.filter(({ nats }) => nats !== undefined);
    if (ofEvidence.length > 0) return [...reasons, ...this.beside(open, ofEvidence)];
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

  /** What the score says of the same things as the evidence. */
  private beside(open: OpenIncident, findings: readonly Finding[]): Reason[] {
    const units = new Set(findings.flatMap(({ name }) => SAME_THING[kindOf(name)] ?? []));
    const total = open.topTerm.reduce((sum, term) => sum + term, 0);
    const reasons: Reason[] = [];
    for (let i = 0; i < open.topIndex.length && reasons.length < BESIDE_EVIDENCE; i++) {
      if (open.topTerm[i] < LEAST_TERM) break;
      if (!units.has(this.columns[open.topIndex[i]].plainUnit)) continue;
      const { beyond, reason } = this.ofFeature(open.topIndex[i], open.topValue[i], open.topTerm[i] / total);
      if (beyond) reasons.push(reason);
    }
    return reasons;
  }

  private ofFinding(finding: Finding, initiator: string): Reason {
    const { name, value, normal, place = NOWHERE, fact } = finding;
    const words = finding.text ?? fact?.words;
    if (words !== undefined) return { feature: name, value, expected: normal, share: 0, text: words };
    const said = countRule(name)?.text(place.address || initiator, number(value), place) ?? name;
    const text = `${said}; ${most(number(normal), normal)}`;
    return { feature: name, value, expected: normal, share: 0, text };
  }

  /** `beyond`: the value lies outside of what training had. */
  private ofFeature(index: number, raw: number, share: number): { beyond: boolean; reason: Reason } {
    const column = this.columns[index];
    const { beyond, expected, text } = featureWords(column, this.reference[index], raw);
    return { beyond, reason: { feature: column.name, value: column.plain(raw), expected, share, text } };
  }
}

function most(text: string, normal: number): string {
  return normal > 0 ? `nobody had more than ${text} in training` : 'training had none';
}

/** Where most services that were tried are new ones, how many these are says it all. */
function isDoubled({ name, value }: Finding, all: ReadonlyMap<string, Finding> | undefined): boolean {
  return name === 'services' && 2 * (all?.get('new_services')?.value ?? 0) > value;
}

function strongest(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => strength(b) - strength(a));
}

/** How far over the normal a finding is. */
export function strength(finding: Finding): number {
  return finding.nats ?? finding.value / Math.max(finding.floor, finding.normal);
}
