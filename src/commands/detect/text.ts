/** What detect says at its start and end, beside the incidents. */

import { addressText, type ListenAddress } from '../../base/listen-address.js';
import type { Budget } from '../../detect/evidence/budget.js';
import { SEVERITIES } from '../../detect/incident.js';
import type { ModelFacts, Report } from '../../detect/run-facts.js';
import type { RecordStream } from '../../engine/record-kind.js';
import type { RecordKind } from '../../features/extractor.js';
import { budgetText } from '../../report/budget.js';
import { labelLines } from '../../report/evaluation.js';
import { count, counted, percent } from '../../report/format.js';
import { inputLines, rateLines } from '../../report/input.js';
import { unjudgedLines } from '../../report/unjudged.js';
import { unlistedLines } from '../../report/unlisted.js';
import { standing } from '../service-manager.js';

export function modelLine({ model, budget }: { model: ModelFacts; budget: Budget }): string {
  return `model ${model.name} (${count(model.records)} records, trained ${model.trainedAt.slice(0, 16).replace('T', ' ')}); false alarms: ${budgetText(budget)}${model.shared ? `; ${model.warnings.join('; ')}` : ''}`;
}

/** What `systemctl status` shows while it runs. */
export function serviceStatus(
  { records, rate, openIncidents }: { records: number; rate: number; openIncidents: number },
  stream: RecordStream,
  noun: string,
): string {
  const figures = [counted(records, noun), `${count(rate)}/s`, counted(openIncidents, 'open incident')];
  return standing(stream.facts.name, stream.health?.().interruption, figures);
}

/** A run goes on with another model. */
export function takenLine(watch: { model: ModelFacts; budget: Budget }, kind: RecordKind): string {
  const heard = kind === 'packet' ? '; who is at which MAC address is heard anew' : '';
  return `from now on ${modelLine(watch)}; id ${watch.model.id}; counters, windows and open incidents go on${heard}`;
}

export function listenLine(address: ListenAddress): string {
  const url = `http://${addressText(address)}/`;
  return `live page: ${url}; metrics for Prometheus: ${url}metrics`;
}

export function summaryLines(
  { facts, incidents }: Report,
  outputs: readonly string[],
  unwritten: readonly string[] = [],
): string[] {
  const noun = facts.kind;
  const bySeverity = [...SEVERITIES]
    .reverse()
    .map((severity) => ({ severity, n: incidents.filter((incident) => incident.severity === severity).length }))
    .filter(({ n }) => n > 0)
    .map(({ severity, n }) => (severity === 'notice' ? counted(n, 'notice') : `${count(n)} ${severity}`));
  const found = bySeverity.length > 0 ? bySeverity.join(', ') : 'none';
  const share = percent(facts.records > 0 ? facts.anomalous / facts.records : 0);
  const lines = [
    `${counted(facts.records, noun)} examined, ${count(facts.anomalous)} flagged (${share}); incidents: ${found}`,
  ];
  if (facts.suppressed.incidents > 0)
    lines.push(`${counted(facts.suppressed.incidents, 'incident')} suppressed by the allow-list`);
  for (const entry of facts.suppressed.expired) lines.push(`allow-list: no longer in force: ${entry}`);
  for (const text of inputLines(facts)) lines.push(`warning: ${text}`);
  for (const text of rateLines(facts)) lines.push(text);
  for (const text of unlistedLines(facts)) lines.push(`warning: ${text}`);
  for (const text of unjudgedLines(facts)) lines.push(`warning: ${text}`);
  for (const source of facts.sources) for (const warning of source.warnings) lines.push(`warning: ${warning}`);
  for (const text of labelLines(facts)) lines.push(`warning: labels: ${text}`);
  if (facts.knownTime)
    lines.push(
      `most of these ${noun}s are of the time that the model was trained on: what was in its training is normal to it`,
    );
  for (const finding of facts.drift) lines.push(`drift: ${finding.text}`);
  if (outputs.length > 0) lines.push(`written: ${outputs.join(', ')}`);
  if (unwritten.length > 0) lines.push(`not written: ${unwritten.join(', ')}`);
  return lines;
}
