/** The report as plain text of 100 columns, for a terminal, a mail or a ticket. */

import type { RunIdentity } from '../detect/run-facts.js';
import { evaluationLines } from './evaluation.js';
import type { Fact } from './facts.js';
import { count, moment } from './format.js';
import { INCIDENT_LABEL, type IncidentView } from './incident-view.js';
import { displayWidth, labelled, WIDTH, wrap } from './layout.js';
import type { RunReport } from './run-report.js';
import { viewReport } from './view.js';

/** The first so many incidents, worst first, are told in full; of the rest severity, number, time and title. */
export const TOLD_IN_FULL = 200;
const LABEL = 18;

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title.toUpperCase(), ...lines];
}

const facts = (list: readonly Fact[]): string[] => list.flatMap((fact) => labelled(fact.label, fact.text, LABEL));

function bullets(list: readonly string[]): string[] {
  return list.flatMap((text) => wrap(text, WIDTH - 4).map((line, i) => (i === 0 ? `  - ${line}` : `    ${line}`)));
}

/** One incident in full. */
function incidentLines(view: IncidentView): string[] {
  const { incident } = view;
  const mark = `[${incident.severity.toUpperCase()}]`.padEnd(INCIDENT_LABEL);
  const title = wrap(`#${incident.id} ${incident.title}`, WIDTH - INCIDENT_LABEL);
  const line = (label: string, text: string): string[] => (text === '' ? [] : labelled(label, text, INCIDENT_LABEL));
  const list = (label: string, texts: readonly string[]): string[] =>
    texts.flatMap((text, i) => line(i === 0 ? label : '', text));
  // to be pasted: never wrapped inside a word
  const asIs = (label: string, texts: readonly string[]): string[] =>
    texts.map((text, i) => `  ${(i === 0 ? label : '').padEnd(INCIDENT_LABEL)}${text}`);
  return [
    ...title.map((text, i) => (i === 0 ? mark : ' '.repeat(INCIDENT_LABEL)) + text),
    ...line('Who', view.who),
    ...line('What', view.what),
    ...list('MACs', view.moved),
    ...line('When', view.when),
    ...list('Steps', view.steps),
    ...line('Score', view.score),
    ...list('Why', view.why),
    ...line(incident.frames.length === 1 ? 'Frame' : 'Frames', view.frames),
    ...asIs('See', view.see),
    ...asIs('Silence', view.silence),
    ...line('Note', view.note),
  ];
}

function shortLines({ incident }: IncidentView): string[] {
  const head = `${incident.severity.padEnd(8)}#${String(incident.id).padEnd(7)}${moment(incident.firstUs)}  `;
  return labelled(head, incident.title, displayWidth(head));
}

function incidents(views: readonly IncidentView[]): string[] {
  const full = views.slice(0, TOLD_IN_FULL).flatMap((view) => ['', ...incidentLines(view)]);
  const rest = views.slice(TOLD_IN_FULL);
  if (rest.length === 0) return full.slice(1);
  return [
    ...full.slice(1),
    '',
    `The other ${count(rest.length)}, in full in the .html, .jsonl, .csv and .sqlite reports:`,
    ...rest.flatMap(shortLines),
  ];
}

/** Whose report it is and of which run; on two lines where the sensor's name is long. */
function head({ sensor, run, version }: RunIdentity): string[] {
  const whose = `Anomaly report of ${sensor}`;
  const which = `run ${run}, anomaly ${version}`;
  const room = WIDTH - displayWidth(which);
  if (displayWidth(whose) < room) return [whose.padEnd(whose.length + room - displayWidth(whose)) + which];
  return [...wrap(whose, WIDTH), which];
}

/** The whole report; every line ends with a newline and takes at most 100 columns. */
export function renderText(report: RunReport): string {
  const view = viewReport(report);
  const lines = [
    ...head(view.report.facts),
    '='.repeat(WIDTH),
    ...wrap(view.headline, WIDTH),
    ...view.input.flatMap((text) => ['', ...wrap(text, WIDTH)]),
    ...section('Incidents', incidents(view.incidents)),
    ...section('What to do next', bullets(view.next)),
    ...section('Examined', facts(view.examined)),
    ...section('Threshold', facts(view.threshold)),
    ...section('Suppressed', bullets(view.suppressed)),
    ...section('Drift', bullets(view.drift)),
    ...section('Evaluation', evaluationLines(view.report.facts)),
    ...section('Model', facts(view.model)),
    ...section('What this model would not have seen', bullets(view.unseen)),
  ];
  return `${lines.join('\n')}\n`;
}
