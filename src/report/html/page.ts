/** The report as one HTML file: no request leaves it, and what came from the wire can do nothing in it. */

import { RECORD_KINDS } from '../../features/record-kinds.js';
import { evaluationTable } from '../evaluation.js';
import type { Fact } from '../facts.js';
import { byteSize, count, duration, figure, percent, span } from '../format.js';
import { PLOT_CSS } from '../plots.js';
import type { RunReport } from '../run-report.js';
import { type ReportView, viewReport } from '../view.js';
import { figureSections } from './figures.js';
import { incidentSection } from './incidents.js';
import { legend } from './legend.js';
import { html, type Markup, NOTHING, trusted } from './markup.js';
import { SCRIPT } from './script.js';
import { PAGE_CSS } from './style.js';
import { MOST_BARS, timeline } from './timeline.js';

/** In the page's head; the section of what was examined names them all. */
const SOURCES_NAMED = 3;

/** `two`: in two columns, where the page is wide. */
function facts(list: readonly Fact[], columns: 'one' | 'two' = 'one'): Markup {
  const rows = list.map(({ label, text }) => html`<div><dt>${label}</dt><dd>${text}</dd></div>`);
  return html`<dl class="facts ${columns}">${rows}</dl>`;
}

function lines(list: readonly string[]): Markup {
  return html`<ul class="plain">${list.map((text) => html`<li>${text}</li>`)}</ul>`;
}

function section(id: string, title: string, content: Markup): Markup {
  return html`<section id="${id}" aria-labelledby="h-${id}"><h2 id="h-${id}">${title}</h2>${content}</section>
`;
}

const card = (content: Markup, title = ''): Markup =>
  html`<div class="card">${title === '' ? NOTHING : html`<h3>${title}</h3>`}${content}</div>`;

function tiles({ report, bySeverity, total }: ReportView): Markup {
  const { facts: run } = report;
  const worst = bySeverity.find((entry) => entry.count > 0);
  const list: [string, string, string][] = [
    ['Incidents', count(total), worst ? `${count(worst.count)} ${worst.severity}` : 'nothing stood out'],
    [RECORD_KINDS[run.kind].title, count(run.records), byteSize(run.bytes)],
    ['Flagged', count(run.anomalous), percent(run.records > 0 ? run.anomalous / run.records : 0)],
    ['Threshold', figure(run.threshold), `percentile ${run.model.percentile}`],
    ['Time examined', duration((run.lastUs - run.firstUs) / 1e6), `trained on ${duration(run.model.spanS)}`],
  ];
  return html`<dl class="tiles">${list.map(([label, value, note]) => html`<div class="tile"><dt>${label}</dt><dd>${value}<small>${note}</small></dd></div>`)}</dl>`;
}

function undrawn({ incidents, total }: ReportView): Markup {
  if (incidents.length <= MOST_BARS) return NOTHING;
  return html`<p class="none">Of ${count(total)} incidents, the worst ${count(MOST_BARS)} are drawn here; the list below has them all.</p>`;
}

function evaluation(view: ReportView): Markup {
  const given = view.report.facts.evaluation;
  if (!given) return NOTHING;
  const { header, rows } = evaluationTable(given);
  const kind = header.map((_, k) => (k > 0 && rows.every((row) => /^[\d.,]+$/.test(row[k] ?? '')) ? 'num' : 'word'));
  const head = header.map((cell, k) => html`<th scope="col" class="${kind[k] as string}">${cell}</th>`);
  const body = rows.map(
    (row) => html`<tr>${row.map((cell, k) => html`<td class="${kind[k] as string}">${cell}</td>`)}</tr>`,
  );
  const table =
    rows.length > 0
      ? html`<div class="scroll" tabindex="0" role="region" aria-label="Attacks"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`
      : NOTHING;
  return section('evaluation', 'Evaluation against the labels', card(html`${facts(view.evaluation)}${table}`));
}

function timelineSection(view: ReportView): Markup {
  const run = view.report.facts;
  const { incidents } = view;
  const wide = timeline(run, incidents, { id: 'wide', width: 1120, height: 340 });
  if (wide.text === '') return NOTHING;
  const narrow = timeline(run, incidents, { id: 'narrow', width: 380, height: 310 });
  const when = html`<p class="none">${span(run.firstUs, run.lastUs)}</p>`;
  return section(
    'timeline',
    'Timeline',
    card(html`${when}${wide}${narrow}${legend(run, incidents.length)}${undrawn(view)}`),
  );
}

/** Cards side by side; what has nothing to show is no card. */
function cards(...list: readonly (readonly [title: string, content: Markup])[]): Markup {
  const shown = list.filter(([, content]) => content.text !== '');
  return shown.length === 0
    ? NOTHING
    : html`<div class="grid">${shown.map(([title, content]) => card(content, title))}</div>`;
}

/** The sections in their order, by name; one without content is empty. */
export function sections(view: ReportView, incidents: Markup): readonly (readonly [name: string, content: Markup])[] {
  const figures = figureSections(view.report.facts);
  const told = (id: string, title: string, text: readonly string[]): Markup =>
    text.length > 0 ? section(id, title, card(lines(text))) : NOTHING;
  const plots = cards(['Scores and threshold', figures.scores], ['Loss in training', figures.loss]);
  const model = card(facts([...view.threshold, ...view.model], 'two'), 'Threshold and model');
  const examined = cards(['Input', facts(view.examined)], ['Top talkers', figures.talkers]);
  return [
    ['next', section('next', 'What to do next', card(lines(view.next)))],
    ['timeline', timelineSection(view)],
    ['incidents', incidents],
    ['examined', section('examined', 'What was examined', examined)],
    ['scores', section('scores', 'Scores and model', html`${plots}${model}`)],
    ['suppressed', told('suppressed', 'Suppressed by the allow-list', view.suppressed)],
    ['drift', told('drift', 'Drift since training', view.drift)],
    ['evaluation', evaluation(view)],
    ['unseen', told('unseen', 'What this model would not have seen', view.unseen)],
  ];
}

/** What stands above the sections: the outcome in one sentence, what was examined, the figures of most interest. */
export function masthead(view: ReportView): Markup {
  const run = view.report.facts;
  const first = run.sources
    .slice(0, SOURCES_NAMED)
    .map((source) => source.name)
    .join(', ');
  const more = run.sources.length - SOURCES_NAMED;
  const names = more > 0 ? `${first} and ${count(more)} more` : first;
  const time = run.records > 0 ? span(run.firstUs, run.lastUs) : 'no records';
  return html`<div class="wrap"><p class="eyebrow"><span>Anomaly report of <b>${run.sensor}</b></span><span>run ${run.run}, anomaly ${run.version}</span></p><h1>${view.headline}</h1>${view.input.map((text) => html`<p class="where"><strong>${text}</strong></p>`)}<p class="where">${names}; ${time}</p>${tiles(view)}</div>`;
}

export const CARE = 'it holds addresses and names from the traffic: share it with care.';

export interface Shell {
  readonly title: string;
  /** the one style sheet and the scripts; the policy names them by their hashes */
  readonly style: string;
  readonly policy: string;
  readonly scripts: readonly string[];
  readonly head?: Markup;
  readonly header: Markup;
  /** attributes of the main part */
  readonly mainData?: Markup;
  readonly main: Markup;
  readonly footer: Markup;
}

/** The whole document. */
export function documentOf(shell: Shell): string {
  const { title, style, policy, scripts, head = NOTHING, header, mainData = NOTHING, main, footer } = shell;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="referrer" content="no-referrer"><meta name="robots" content="noindex">${head}<title>${title}</title>
<style>${trusted(style)}</style></head>
<body><a class="skip" href="#incidents">To the incidents</a>
<header>${header}</header>
<main id="main" class="wrap"${mainData}>
${main}
</main>
<footer class="wrap">${footer}</footer>
${scripts.map((script) => html`<script>${trusted(script)}</script>`)}</body></html>
`.text;
}

export const styleFor = (kind: string): string => `${PLOT_CSS}\n${PAGE_CSS.replaceAll('$NOUN', kind)}`;

/**
 * @param sha256 base64 of the SHA-256 of a text's UTF-8 bytes: the security policy names the one script and the one style
 *   sheet by their hashes and allows nothing else, from anywhere
 */
export function renderHtml(report: RunReport, sha256: (text: string) => string): string {
  const view = viewReport(report);
  const run = view.report.facts;
  const style = styleFor(run.kind);
  const nothing = run.records === 0 ? 'None, for there was nothing to examine.' : 'None.';
  const all = sections(view, incidentSection(view.incidents, view.bySeverity, nothing));
  return documentOf({
    title: `Anomaly report of ${run.sensor}: ${view.headline}`,
    style,
    policy: `default-src 'none'; style-src 'sha256-${sha256(style)}'; script-src 'sha256-${sha256(SCRIPT)}'; base-uri 'none'; form-action 'none'`,
    scripts: [SCRIPT],
    header: masthead(view),
    main: html`${all.map(([, content]) => content)}`,
    footer: html`Times are UTC. A notice says that something is new, not that it is bad. This page makes no request; ${CARE}`,
  });
}
