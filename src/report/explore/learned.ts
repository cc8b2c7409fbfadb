/** What the training gave: threshold, budget of alarms and what its check raised, the rows it finds most and least unusual. */

import { RECORD_KINDS } from '../../features/record-kinds.js';
import { budgetText } from '../budget.js';
import { evidenceLines } from '../evidence.js';
import { count, counted, figure, moment } from '../format.js';
import { html, type Markup, NOTHING } from '../html/markup.js';
import { histogramPlot, linePlot } from '../plots.js';
import type { ExplorationData, ReconstructedRow, TrainingView } from './data.js';
import { NONE, plot, table } from './parts.js';

const BINS = 40;

/** "check: each fifth …" with its first word as a label. */
function labelled(line: string): [label: string, text: string] {
  const at = line.indexOf(': ');
  return [line.slice(0, at), line.slice(at + 2)];
}

export function promiseSection({ training, alarms }: ExplorationData): Markup {
  if (!training) return NONE;
  const { threshold, promise } = training;
  const rows: [string, string][] = [['Threshold', `${figure(threshold)}, ${promise}`]];
  if (alarms) rows.push(['False alarms', budgetText(alarms.budget)], ...evidenceLines(alarms.evidence).map(labelled));
  const facts = rows.map(
    ([label, text]) => html`<div><dt>${label.charAt(0).toUpperCase() + label.slice(1)}</dt><dd>${text}</dd></div>`,
  );
  return html`<div class="card"><dl class="facts">${facts}</dl></div><div class="plots two">${scorePlot(training)}${lossPlot(training)}</div>`;
}

function lossPlot({ lossCurve }: TrainingView): Markup {
  if (lossCurve.length === 0) return NOTHING;
  const best = lossCurve.reduce((a, b) => (b.validationLoss < a.validationLoss ? b : a));
  return plot(
    `Loss by epoch; the least on held-out time blocks is ${figure(best.validationLoss)} in epoch ${best.epoch}`,
    linePlot({
      id: 'loss',
      label: `Loss over ${counted(lossCurve.length, 'epoch')}, trained and held out`,
      height: 230,
      x: { name: 'epoch', format: (n) => (Number.isInteger(n) ? String(n) : '') },
      y: { name: 'loss' },
      series: [
        { name: 'trained', points: lossCurve.map((point) => [point.epoch, point.loss]) },
        { name: 'held out', points: lossCurve.map((point) => [point.epoch, point.validationLoss]) },
      ],
    }),
  );
}

/** The grid holds percentiles: each hundredth of the records lies between two neighbours. */
function scorePlot({ scoreGrid: grid, threshold }: TrainingView): Markup {
  if (grid.length < 2) return NOTHING;
  const min = grid[0];
  const max = Math.max(threshold, grid.at(-1) as number) * 1.02;
  const counts = new Array<number>(BINS).fill(0);
  for (let i = 1; i < grid.length; i++) {
    const middle = (grid[i] + grid[i - 1]) / 2;
    const bin = Math.min(BINS - 1, Math.max(0, Math.floor((BINS * (middle - min)) / (max - min || 1))));
    counts[bin] = counts[bin] + 100 / (grid.length - 1);
  }
  return plot(
    `Calibration scores, out of fold, with the threshold at ${figure(threshold)}`,
    histogramPlot({
      id: 'scores',
      label: `Histogram of calibration scores from ${figure(min)} to ${figure(grid.at(-1) as number)}, threshold ${figure(threshold)}`,
      height: 230,
      x: { name: 'score' },
      y: { name: '% of records' },
      edges: Array.from({ length: BINS + 1 }, (_, i) => min + (i * (max - min)) / BINS),
      series: [{ name: 'scores', counts }],
      marks: [{ axis: 'x', value: threshold, label: 'threshold' }],
    }),
  );
}

export function rowsSection({ training, kind, sampled, records }: ExplorationData): Markup {
  if (!training) return NONE;
  const { noun, nouns, title } = RECORD_KINDS[kind];
  const { scored, ranked } = training;
  const rows = (list: readonly ReconstructedRow[], told: boolean) =>
    list.map((row) => [
      count(row.record),
      html`${moment(row.timestampUs)}`,
      html`${row.who}${row.alike > 1 ? html`<small>${count(row.alike)} of the ${count(ranked)}</small>` : NOTHING}`,
      ...(told ? [html`${row.why.map((text) => html`<span class="why">${text}</span>`)}`] : []),
      figure(row.score),
      figure(row.loss),
    ]);
  const head = [title.replace(/s$/, ''), 'Time (UTC)', 'Who'];
  const figures = ['Score', 'Loss'];
  const of = sampled < records ? `${count(scored)} that were drawn at random` : `all ${count(scored)} ${nouns}`;
  const intro = `By the score of the one ${noun}, among ${of}; the threshold is about the smoothed score, which one ${noun} alone does not move far. Of the ${count(ranked)} at either end each conversation is named once, by its outermost row.`;
  return html`<p>${intro}</p>${table('Worst: what should not be in training data is most likely here', [...head, 'What stands out', ...figures], rows(training.worst, true), 4, 'rows')}
${table('Best: what the model knows by heart', [...head, ...figures], rows(training.best, false), 3, 'rows')}`;
}
