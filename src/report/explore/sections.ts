/** The sections of the exploratory report. Each is pure: data in, markup out; what is missing is said. */

import { RECORD_KINDS } from '../../features/record-kinds.js';
import { byteSize, count, figure, moment, percent } from '../format.js';
import { html, type Markup, NOTHING, trusted } from '../html/markup.js';
import { barPlot, heatMap, histogramPlot, linePlot, type PlotFrame } from '../plots.js';
import type { ColumnSummary, ExplorationData, FacetCounts, ReconstructedRow } from './data.js';
import { strongPairs } from './summary.js';

const STRONG = 0.95;
const SHOWN_PAIRS = 40;
/** px of a correlation cell, and of the names beside them */
const CELL = 13;
const MARGIN = 190;

const NONE = html`<p class="none">No data.</p>`;

/** A figure with its caption. */
function plot(caption: string, svg: string): Markup {
  return html`<figure class="card"><figcaption>${caption}</figcaption>${trusted(svg)}</figure>`;
}

function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly (string | Markup)[])[],
  words = 1,
): Markup {
  const kind = (k: number): string => (k < words ? 'word' : 'num');
  return html`<div class="card scroll" tabindex="0" role="region" aria-label="${caption}"><table><caption>${caption}</caption><thead><tr>${head.map(
    (cell, k) => html`<th scope="col" class="${kind(k)}">${cell}</th>`,
  )}</tr></thead><tbody>${rows.map(
    (row) =>
      html`<tr>${row.map((cell, k) => (k === 0 ? html`<th scope="row">${cell}</th>` : html`<td class="${kind(k)}">${cell}</td>`))}</tr>
`,
  )}</tbody></table></div>`;
}

const cell = (value: number): string => (Number.isNaN(value) ? '–' : figure(value));

function summaryTable(caption: string, columns: readonly ColumnSummary[]): Markup {
  const rows = columns.map((c) => {
    const share = c.missing / Math.max(1, c.count + c.missing);
    const missing = c.missing === 0 ? '0' : html`<b class="missing">${count(c.missing)} (${percent(share)})</b>`;
    const numbers = [c.mean, c.deviation, c.min, c.q1, c.median, c.q3, c.max].map(cell);
    return [c.name, c.unit, count(c.count), missing, ...numbers];
  });
  const head = [
    'Column',
    'Unit',
    'Count',
    'Missing',
    'Mean',
    'Deviation',
    'Least',
    'Quartile 1',
    'Median',
    'Quartile 3',
    'Most',
  ];
  return table(caption, head, rows, 2);
}

export function columnsSection(data: ExplorationData): Markup {
  const of =
    data.sampled < data.records
      ? `a random sample of ${count(data.sampled)} of ${count(data.records)}`
      : `all ${count(data.records)}`;
  return html`${summaryTable(`Columns of the records, over ${of} ${RECORD_KINDS[data.kind].nouns}`, data.fields)}
<details class="card"><summary>Features, as the model gets them before scaling (${data.features.length})</summary>${summaryTable(`Features, over ${of} ${RECORD_KINDS[data.kind].nouns}`, data.features)}</details>`;
}

export function correlationSection(data: ExplorationData): Markup {
  const { names, values } = data.correlation;
  if (names.length < 2) return NONE;
  const side = names.length * CELL + MARGIN;
  const strong = strongPairs(data.correlation, STRONG);
  const constant = data.training?.constant ?? [];
  const rows = strong.slice(0, SHOWN_PAIRS).map(({ a, b, r }) => [a, b, r.toFixed(3)]);
  const more = strong.length > SHOWN_PAIRS ? ` (the ${SHOWN_PAIRS} strongest of ${strong.length})` : '';
  return html`<figure class="card"><figcaption>Pearson's correlation of ${names.length} features that vary. Blue: they rise together; orange: one falls when the other rises; stronger is closer to ±1. Below 0.1 nothing is drawn.</figcaption><div class="scroll" tabindex="0" role="region" aria-label="Correlation of features">${trusted(
    heatMap({
      id: 'correlation',
      label: `Correlation of ${names.length} features; ${strong.length} pairs are above ${STRONG}`,
      width: side,
      height: side,
      columns: names,
      rows: names,
      // what is hardly there is left out, or the figure would be mostly rectangles nobody sees
      values: values.map((row) => row.map((r) => (r !== null && Math.abs(r) < 0.1 ? 0 : r))),
      full: 1,
    }),
  )}</div></figure>
${
  strong.length === 0
    ? html`<p>No pair is correlated above ${STRONG}.</p>`
    : table(`Pairs correlated above ${STRONG}${more}`, ['Feature', 'Feature', 'r'], rows, 2)
}
<p>${
    strong.length === 0
      ? ''
      : 'None of a correlated pair is dropped: the linear part of the model explains one by the other, so that a record in which they part stands out. '
  }${constant.length === 0 ? 'No feature was dropped.' : `Dropped, because they are constant in these data: ${constant.join(', ')}.`}</p>`;
}

export function histogramsSection(data: ExplorationData): Markup {
  const drawn = data.histograms.filter((histogram) => histogram.constant === undefined && histogram.edges.length > 0);
  const constant = data.histograms.filter((histogram) => histogram.constant !== undefined);
  return html`<div class="plots">${drawn.map(({ name, unit, edges, counts }, i) =>
    plot(
      unit === '' ? name : `${name} [${unit}]`,
      histogramPlot({
        ...small(`hist${i}`, `Histogram of ${name}, from ${figure(edges[0])} to ${figure(edges.at(-1) as number)}`),
        x: { name: '' },
        y: { name: '', log: true },
        edges,
        series: [{ name, counts }],
      }),
    ),
  )}</div>${constant.length === 0 ? NOTHING : html`<p>Constant: ${constant.map((h) => `${h.name} = ${figure(h.constant as number)}`).join(', ')}.</p>`}`;
}

const small = (id: string, label: string): PlotFrame => ({ id, label, width: 340, height: 190 });

export function timeSection(data: ExplorationData): Markup {
  const { days, hours, kind } = data;
  if (days.length === 0) return NONE;
  const empty = days.filter((day) => day.records === 0).length;
  const most = days.reduce((a, b) => (b.records > a.records ? b : a));
  const noun = RECORD_KINDS[kind].nouns;
  return html`<div class="plots two">${plot(
    `${noun} per day (UTC)${empty > 0 ? `; ${count(empty)} of ${count(days.length)} days are without any` : ''}`,
    barPlot({
      id: 'days',
      label: `${noun} per day, most on ${dayOf(most.fromUs)}: ${count(most.records)}`,
      categories: days.map((day) => dayOf(day.fromUs)),
      value: { name: noun },
      series: [{ name: noun, values: days.map((day) => day.records) }],
    }),
  )}${plot(
    `${noun} by hour of the day (UTC)`,
    barPlot({
      id: 'hours',
      label: `${noun} by hour of the day: ${hours.map((hour, i) => `${i} h ${count(hour.records)}`).join(', ')}`,
      categories: hours.map((_, i) => String(i)),
      value: { name: noun },
      series: [{ name: noun, values: hours.map((hour) => hour.records) }],
    }),
  )}</div>
${
  days.length > 31
    ? NOTHING
    : table(
        'Traffic per day',
        ['Day (UTC)', noun, 'Bytes'],
        days.map((day) => [dayOf(day.fromUs), count(day.records), byteSize(day.bytes)]),
      )
}`;
}

const dayOf = (us: number): string => moment(us).slice(0, 10);

export function facetsSection(data: ExplorationData): Markup {
  return html`<div class="plots two">${data.facets.map((facet, i) => facetPlot(facet, i, data))}</div>`;
}

function facetPlot(facet: FacetCounts, index: number, data: ExplorationData): Markup {
  const bars = facet.top.map(({ value, count: n }) => ({ value, n }));
  if (facet.other > 0) bars.push({ value: 'others', n: facet.other });
  if (facet.missing > 0) bars.push({ value: 'not present', n: facet.missing });
  const distinct = `${facet.exact ? '' : 'more than '}${count(facet.distinct)} distinct`;
  const caption = `${facet.title}: ${distinct}${facet.missing > 0 ? `, in ${percent(facet.missing / data.records)} not present` : ''}`;
  if (facet.top.length === 0)
    return html`<figure class="card"><figcaption>${facet.title}</figcaption><p class="none">Not present in these data.</p></figure>`;
  return plot(
    caption,
    barPlot({
      id: `facet${index}`,
      label: `${facet.title}: ${bars.map(({ value, n }) => `${value} ${count(n)}`).join(', ')}`,
      height: 60 + 24 * bars.length,
      horizontal: true,
      categories: bars.map(({ value }) => value),
      value: { name: RECORD_KINDS[data.kind].nouns },
      series: [{ name: facet.title, values: bars.map(({ n }) => n) }],
    }),
  );
}

export function trainingSection({ training }: ExplorationData): Markup {
  if (!training) return NONE;
  const { lossCurve, threshold, scoreGrid } = training;
  const best =
    lossCurve.length === 0 ? undefined : lossCurve.reduce((a, b) => (b.validationLoss < a.validationLoss ? b : a));
  const curve = best
    ? plot(
        `Loss by epoch; the least on held-out time blocks is ${figure(best.validationLoss)} in epoch ${best.epoch}`,
        linePlot({
          id: 'loss',
          label: `Loss over ${lossCurve.length} epochs, trained and held out`,
          x: { name: 'epoch', format: (n) => (Number.isInteger(n) ? String(n) : '') },
          y: { name: 'loss' },
          series: [
            { name: 'trained', points: lossCurve.map((point) => [point.epoch, point.loss]) },
            { name: 'held out', points: lossCurve.map((point) => [point.epoch, point.validationLoss]) },
          ],
        }),
      )
    : NONE;
  return html`<div class="plots two">${curve}${scoreGrid.length > 1 ? scorePlot(scoreGrid, threshold) : NONE}</div><p>The threshold lies ${training.promise}.</p>`;
}

/** The grid holds percentiles: each hundredth of the records lies between two neighbours. */
function scorePlot(grid: readonly number[], threshold: number): Markup {
  const bins = 40;
  const min = grid[0];
  const max = Math.max(threshold, grid.at(-1) as number) * 1.02;
  const counts = new Array<number>(bins).fill(0);
  for (let i = 1; i < grid.length; i++) {
    const middle = (grid[i] + grid[i - 1]) / 2;
    const bin = Math.min(bins - 1, Math.max(0, Math.floor((bins * (middle - min)) / (max - min || 1))));
    counts[bin] = counts[bin] + 100 / (grid.length - 1);
  }
  return plot(
    `Calibration scores, out of fold, with the threshold at ${figure(threshold)}`,
    histogramPlot({
      id: 'scores',
      label: `Histogram of calibration scores from ${figure(min)} to ${figure(grid.at(-1) as number)}, threshold ${figure(threshold)}`,
      x: { name: 'score' },
      y: { name: '% of records' },
      edges: Array.from({ length: bins + 1 }, (_, i) => min + (i * (max - min)) / bins),
      series: [{ name: 'scores', counts }],
      marks: [{ axis: 'x', value: threshold, label: 'threshold' }],
    }),
  );
}

export function rowsSection({ training, kind }: ExplorationData): Markup {
  if (!training) return NONE;
  const rows = (list: readonly ReconstructedRow[]) =>
    list.map((row) => [
      count(row.record),
      moment(row.timestampUs),
      row.who,
      row.top.join(', '),
      figure(row.loss),
      figure(row.score),
    ]);
  const { noun, nouns } = RECORD_KINDS[kind];
  const head = [noun, 'Time (UTC)', 'Who', 'Least expected', 'Loss', 'Score'];
  const of = `of ${count(training.reconstructed)} sampled`;
  return html`${table(`Worst reconstructed ${nouns} ${of}: look here for what should not be in training data`, head, rows(training.worst), 4)}
${table(`Best reconstructed ${nouns} ${of}`, head, rows(training.best), 4)}`;
}
