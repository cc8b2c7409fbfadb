/** The report of a training as one HTML file: no script in it, no request from it. What one needs comes first, the data last. */

import { RECORD_KINDS } from '../../features/record-kinds.js';
import { budgetFigure } from '../budget.js';
import { count, duration, figure } from '../format.js';
import { html, type Markup, NOTHING, trusted } from '../html/markup.js';
import { PAGE_CSS } from '../html/style.js';
import { PLOT_CSS } from '../plots.js';
import { powerSection } from '../power/section.js';
import { adviceOf } from './advice.js';
import type { ExplorationData } from './data.js';
import { featuresSection } from './features.js';
import { promiseSection, rowsSection } from './learned.js';
import { columnsSection, correlationSection, facetsSection, timeSection } from './sections.js';
import { EXPLORE_CSS } from './style.js';

const SECTIONS: readonly {
  readonly id: string;
  readonly title: string;
  readonly of: (data: ExplorationData) => Markup;
}[] = [
  { id: 'next', title: 'What to do next', of: nextSection },
  { id: 'promise', title: 'Threshold and false alarms', of: promiseSection },
  { id: 'rows', title: 'Worst and best rows', of: rowsSection },
  { id: 'power', title: 'Attacks it would have raised', of: ({ power }) => powerSection(power) },
  { id: 'time', title: 'Traffic over time', of: timeSection },
  { id: 'top', title: 'Most frequent values', of: facetsSection },
  { id: 'features', title: 'Features', of: featuresSection },
  { id: 'correlation', title: 'Correlation', of: correlationSection },
  { id: 'columns', title: 'Columns', of: columnsSection },
];

function nextSection(data: ExplorationData): Markup {
  const list = (lines: readonly string[]): Markup =>
    html`<ul class="plain">${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
  const warnings = data.warnings.length === 0 ? NOTHING : html`<h3>Warnings</h3>${list(data.warnings)}`;
  return html`<div class="card">${list(adviceOf(data))}${warnings}</div>`;
}

type Tile = [label: string, value: string, note: string];

function tiles(data: ExplorationData): Tile[] {
  const { training, alarms, power, records } = data;
  const { title, nouns } = RECORD_KINDS[data.kind];
  const list: Tile[] = [];
  if (training) list.push(['Threshold', figure(training.threshold), 'of the smoothed score']);
  if (alarms) {
    const { rate, kept } = budgetFigure(alarms.budget);
    list.push(['False alarms', rate, kept ? 'at most, as asked for' : 'the least it can promise']);
  }
  if (power) {
    const raised = power.templates.filter(({ answer }) => answer === 'raised').length;
    const answered = raised + power.templates.filter(({ answer }) => answer === 'missed').length;
    list.push(['Attacks raised', `${raised} of ${answered}`, 'woven in, at their largest size']);
  }
  list.push([title, count(records), records > 0 ? duration((data.lastUs - data.firstUs) / 1e6) : `no ${nouns}`]);
  const constant = training ? `${count(training.constant.length)} constant, left out` : 'no model yet';
  return [...list, ['Features', count(data.features.length), constant]];
}

/** A whole HTML document, UTF-8. */
export function renderExploration(data: ExplorationData): string {
  const title = `Training of ${data.model}`;
  const shown = tiles(data).map(
    ([label, value, note]) => html`<div class="tile"><dt>${label}</dt><dd>${value}<small>${note}</small></dd></div>`,
  );
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${trusted(`${PAGE_CSS}\n${PLOT_CSS}\n${EXPLORE_CSS}`)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the sections</a>
<header><div class="wrap"><p class="eyebrow"><span>Training report</span></p><h1>${title}</h1>
<p class="where">${data.sources.join(', ')}</p>
<dl class="tiles">${shown}</dl>
<nav aria-label="Sections"><ol>${SECTIONS.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>`)}</ol></nav></div></header>
<main id="main" class="wrap">
${SECTIONS.map(
  ({ id, title: name, of }) =>
    html`<section id="${id}" aria-labelledby="h-${id}"><h2 id="h-${id}">${name}</h2>${of(data)}</section>
`,
)}</main>
<footer class="wrap">Made by anomaly from the data named above. Times are UTC. It holds addresses and names from the traffic: share it with care.</footer>
</body>
</html>
`;
  return page.text;
}
