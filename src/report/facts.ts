/** The facts of a run in labelled lines: what was examined, by which model, against which threshold. */

import type { RunFacts } from '../detect/run-facts.js';
import { RECORD_KINDS } from '../features/record-kinds.js';
import { budgetText } from './budget.js';
import { clockLines } from './clock.js';
import { byteSize, count, counted, duration, figure, moment, percent, span } from './format.js';
import { rateLines } from './input.js';
import { unjudgedLines } from './unjudged.js';
import { unlistedLines } from './unlisted.js';

export interface Fact {
  readonly label: string;
  readonly text: string;
}

const MANY_GAPS = 5;

function drops(facts: RunFacts): string {
  const parts = facts.sources.map((source) => {
    const of = facts.sources.length > 1 ? `${source.name}: ` : '';
    if (source.dropped !== undefined)
      return `${of}${source.dropped === 0 ? 'none' : counted(source.dropped, 'packet')}`;
    if (source.driver === undefined) return `${of}not recorded in the file`;
    const estimate = source.droppedEstimate;
    if (estimate === undefined) return `${of}unknown: the capture driver does not count them`;
    return `${of}unknown to the capture driver; the interface's counters suggest about ${counted(estimate, 'packet')}`;
  });
  return [...new Set(parts)].join('; ');
}

function gaps(facts: RunFacts): string {
  const all = facts.sources.flatMap((source) => source.gaps);
  if (all.length === 0) return 'none';
  const shown = all.slice(0, MANY_GAPS).map((gap) => `${span(gap.fromUs, gap.toUs)}: ${gap.reason}`);
  if (all.length === 1) return shown[0];
  const seconds = all.reduce((sum, gap) => sum + Math.max(0, gap.toUs - gap.fromUs) / 1e6, 0);
  const more = all.length > MANY_GAPS ? `; and ${counted(all.length - MANY_GAPS, 'more', 'more')}` : '';
  return `${all.length}, ${duration(seconds)} together: ${shown.join('; ')}${more}`;
}

function stops(facts: RunFacts): string {
  const total = facts.stops.reduce((sum, stop) => sum + stop.count, 0);
  if (total === 0) return 'none: every packet was decoded to its end';
  const parts = [...facts.stops].sort((a, b) => b.count - a.count).map((stop) => `${stop.stop} ${count(stop.count)}`);
  return `${counted(total, 'packet')} (${percent(total / Math.max(1, facts.records))}): ${parts.join(', ')}`;
}

/** Source, span, packets, drops, gaps, stops by reason. */
export function examinedFacts(facts: RunFacts): Fact[] {
  const { title, captured } = RECORD_KINDS[facts.kind];
  const lines: Fact[] = facts.sources.map((source) => ({
    label: 'Source',
    text: `${source.name} (${source.driver ? `live, ${source.driver}` : source.format})`,
  }));
  lines.push(
    { label: 'Time', text: facts.records > 0 ? span(facts.firstUs, facts.lastUs) : 'no records' },
    { label: title, text: `${count(facts.records)}, ${byteSize(facts.bytes)}` },
    {
      label: 'Flagged',
      text: `${count(facts.anomalous)} (${percent(facts.records > 0 ? facts.anomalous / facts.records : 0)})`,
    },
  );
  if (captured) {
    lines.push({ label: 'Drops', text: drops(facts) });
    lines.push({ label: 'Gaps', text: gaps(facts) });
    lines.push({ label: 'Decoding stopped', text: stops(facts) });
  }
  if (facts.folder !== undefined)
    lines.push({ label: 'Folder', text: `${facts.folder}; there the commands of See run` });
  for (const text of clockLines(facts)) lines.push({ label: 'Clock', text });
  for (const text of rateLines(facts)) lines.push({ label: 'Unlike training', text });
  if (facts.forgotten) {
    const text = `${counted(facts.forgotten, 'client, service or pair of them', 'clients, services or pairs of them')} made room for others, as in a flood of addresses: what they did slowly may be missed`;
    lines.push({ label: 'Forgotten', text });
  }
  for (const text of unlistedLines(facts)) lines.push({ label: 'Not listed', text });
  for (const text of unjudgedLines(facts)) lines.push({ label: 'Not judged', text });
  for (const source of facts.sources) {
    for (const warning of source.warnings) lines.push({ label: 'Warning', text: `${source.name}: ${warning}` });
  }
  return lines;
}

/** An ISO 8601 time as every other; other text as it is. */
function whenTrained(text: string): string {
  const iso = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})[\d.]*Z$/.exec(text);
  return iso ? `${iso[1]} ${iso[2]} UTC` : text;
}

/** The model card. */
export function modelFacts({ model, modelsBefore = [], kind }: RunFacts): Fact[] {
  const best = model.lossCurve.reduce<(typeof model.lossCurve)[number] | undefined>(
    (low, point) => (low === undefined || point.validationLoss < low.validationLoss ? point : low),
    undefined,
  );
  const layers = [model.features, ...model.layers, ...model.layers.slice(0, -1).reverse(), model.features];
  const lines: Fact[] = [
    { label: 'Name', text: model.id === '' ? model.name : `${model.name} (${model.id})` },
    { label: 'Trained', text: `${whenTrained(model.trainedAt)}, engine ${model.engine}` },
    {
      label: 'Trained on',
      text: `${counted(model.records, kind)}, ${duration(model.spanS)} of traffic, from ${model.sources.join(', ') || 'unknown'}`,
    },
    {
      label: 'Network',
      text: `${layers.join('-')}, ${counted(model.parameters, 'parameter')}, ${counted(model.features, 'feature')}`,
    },
  ];
  if (best) {
    lines.push({
      label: 'Loss',
      text: `${figure(best.validationLoss)} held out, ${figure(best.loss)} trained, best of ${counted(model.lossCurve.length, 'epoch')} at epoch ${best.epoch}`,
    });
  }
  for (const { name, id, trainedAt, untilUs } of modelsBefore) {
    const which = `${name}${id === '' ? '' : ` (${id})`}`;
    lines.push({ label: 'Before', text: `${which}, trained ${whenTrained(trainedAt)}, until ${moment(untilUs)} UTC` });
  }
  for (const text of model.alarms ?? []) lines.push({ label: 'Alarms', text });
  for (const warning of model.warnings) lines.push({ label: 'Warning', text: warning });
  return lines;
}

/** The budget of false alarms; the threshold of the score and what it promises. */
export function thresholdFacts(facts: RunFacts): Fact[] {
  return [
    { label: 'False alarms', text: budgetText(facts.budget) },
    { label: 'Value', text: `${figure(facts.threshold)} (smoothed score of a pair of hosts)` },
    { label: 'Promise', text: facts.promise },
  ];
}
