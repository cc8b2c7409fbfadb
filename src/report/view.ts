/**
 * What a report says, before it is text or HTML: both renderers take their words and figures from here, so they agree.
 */

import { type Incident, SEVERITIES, type Severity } from '../detect/incident.js';
import type { RunFacts } from '../detect/run-facts.js';
import { cleanReport } from './clean.js';
import { evaluationFacts } from './evaluation.js';
import { examinedFacts, type Fact, modelFacts, thresholdFacts } from './facts.js';
import { count, counted, duration, span } from './format.js';
import { type IncidentView, incidentView } from './incident-view.js';
import { inputLines } from './input.js';
import { nextSteps } from './next.js';
import { unseenLines } from './power/lines.js';
import type { RunReport } from './run-report.js';
import { nothingJudged } from './unjudged.js';
import { unlistedTotal } from './unlisted.js';

export interface ReportView {
  readonly report: RunReport;
  /** all of the run; where that is more than `incidents`, the rest is only counted */
  readonly total: number;
  /** the outcome in one sentence */
  readonly headline: string;
  /** where the input is not of the kind that was learned: what differs, and what is not judged */
  readonly input: readonly string[];
  /** worst first, within a severity in order of time */
  readonly incidents: readonly IncidentView[];
  readonly bySeverity: readonly { readonly severity: Severity; readonly count: number }[];
  readonly examined: readonly Fact[];
  readonly model: readonly Fact[];
  readonly threshold: readonly Fact[];
  readonly suppressed: readonly string[];
  readonly drift: readonly string[];
  readonly evaluation: readonly Fact[];
  readonly next: readonly string[];
  /** attacks that the model would have missed; none: its power is not known */
  readonly unseen: readonly string[];
}

/** "packet" or "connection": what a record of this run is called. */
function recordNoun(report: RunReport): string {
  return report.facts.kind;
}

/** Worst severity first, then earliest, then by id. */
export function byImportance(a: Incident, b: Incident): number {
  return SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) || a.firstUs - b.firstUs || a.id - b.id;
}

function headline(report: RunReport, bySeverity: ReportView['bySeverity'], total: number): string {
  const { facts } = report;
  const noun = recordNoun(report);
  const over = `${counted(facts.records, noun)} over ${duration((facts.lastUs - facts.firstUs) / 1e6)}`;
  const nothing = nothingJudged(facts);
  if (nothing !== undefined) return `Nothing could be judged: ${nothing}.`;
  if (facts.records === 0) return `Nothing was examined: the input held no ${noun}s.`;
  if (total === 0) return `No incident in ${over}.`;
  const parts = bySeverity.filter((entry) => entry.count > 0).map((entry) => `${count(entry.count)} ${entry.severity}`);
  const unlisted = unlistedTotal(facts);
  const more = unlisted > 0 ? `, and ${count(unlisted)} that are not listed (see Examined)` : '';
  return `${counted(total, 'incident')} (${parts.join(', ')}) in ${over}${more}.`;
}

function suppressedLines(report: RunReport): string[] {
  const { records, incidents, byEntry, latest, expired } = report.facts.suppressed;
  const noun = recordNoun(report);
  const over = expired.map((entry) => `No longer in force: ${entry}`);
  if (records === 0 && incidents === 0) return over;
  const before = incidents - latest.length;
  return [
    `The allow-list kept back ${counted(incidents, 'incident')} and ${counted(records, noun)} that would have been flagged.`,
    ...byEntry.map((entry) => `${entry.entry}: ${counted(entry.incidents, 'incident')}`),
    ...(before > 0 ? [`The latest ${count(latest.length)} of them:`] : []),
    ...latest.map(
      ({ id, severity, title, firstUs, lastUs, evidence }) =>
        `#${id} ${severity}: ${title}; ${span(firstUs, lastUs)}, ${counted(evidence, noun)} as evidence`,
    ),
    ...over,
  ];
}

const EARLIER_NAMED = 5;

/** Reports of earlier runs that were kept beside this one. */
function earlierFacts({ earlier = [] }: RunReport): Fact[] {
  if (earlier.length === 0) return [];
  const more = earlier.length - EARLIER_NAMED;
  const text = earlier.slice(0, EARLIER_NAMED).join(', ') + (more > 0 ? ` and ${count(more)} older` : '');
  return [{ label: 'Earlier reports', text }];
}

/** Which incidents are told, and how, where that is not all of them anew. */
export interface ViewOptions {
  readonly listed?: readonly Incident[];
  readonly viewOf?: (incident: Incident, facts: RunFacts) => IncidentView;
}

export function viewReport(raw: RunReport, options: ViewOptions = {}): ReportView {
  const { listed, viewOf = incidentView } = options;
  const report = cleanReport(listed ? { ...raw, incidents: listed } : raw);
  const bySeverity = [...SEVERITIES].reverse().map((severity) => ({
    severity,
    count: raw.incidents.filter((incident) => incident.severity === severity).length,
  }));
  const total = raw.incidents.length;
  const incidents = [...report.incidents].sort(byImportance).map((incident) => viewOf(incident, report.facts));
  return {
    report,
    total,
    headline: headline(report, bySeverity, total),
    input: inputLines(report.facts),
    incidents,
    bySeverity,
    examined: [...examinedFacts(report.facts), ...earlierFacts(report)],
    model: modelFacts(report.facts),
    threshold: thresholdFacts(report.facts),
    suppressed: suppressedLines(report),
    drift: report.facts.drift.map((finding) => finding.text),
    evaluation: evaluationFacts(report.facts),
    next: nextSteps(report, incidents),
    unseen: report.power ? unseenLines(report.power) : [],
  };
}
