/** The sections about the data of the training. Each is pure: data in, markup out; what is missing is said. */

import { RECORD_KINDS } from '../../features/record-kinds.js';
import { byteSize, count, figure, moment, percent, span } from '../format.js';
import { html, type Markup, NOTHING } from '../html/markup.js';
import { meter } from '../html/meter.js';
import { barPlot } from '../plots.js';
import type { ColumnSummary, ExplorationData, FacetCounts } from './data.js';
import { NONE, plot, table } from './parts.js';
import { partnersOf } from './summary.js';

const STRONG = 0.9;
const SHOWN_PARTNERS = 30;
/** Days one by one; of more, a figure. */
const DAYS_LISTED = 31;
/** Hours with traffic below which their distribution over the day says nothing. */
const HOURS = 3;

const cell = (value: number): string => (Number.isNaN(value) ? '–' : figure(value));

const HEAD = [
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

function summaryTable(caption: string, columns: readonly ColumnSummary[]): Markup {
  const rows = columns.map((c) => {
    const share = c.missing / Math.max(1, c.count + c.missing);
    const missing = c.missing === 0 ? '0' : html`<b class="missing">${count(c.missing)} (${percent(share)})</b>`;
    const numbers = [c.mean, c.deviation, c.min, c.q1, c.median, c.q3, c.max].map(cell);
    return [c.name, c.unit, count(c.count), missing, ...numbers];
  });
  return table(caption, HEAD, rows, 2, 'columns');
}

export function columnsSection(data: ExplorationData): Markup {
  const { nouns } = RECORD_KINDS[data.kind];
  const of =
    data.sampled < data.records
      ? `a random sample of ${count(data.sampled)} of ${count(data.records)} ${nouns}`
      : `all ${count(data.records)} ${nouns}`;
  return html`${summaryTable(`Columns of the records, over ${of}`, data.fields)}
<details class="card"><summary>Features, as the net gets them before scaling (${data.features.length})</summary>${summaryTable(`Features, over ${of}`, data.features)}</details>`;
}

export function correlationSection({ correlation }: ExplorationData): Markup {
  if (correlation.names.length < 2) return NONE;
  const groups = partnersOf(correlation, STRONG);
  if (groups.length === 0) return html`<p>No two features are correlated above ${STRONG}.</p>`;
  const listed = (partners: readonly { name: string; r: number }[]): string =>
    partners.map(({ name, r }) => `${name} ${Math.abs(r).toFixed(2)}`).join(', ');
  const rows = groups.slice(0, SHOWN_PARTNERS).map(({ name, partners }) => {
    const [up, down] = [partners.filter(({ r }) => r > 0), partners.filter(({ r }) => r < 0)];
    return [name, listed(up), listed(down)];
  });
  const more = groups.length > SHOWN_PARTNERS ? ` (the first ${SHOWN_PARTNERS} of ${count(groups.length)})` : '';
  return html`${table(`Features that go together: Pearson's |r| above ${STRONG}, each pair once${more}`, ['Feature', 'Rises with', 'Falls as it rises'], rows, 3, 'pairs')}
<p>None of them is dropped: the linear part of the net explains one by the other, so that a record in which they part stands out.</p>`;
}

export function timeSection(data: ExplorationData): Markup {
  const { days, hours, kind } = data;
  if (days.length === 0) return NONE;
  const noun = RECORD_KINDS[kind].nouns;
  const active = hours.filter(({ records }) => records > 0).length;
  const parts: Markup[] = [];
  if (days.length > 1) parts.push(days.length > DAYS_LISTED ? daysPlot(data) : daysTable(data));
  if (active >= HOURS) {
    parts.push(
      plot(
        `${noun} by hour of the day (UTC)`,
        barPlot({
          id: 'hours',
          label: `${noun} by hour of the day: ${hours.map((hour, i) => `${i} h ${count(hour.records)}`).join(', ')}`,
          height: 230,
          categories: hours.map((_, i) => String(i)),
          value: { name: noun },
          series: [{ name: noun, values: hours.map((hour) => hour.records) }],
        }),
      ),
    );
  }
  const bytes = days.reduce((sum, day) => sum + day.bytes, 0);
  const all = html`<p>${count(data.records)} ${noun}, ${byteSize(bytes)}, ${span(data.firstUs, data.lastUs)}.</p>`;
  return html`${all}${parts.length > 0 ? html`<div class="plots two">${parts}</div>` : NOTHING}`;
}

/** Days without traffic, in words. */
function emptyDays({ days }: ExplorationData): string {
  const empty = days.filter((day) => day.records === 0).length;
  return empty > 0 ? `; ${count(empty)} of ${count(days.length)} days ${empty === 1 ? 'is' : 'are'} without any` : '';
}

function daysPlot(data: ExplorationData): Markup {
  const { days, kind } = data;
  const noun = RECORD_KINDS[kind].nouns;
  const most = days.reduce((a, b) => (b.records > a.records ? b : a));
  return plot(
    `${noun} per day (UTC)${emptyDays(data)}`,
    barPlot({
      id: 'days',
      label: `${noun} per day, most on ${dayOf(most.fromUs)}: ${count(most.records)}`,
      height: 230,
      categories: days.map((day) => dayOf(day.fromUs)),
      value: { name: noun },
      series: [{ name: noun, values: days.map((day) => day.records) }],
    }),
  );
}

function daysTable(data: ExplorationData): Markup {
  const { days, kind } = data;
  const { nouns, title } = RECORD_KINDS[kind];
  const most = Math.max(1, ...days.map(({ records }) => records));
  return table(
    `${nouns} per day${emptyDays(data)}`,
    ['Day (UTC)', '', title, 'Bytes'],
    days.map((day) => [dayOf(day.fromUs), meter(day.records / most), count(day.records), byteSize(day.bytes)]),
    2,
  );
}

const dayOf = (us: number): string => moment(us).slice(0, 10);

export function facetsSection(data: ExplorationData): Markup {
  return html`<div class="facets">${data.facets.map((facet) => facetTable(facet, data))}</div>`;
}

function facetTable(facet: FacetCounts, { records, kind }: ExplorationData): Markup {
  const { title, top, other, missing, distinct, exact } = facet;
  if (top.length === 0)
    return html`<div class="card"><h3>${title}</h3><p class="none">Not present in these data.</p></div>`;
  const rows = top.map(({ value, count: n }) => ({ value: html`${value}`, n }));
  if (other > 0) rows.push({ value: html`<i>others</i>`, n: other });
  if (missing > 0) rows.push({ value: html`<i>not present</i>`, n: missing });
  const most = Math.max(...rows.map(({ n }) => n));
  return table(
    `${title}: ${exact ? '' : 'more than '}${count(distinct)} distinct`,
    [title, '', RECORD_KINDS[kind].title, 'Share'],
    rows.map(({ value, n }) => [value, meter(n / most), count(n), percent(n / Math.max(1, records))]),
    2,
    'facet',
  );
}
