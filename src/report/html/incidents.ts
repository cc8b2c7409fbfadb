/** The incident list: one details element an incident, so that drilling down needs no script. */

import type { Severity } from '../../detect/incident.js';
import { count, counted, moment, percent } from '../format.js';
import { type IncidentView, reasonText } from '../incident-view.js';
import { html, type Markup, NOTHING } from './markup.js';
import { meter } from './meter.js';

/** So many, worst first, are told with bars; the rest as plain text, so that ten thousand still load quickly. */
const WITH_BARS = 400;

/** A shape beside the word: severity is never said by colour alone. */
const SHAPES: Record<Severity, string> = { high: '▲', medium: '◆', low: '●', notice: '○' };

export function badge(severity: Severity): Markup {
  return html`<span class="badge sev-${severity}"><span aria-hidden="true">${SHAPES[severity]}</span> ${severity}</span>`;
}

/** A bar beside the percentage; evidence is no part of the score. */
function share(value: number, most: number): Markup {
  if (!(value > 0)) return html`<span class="evidence">evidence</span>`;
  return html`${meter(value / most)}<span>${percent(Math.round(value * 100) / 100)}</span>`;
}

/** Where an incident stands on the page, for links to it. */
export function anchorOf(id: number): string {
  return `incident-${id}`;
}

function reasons(view: IncidentView): Markup {
  const list = view.incident.reasons;
  if (list.length === 0) return NOTHING;
  const most = Math.max(...list.map((reason) => reason.share), 0.01);
  const rows = list.map(
    (reason) => html`<tr><td class="share">${share(reason.share, most)}</td>
<td>${reasonText(reason)}<small>${reason.feature}</small></td></tr>`,
  );
  return html`<table class="reasons"><caption>Why: evidence, or a share of the score</caption><thead class="away"><tr><th scope="col">Share</th><th scope="col">Reason</th></tr></thead><tbody>${rows}</tbody></table>`;
}

function row(label: string, value: string | Markup): Markup {
  return value === '' ? NOTHING : html`<dt>${label}</dt><dd>${value}</dd>`;
}

function steps(lines: readonly string[]): string | Markup {
  return lines.length === 0 ? '' : html`<ol class="steps">${lines.map((line) => html`<li>${line}</li>`)}</ol>`;
}

/** What is there to be copied; the script puts a button beside each. */
function paste({ see, silence }: IncidentView): Markup {
  return html`${row('See', html`<code>${see.join('\n')}</code>`)}${row('Silence', html`<code>${silence.join('\n')}</code>`)}`;
}

function body(view: IncidentView): Markup {
  return html`<div class="body">${reasons(view)}<dl>${row('Who', view.who)}${row('What', view.what)}${row('MACs', view.moved.join('; '))}${row('When', view.when)}${row('Steps', steps(view.steps))}${row('Score', view.score)}${row(view.incident.frames.length === 1 ? 'Frame' : 'Frames', view.frames)}${paste(view)}${row('Community ID', view.incident.communityId)}${row('Note', view.note)}</dl></div>`;
}

/** The same facts as one text, and what is to be pasted. */
function compactBody(view: IncidentView): Markup {
  const rows: [string, readonly string[]][] = [
    ['Who', [view.who]],
    ['What', [view.what]],
    ['MACs', view.moved],
    ['When', [view.when]],
    ['Steps', view.steps],
    ['Score', [view.score]],
    ['Why', view.why],
    ['Frames', [view.frames]],
    ['Community', [view.incident.communityId]],
    ['Note', [view.note]],
  ];
  const told = rows.filter(([, texts]) => texts.join('') !== '');
  return html`<pre>${told.map(([label, texts]) => label.padEnd(11) + texts.join(`\n${' '.repeat(11)}`)).join('\n')}</pre><dl>${paste(view)}</dl>`;
}

/** @param detail plain text is quicker to load than bars */
export function incidentItem(view: IncidentView, open: boolean, detail: 'bars' | 'plain'): Markup {
  const { incident } = view;
  const inside = detail === 'bars' ? body(view) : compactBody(view);
  return html`<details class="incident sev-${incident.severity}" id="${anchorOf(incident.id)}" data-severity="${incident.severity}"${open ? html` open` : NOTHING}><summary>${badge(incident.severity)}<span class="id">#${incident.id}</span><span class="title">${incident.title}</span><span class="when">${moment(incident.firstUs)}</span><span class="size${incident.records === 1 ? ' one' : ''}">${count(incident.records)}</span></summary>${inside}</details>
`;
}

export type BySeverity = readonly { readonly severity: Severity; readonly count: number }[];

export function severityFilters(bySeverity: BySeverity): Markup {
  return html`${bySeverity
    .filter((entry) => entry.count > 0)
    .map(
      (entry) =>
        html`<label><input type="checkbox" name="severity" value="${entry.severity}" checked> ${badge(entry.severity)} ${count(entry.count)}</label>`,
    )}`;
}

/** Search and filters are hidden until the script has wired them. */
export function incidentList(filters: Markup, list: Markup, found: string, many: boolean): Markup {
  return html`<section id="incidents" aria-labelledby="h-incidents"><h2 id="h-incidents">Incidents</h2>
<form class="tools" role="search" hidden><label class="search"><span class="away">Search incidents</span><input type="search" id="search" placeholder="Search: address, port, words" autocomplete="off" spellcheck="false"><kbd aria-hidden="true">/</kbd></label><fieldset><legend class="away">Severities shown</legend>${filters}</fieldset><output id="found" for="search" aria-live="polite">${found}</output></form>
<p class="hint" hidden>Keys: <kbd>/</kbd> search, <kbd>j</kbd> <kbd>k</kbd> next and previous, <kbd>Enter</kbd> opens, <kbd>Esc</kbd> clears.</p>
<div class="list${many ? ' many' : ''}">${list}</div>
<p id="nothing" class="card none" hidden></p></section>`;
}

/** @param nothing said where there is no incident */
export function incidentSection(views: readonly IncidentView[], bySeverity: BySeverity, nothing: string): Markup {
  if (views.length === 0)
    return html`<section id="incidents" aria-labelledby="h-incidents"><h2 id="h-incidents">Incidents</h2><p class="card none">${nothing}</p></section>`;
  const items = views.map((view, index) => {
    const open = index === 0 && view.incident.severity !== 'notice';
    return incidentItem(view, open, index < WITH_BARS ? 'bars' : 'plain');
  });
  const found = counted(views.length, 'incident');
  return incidentList(severityFilters(bySeverity), html`${items}`, found, views.length > WITH_BARS);
}
