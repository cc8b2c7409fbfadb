/** The evaluation section: how the run did against the labels that were given. */

import type { AttackEvaluation, Evaluation, RunFacts } from '../detect/run-facts.js';
import { RECORD_KINDS } from '../features/record-kinds.js';
import type { Fact } from './facts.js';
import { count, counted, duration, figure, percent } from './format.js';
import { labelled, shorten, table, WIDTH } from './layout.js';

/** One line for each way in which a file of labels does not fit the records. */
export function labelLines({ evaluation, kind, records }: RunFacts): string[] {
  if (!evaluation?.labels) return [];
  const { rows, withoutRow, beyond, repeated, disordered } = evaluation.labels;
  const { noun, nouns } = RECORD_KINDS[kind];
  const lines: string[] = [];
  if (withoutRow > 0)
    lines.push(
      `no row for ${count(withoutRow)} of ${counted(records, noun)}: they count as benign (${counted(rows, 'row')})`,
    );
  if (beyond > 0)
    lines.push(`${counted(beyond, 'row')} about ${nouns} beyond the ${count(records)} of the input: left out`);
  if (repeated > 0) lines.push(`${counted(repeated, 'row')} about ${nouns} that had a row before: the last one counts`);
  if (disordered > 0) lines.push(`${counted(disordered, 'row')} about an earlier ${noun} than the row before`);
  return lines;
}

/** Headline figures against the labels; empty without labels. */
export function evaluationFacts(facts: RunFacts): Fact[] {
  const { evaluation } = facts;
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
    ...labelLines(facts).map((text) => ({ label: 'Labels', text })),
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

const LABEL = 18;
/** Names are cut so that three rates fit beside them. */
const CELL_WIDTHS: readonly number[] = [18, 9, 18];

/** All of it as text, in lines of at most 100 columns; none without labels. */
export function evaluationLines(run: RunFacts): string[] {
  const { evaluation } = run;
  if (!evaluation) return [];
  const facts = evaluationFacts(run).flatMap(({ label, text }) => labelled(label, text, LABEL));
  const { header, rows } = evaluationTable(evaluation);
  if (rows.length === 0) return facts;
  const cut = rows.map((row) => row.map((cell, k) => shorten(cell, CELL_WIDTHS[k] ?? WIDTH)));
  const note = 'TPR 1e-3: share of its records found when 1 in 1,000 benign records is flagged';
  return [...facts, '', ...table(header, cut), `  ${note}`];
}
