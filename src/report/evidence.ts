/** What training says of alarms: what is looked at, what its own blocks raised, and what in it may be an attack. */
import { upperBound } from '../detect/evidence/budget.js';
import type { TrainingFinding } from '../detect/evidence/found.js';
import type { Learned } from '../detect/evidence/learn.js';
import { windowUs } from '../detect/evidence/statistics.js';
import { seconds } from '../detect/incidents/figures.js';
import type { EvidenceFacts } from '../model/trained.js';
import { counted, duration, moment } from './format.js';

/** Findings told one by one. */
const MOST_TOLD = 20;

/** "10.0.0.66: port scan at 2026-11-23 18:01:02 UTC: 1,000 ports of one host tried (others alike at most 3)" */
export function findingText({ who, pattern, startUs, windowS, figures }: TrainingFinding): string {
  return `${who}: ${pattern} within ${duration(windowS)} from ${moment(startUs)} UTC: ${figures.join(', ')}`;
}

/** What the data say against themselves. */
export function evidenceWarnings({ facts, findings }: Pick<Learned, 'facts' | 'findings'>): string[] {
  const { thinned, beyond, forgotten } = facts;
  const lines = findings
    .slice(0, MOST_TOLD)
    .map(
      (finding) =>
        `this may be an attack in the training data, and is now taken for normal; look into it, and train with --trim to leave it out: ${findingText(finding)}`,
    );
  if (findings.length > MOST_TOLD) lines.push(`${counted(findings.length - MOST_TOLD, 'more finding')} like these`);
  if (thinned > 0)
    lines.push(
      `${counted(thinned, 'window')} of evidence beyond the memory for them: a fair sample of all was learned`,
    );
  if (beyond > 0)
    lines.push(`${counted(beyond, 'time')} a host, a service or a zone found no place in memory: it will count as new`);
  if (forgotten > 0) lines.push(`${counted(forgotten, 'window')} of evidence ended early, to make room for others`);
  return lines;
}

/** What evidence is looked at, and the check of the budget. */
export function evidenceLines({ trainingS, scales, strata, raised }: EvidenceFacts): string[] {
  const windows = Array.from({ length: scales }, (_, scale) => duration(windowUs(scale) / 1e6)).join(', ');
  return [
    `evidence: windows of ${windows}; ${counted(strata, 'stratum', 'strata')}, by newness and what leads, share the budget`,
    `check: each fifth of the training, judged by the rest, raised ${counted(raised, 'alarm')}; if none was an attack, one in ${seconds(trainingS / upperBound(raised))} is the upper 95 % bound`,
  ];
}
