/** The evaluation section: how the run did against the labels that were given. */

import type { AttackEvaluation, Evaluation } from '../detect/run-facts.js';
import type { Fact } from './facts.js';
import { count, counted, duration, figure, percent } from './format.js';

/** Headline figures against the labels; empty without labels. */
export function evaluationFacts(evaluation: Evaluation | undefined): Fact[] {
  if (!evaluation) return [];
  const raised = evaluation.attacks.filter((attack) => attack.raised).length;
  return [
    { label: 'Attacks raised', text: `${raised} of ${evaluation.attacks.length}` },
    {
      label: 'False incidents',
      text: `${count(evaluation.falseIncidents)} (${figure(evaluation.falseIncidentsPerHour)} an hour) and ${counted(evaluation.falseNotices, 'notice')}`,
    },
    { label: 'ROC-AUC', text: evaluation.rocAuc.toFixed(4) },
    {
      label: 'At the threshold',
      text: `${percent(evaluation.truePositiveRate)} of attack records flagged, ${percent(evaluation.falsePositiveRate)} of the others`,
    },
  ];
}

export interface EvaluationTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** 0.001 as 1e-3. */
function rate(fpr: number): string {
  return fpr.toExponential();
}

function raisedAs({ raised, kinds }: AttackEvaluation): string {
  if (kinds.length === 0) return raised ? 'yes' : 'no';
  return raised ? kinds.join(', ') : `no (${kinds.join(', ')})`;
}

/** One row an attack; TPR is the share of its records that score above all but a share FPR of the benign ones. */
export function evaluationTable(evaluation: Evaluation): EvaluationTable {
  const rates = [...new Set(evaluation.attacks.flatMap((a) => a.tprAtFpr.map((point) => point.fpr)))].sort(
    (a, b) => b - a,
  );
  return {
    header: ['Attack', 'Records', 'Raised as', 'After', 'AUC', ...rates.map((fpr) => `TPR ${rate(fpr)}`)],
    rows: evaluation.attacks.map((attack) => [
      attack.attack,
      count(attack.records),
      raisedAs(attack),
      attack.raised && attack.delayS >= 0 ? duration(attack.delayS) : '-',
      attack.rocAuc.toFixed(4),
      ...rates.map((fpr) => attack.tprAtFpr.find((point) => point.fpr === fpr)?.tpr.toFixed(3) ?? '-'),
    ]),
  };
}
