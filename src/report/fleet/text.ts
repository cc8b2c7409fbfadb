/** The fleet's report as plain text of 100 columns. */
import type { Fact } from '../facts.js';
import { count, counted, moment } from '../format.js';
import { displayWidth, labelled, shorten, WIDTH, wrap } from '../layout.js';
import type { FleetReport } from './facts.js';
import {
  type CampaignView,
  type FleetView,
  fleetView,
  type SensorIncidents,
  type SensorView,
  whatAndWhy,
} from './view.js';

/** Campaigns in full: as many as a person reads; the worst. */
const CAMPAIGNS = 100;
/** Lines of incidents, the worst of all; and of one sensor, so that one that cries does not drown the others. */
const INCIDENTS = 1000;
const OF_ONE = 25;
/** Sensors without a remark that are listed; those with remarks all are, up to ten times as many. */
const SENSORS = 1000;
const LABEL = 10;
const NAME = 26;
const FACT = 18;

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title.toUpperCase(), ...lines];
}

const facts = (list: readonly Fact[], width = FACT): string[] =>
  list.flatMap(({ label, text }) => labelled(label, text, width));

function bullets(list: readonly string[]): string[] {
  return list.flatMap((text) => wrap(text, WIDTH - 4).map((line, i) => (i === 0 ? `  - ${line}` : `    ${line}`)));
}

/** What is only counted, said in a line. */
const rest = (n: number, noun: string): string[] =>
  n > 0 ? ['', ...wrap(`And ${counted(n, noun)} more, in the .csv, .json and .sqlite reports.`, WIDTH)] : [];

function campaign({ campaign: { severity }, title, rows }: CampaignView): string[] {
  const mark = `[${severity.toUpperCase()}]`.padEnd(LABEL);
  const lines = wrap(title, WIDTH - LABEL);
  return ['', ...lines.map((line, i) => (i === 0 ? mark : ' '.repeat(LABEL)) + line), ...facts(rows, LABEL)];
}

function campaigns({ campaigns: all, facts: { campaigns: total } }: FleetView): string[] {
  const listed = all.slice(0, CAMPAIGNS);
  return [...listed.flatMap(campaign).slice(1), ...rest(total - listed.length, 'campaign')];
}

function incidentLines({ incidents }: SensorIncidents, most: number): string[] {
  return incidents.slice(0, most).flatMap((incident) => {
    const { severity, firstUs, title, campaign: of } = incident;
    const head = `${severity.padEnd(8)}${moment(firstUs)}  `;
    // why a campaign's are there is said of the campaign
    return labelled(head, of === '' ? whatAndWhy(incident) : `${title} (of a campaign)`, displayWidth(head));
  });
}

function incidents({ bySensor, facts: { incidents: total } }: FleetView): string[] {
  const lines: string[] = [];
  let listed = 0;
  for (const group of bySensor) {
    const most = Math.min(OF_ONE, INCIDENTS - listed, group.incidents.length);
    if (most <= 0) break;
    listed += most;
    const more = group.total - most;
    const first = more > 0 ? `, the worst ${count(most)}` : '';
    lines.push('', ...wrap(`${group.name} (${group.site}): ${counted(group.total, 'incident')}${first}`, WIDTH));
    lines.push(...incidentLines(group, most));
  }
  return [...lines.slice(1), ...rest(total - listed, 'incident')];
}

function sensor({
  sensor: { name, site, incidents: n, state },
  seen,
  lag,
  model,
  records,
  dropped,
  remarks,
}: SensorView): string[] {
  const text = `${site === '' ? 'no site' : site}; ${state?.ended ? seen : `heard of ${seen}`}; lag ${lag}; ${records}, dropped ${dropped}; ${counted(n, 'incident')}; model ${model}${state ? `, anomaly ${state.version}` : ''}`;
  const label = shorten(name, NAME - 2);
  return [
    ...labelled(label, text, NAME),
    // where the name did not fit, it stands once in full
    ...(label === name ? [] : labelled('', `its name: ${name}`, NAME)),
    ...remarks.flatMap((remark) => labelled('', `! ${remark}`, NAME)),
  ];
}

function sensors({ sensors: all, facts: { sensors: total } }: FleetView): string[] {
  const odd = all.filter(({ remarks }) => remarks.length > 0);
  const listed = all.slice(0, Math.max(SENSORS, Math.min(odd.length, 10 * SENSORS)));
  return [...listed.flatMap(sensor), ...rest(total - listed.length, 'sensor')];
}

function head({ hub, run, version }: FleetView['facts']): string[] {
  const whose = `Fleet report of ${hub}`;
  const which = `run ${run}, anomaly ${version}`;
  const room = WIDTH - displayWidth(which);
  if (displayWidth(whose) < room) return [whose + ' '.repeat(room - displayWidth(whose)) + which];
  return [...wrap(whose, WIDTH), ...wrap(which, WIDTH)];
}

/** The whole report; every line ends with a newline and takes at most 100 columns. */
export function renderFleetText(report: FleetReport): string {
  const view = fleetView(report);
  const lines = [
    ...head(view.facts),
    '='.repeat(WIDTH),
    ...wrap(view.headline, WIDTH),
    ...section('Campaigns', campaigns(view)),
    ...section('Incidents by sensor', incidents(view)),
    ...section('What to do next', bullets(view.next)),
    ...section('Sensors', sensors(view)),
    ...section('Hub', facts(view.hub)),
  ];
  return `${lines.join('\n')}\n`;
}
