/** What train says while it works, and at its end. */
import { printable } from '../../base/text.js';
import type { GatherProgress } from '../../engine/training-rows.js';
import type { Bundle } from '../../model/bundle.js';
import type { TrainProgress } from '../../model/train-options.js';
import { budgetText } from '../../report/budget.js';
import { evidenceLines } from '../../report/evidence.js';
import { count, counted, duration, figure } from '../../report/format.js';

const STAGES: Record<(GatherProgress | TrainProgress)['stage'], string> = {
  vocabularies: 'learning vocabularies',
  features: 'computing features',
  survey: 'measuring the features',
  fit: 'fitting',
  'cross-fit': 'cross-fitting',
  'final fit': 'fitting on everything',
  calibration: 'scoring what was held out',
};

/** One line that is rewritten: stage, records; or stage, epoch, losses, speed, time left. */
export function progressText(p: GatherProgress | TrainProgress, noun: string): string {
  if ('records' in p) return `${STAGES[p.stage]}  ${counted(p.records, noun)} of ${count(p.of)}`;
  const parts = [p.parts > 1 ? `${STAGES[p.stage]} (${p.part} of ${p.parts})` : STAGES[p.stage]];
  if (p.epochs > 0) parts.push(`epoch ${p.epoch}/${p.epochs}`);
  if (Number.isFinite(p.loss)) parts.push(`loss ${p.loss.toFixed(4)}`);
  if (Number.isFinite(p.validationLoss)) parts.push(`validation ${p.validationLoss.toFixed(4)}`);
  if (p.rowsPerSecond > 0) parts.push(`${count(Math.round(p.rowsPerSecond))} rows/s`);
  if (Number.isFinite(p.etaS)) parts.push(`at most ${duration(p.etaS)} left`);
  return parts.join('  ');
}

export interface TrainSummary {
  readonly bundle: Bundle;
  readonly noun: string;
  readonly seconds: number;
  readonly alertsPerDay: number;
}

/** What was learned, once it is. */
export function summaryLines({ bundle, noun, seconds, alertsPerDay }: TrainSummary): string[] {
  const { facts, spec, schema, threshold, sources } = bundle;
  const { evidence } = facts;
  const best = facts.lossCurve.reduce<number>((low, e) => Math.min(low, e.validationLoss), Number.POSITIVE_INFINITY);
  const layers = [spec.inputs, ...spec.hidden, ...[...spec.hidden].reverse().slice(1), spec.inputs].join('-');
  const lines = [
    `learned from ${counted(facts.records, noun)} of ${duration((facts.lastUs - facts.firstUs) / 1e6)} (${sources.join(', ')}) in ${duration(seconds)}`,
    `net ${layers}${spec.bypassRank > 0 ? ` beside a linear bypass of rank ${spec.bypassRank}` : ''}; ` +
      `${count(schema.columns.length)} features, ${count(facts.constant.length)} constant and left out; ` +
      `${counted(facts.epochs, 'epoch')}${Number.isFinite(best) ? `, validation loss ${best.toFixed(4)}` : ''}; engine ${facts.engineNote}`,
    `threshold ${figure(threshold.value)}: ${threshold.promise}`,
    ...(evidence ? [`false alarms: ${budgetText({ alertsPerDay, ...evidence })}`, ...evidenceLines(evidence)] : []),
    ...facts.warnings.map((warning) => `warning: ${warning}`),
  ];
  return lines;
}

/** What became of the models kept before. */
export function prunedLines({ removed, odd }: { removed: readonly string[]; odd: readonly string[] }): string[] {
  return [
    ...(removed.length > 0
      ? [`removed ${counted(removed.length, 'older model')}: ${removed.map(printable).join(', ')}`]
      : []),
    ...odd.map((name) => `${printable(name)} is no whole model, and was left where it is`),
  ];
}
