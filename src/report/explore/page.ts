/** The exploratory report of training as one HTML file: no script in it, no request from it. */

import { RECORD_KINDS } from '../../features/record-kinds.js';
import { count, span } from '../format.js';
import { html, type Markup, NOTHING, trusted } from '../html/markup.js';
import { PAGE_CSS } from '../html/style.js';
import { PLOT_CSS } from '../plots.js';
import { powerSection } from '../power/section.js';
import type { ExplorationData } from './data.js';
import {
  columnsSection,
  correlationSection,
  facetsSection,
  histogramsSection,
  rowsSection,
  timeSection,
  trainingSection,
} from './sections.js';

const CSS = `figure{margin:0}figcaption{color:var(--soft);font-size:13px;margin:0 0 8px;overflow-wrap:anywhere}
.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,330px),1fr));gap:14px}.plots.two{grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));align-items:start}
.plots svg.plot{width:100%}.scroll svg.plot{max-width:none}section>.card+.card,.plots+.card,details.card{margin-top:14px}tbody tr:last-child th{border-bottom:0}
table th[scope=row]{font-weight:600;color:inherit;font-size:14px;white-space:nowrap}.word{white-space:nowrap}.num{padding-left:14px}.missing{color:var(--high)}
details.card>summary{display:block;padding:0;font-weight:600}details.card>summary::-webkit-details-marker{display:none}details.card>summary::before{content:"▸ "}details.card[open]>summary::before{content:"▾ "}details.card>summary:hover{background:none}details.card .card{border:0;padding:10px 0 0}
nav ol{display:flex;flex-wrap:wrap;gap:4px 18px;margin:14px 0 0;padding:0;list-style:none}
.narrow{display:none}figure.power{margin:14px 0}table.power td.why{white-space:normal;min-width:230px}
@media (max-width:760px){.wide{display:none}.narrow{display:block}.scroll th[scope=row]{position:sticky;left:0;background:var(--card)}}
@media print{.plots,.plots.two{grid-template-columns:1fr 1fr}.scroll{overflow:visible}.scroll svg.plot{max-width:100%}nav{display:none}}`;

const SECTIONS: readonly {
  readonly id: string;
  readonly title: string;
  readonly of: (data: ExplorationData) => Markup;
}[] = [
  { id: 'power', title: 'Attacks it would have raised', of: ({ power }) => powerSection(power) },
  { id: 'columns', title: 'Columns', of: columnsSection },
  { id: 'correlation', title: 'Correlation', of: correlationSection },
  { id: 'histograms', title: 'Histograms of the features', of: histogramsSection },
  { id: 'time', title: 'Traffic per day and hour', of: timeSection },
  { id: 'top', title: 'Most frequent values', of: facetsSection },
  { id: 'training', title: 'Loss and threshold', of: trainingSection },
  { id: 'rows', title: 'Best and worst reconstructed', of: rowsSection },
];

/** A whole HTML document, UTF-8. */
export function renderExploration(data: ExplorationData): string {
  const title = `Training data of ${data.model}`;
  const { title: noun } = RECORD_KINDS[data.kind];
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${trusted(`${PAGE_CSS}\n${PLOT_CSS}\n${CSS}`)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the sections</a>
<header><div class="wrap"><p class="eyebrow"><span>Exploration</span></p><h1>${title}</h1>
<p class="where">${data.sources.join(', ')}</p>
<dl class="tiles"><div class="tile"><dt>${noun}</dt><dd>${count(data.records)}<small>${data.records > 0 ? span(data.firstUs, data.lastUs) : ''}</small></dd></div>
<div class="tile"><dt>Features</dt><dd>${data.features.length}<small>${data.training ? `${data.training.constant.length} constant, left out` : 'no model yet'}</small></dd></div>
<div class="tile"><dt>Sample</dt><dd>${count(data.sampled)}<small>rows for statistics of columns</small></dd></div></dl>
<nav aria-label="Sections"><ol>${SECTIONS.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>`)}</ol></nav></div></header>
<main id="main" class="wrap">
${data.alarms === undefined ? NOTHING : html`<section><h2>Alarms</h2><ul class="plain">${data.alarms.map((line) => html`<li>${line}</li>`)}</ul></section>`}
${data.warnings.length === 0 ? NOTHING : html`<section><h2>Warnings</h2><ul class="plain">${data.warnings.map((line) => html`<li>${line}</li>`)}</ul></section>`}
${SECTIONS.map(
  ({ id, title: name, of }) =>
    html`<section id="${id}" aria-labelledby="h-${id}"><h2 id="h-${id}">${name}</h2>${of(data)}</section>
`,
)}</main>
<footer class="wrap">Made by anomaly from the data named above. Times are UTC.</footer>
</body>
</html>
`;
  return page.text;
}
