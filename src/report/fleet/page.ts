/** The fleet's report as one HTML file: no request leaves it, and what came from the network can do nothing in it. */
import { SEVERITIES } from '../../detect/incident.js';
import type { Fact } from '../facts.js';
import { count, counted, moment, span } from '../format.js';
import { anchorOf, badge, incidentList, severityFilters } from '../html/incidents.js';
import { html, type Markup, NOTHING } from '../html/markup.js';
import { CARE, documentOf, styleFor } from '../html/page.js';
import { SCRIPT } from '../html/script.js';
import type { FleetReport, ListedIncident } from './facts.js';
import { type CampaignView, type FleetView, fleetView, incidentRows, isSilent, type SensorView } from './view.js';

/** What a page lists, the worst first: a page of so much still loads within a second or two. The rest is counted. */
const CAMPAIGNS = 200;
const INCIDENTS = 2000;
/** of one sensor, so that one that cries does not drown the others */
const OF_ONE = 100;
const SENSORS = 1000;

const US_PER_MS = 1000;

/** Beside the style of every report: a campaign, and whose an incident is. */
const FLEET_CSS = `
.incident.fleet>summary{grid-template-columns:92px minmax(0,150px) minmax(0,1fr) auto}.incident.fleet .id{overflow-wrap:anywhere}
.incident.campaign>summary{grid-template-columns:92px minmax(0,1fr) auto}
.sensors{min-width:820px}.sensors td:first-child{width:38%}.sensors td{white-space:normal}.sensors td:nth-child(4){min-width:150px}.sensors .num,.sensors .seen,.sensors small{white-space:nowrap}.sensors td:first-child small{white-space:normal}
.sensors .remarks{color:var(--medium);margin:4px 0 0;padding-left:16px}.sensors .remarks li{margin:2px 0}
.wrap>section>.none{margin:8px 0 0}
@media screen and (max-width:760px){.incident.fleet>summary,.incident.campaign>summary{grid-template-columns:auto minmax(0,1fr) auto}}`;

function section(id: string, title: string, content: Markup): Markup {
  return html`<section id="${id}" aria-labelledby="h-${id}"><h2 id="h-${id}">${title}</h2>${content}</section>
`;
}

const card = (content: Markup): Markup => html`<div class="card">${content}</div>`;
const rows = (list: readonly Fact[]): Markup =>
  html`<dl>${list.map(({ label, text }) => html`<dt>${label}</dt><dd>${text}</dd>`)}</dl>`;

/** What is only counted. */
const rest = (n: number, noun: string): Markup =>
  n > 0 ? html`<p class="none">And ${counted(n, noun)} more, in the .csv, .json and .sqlite reports.</p>` : NOTHING;

function tiles({ facts, sensors }: FleetView): Markup {
  const worst = [...SEVERITIES].reverse().find((severity) => facts.bySeverity[severity] > 0);
  const silent = sensors.filter(({ sensor }) => isSilent(facts, sensor)).length;
  const lag = sensors.reduce((sum, { sensor }) => sum + (sensor.lag ?? 0), 0);
  const odd = sensors.filter(({ remarks }) => remarks.length > 0).length;
  const list: [string, string, string][] = [
    ['Campaigns', count(facts.campaigns), facts.campaigns > 0 ? 'one party at several sensors' : 'nothing in common'],
    ['Incidents', count(facts.incidents), worst ? `${count(facts.bySeverity[worst])} ${worst}` : 'nothing stood out'],
    ['Sensors', count(facts.sensors), silent > 0 ? `${count(silent)} silent` : `${count(odd)} with remarks`],
    ['Events that wait', count(lag), 'at the sensors, not yet kept here'],
    ['Dropped by sensors', count(facts.gaps), 'events in gaps'],
  ];
  return html`<dl class="tiles">${list.map(([label, value, note]) => html`<div class="tile"><dt>${label}</dt><dd>${value}<small>${note}</small></dd></div>`)}</dl>`;
}

function campaign({ campaign: { severity, firstUs }, title, rows: list }: CampaignView, open: boolean): Markup {
  return html`<details class="incident campaign sev-${severity}"${open ? html` open` : NOTHING}><summary>${badge(severity)}<span class="title">${title}</span><span class="when">${moment(firstUs)}</span></summary><div class="body">${rows(list)}</div></details>
`;
}

function campaigns({ campaigns: all, facts }: FleetView): Markup {
  if (all.length === 0) return card(html`None: no party was met at two sensors within half an hour.`);
  const listed = all.slice(0, CAMPAIGNS);
  return html`${listed.map((view, k) => campaign(view, k === 0))}${rest(facts.campaigns - listed.length, 'campaign')}`;
}

function incident(one: ListedIncident, number: number): Markup {
  const { severity, sensor, title, firstUs } = one;
  return html`<details class="incident fleet sev-${severity}" id="${anchorOf(number)}" data-severity="${severity}"><summary>${badge(severity)}<span class="id">${sensor}</span><span class="title">${title}</span><span class="when">${moment(firstUs)}</span></summary><div class="body">${rows(incidentRows(one))}</div></details>
`;
}

/** One list in the order of sensors, which the script can search. */
function incidents({ bySensor, facts }: FleetView): Markup {
  if (bySensor.length === 0) return section('incidents', 'Incidents', card(html`None.`));
  const listed: ListedIncident[] = [];
  for (const group of bySensor) listed.push(...group.incidents.slice(0, Math.min(OF_ONE, INCIDENTS - listed.length)));
  const counts = SEVERITIES.map((severity) => ({
    severity,
    count: listed.filter((one) => one.severity === severity).length,
  }));
  const items = html`${listed.map((one, k) => incident(one, k + 1))}`;
  const list = incidentList(severityFilters(counts.reverse()), items, counted(listed.length, 'incident'), true);
  return html`${list}${rest(facts.incidents - listed.length, 'incident')}`;
}

function sensorRow({ sensor, seen, lag, records, dropped, remarks }: SensorView): Markup {
  const list =
    remarks.length > 0 ? html`<ul class="remarks">${remarks.map((text) => html`<li>${text}</li>`)}</ul>` : NOTHING;
  const { state } = sensor;
  const model = state
    ? html`${state.model.name || 'unnamed'}<small>${state.model.id}</small><small>anomaly ${state.version}</small>`
    : 'unknown';
  return html`<tr><td>${sensor.name}<small>${sensor.site}</small>${list}</td><td class="seen">${seen}</td><td>${lag}</td><td>${model}</td><td class="num">${records}</td><td class="num">${dropped}</td><td class="num">${count(sensor.incidents)}</td></tr>`;
}

function sensors({ sensors: all, facts }: FleetView): Markup {
  if (all.length === 0) return card(html`None yet.`);
  const listed = all.slice(0, SENSORS);
  const head = html`<tr><th scope="col">Sensor</th><th scope="col">Heard of</th><th scope="col">Lag</th><th scope="col">Model</th><th scope="col" class="num">Records</th><th scope="col" class="num">Dropped</th><th scope="col" class="num">Incidents</th></tr>`;
  const table = html`<div class="scroll" tabindex="0" role="region" aria-label="Sensors"><table class="sensors"><thead>${head}</thead><tbody>${listed.map(sensorRow)}</tbody></table></div>`;
  return html`${card(table)}${rest(facts.sensors - listed.length, 'sensor')}`;
}

/** @param sha256 base64 of the SHA-256 of a text's UTF-8 bytes: the policy names the one script and the one style sheet by them */
export function renderFleetHtml(report: FleetReport, sha256: (text: string) => string): string {
  const view = fleetView(report);
  const { facts, headline } = view;
  const style = `${styleFor('packet')}${FLEET_CSS}`;
  const when = span(facts.sinceMs * US_PER_MS, facts.nowMs * US_PER_MS);
  const hub = view.hub.map(({ label, text }) => html`<div><dt>${label}</dt><dd>${text}</dd></div>`);
  return documentOf({
    title: `Fleet report of ${facts.hub}: ${headline}`,
    style,
    policy: `default-src 'none'; style-src 'sha256-${sha256(style)}'; script-src 'sha256-${sha256(SCRIPT)}'; base-uri 'none'; form-action 'none'`,
    scripts: [SCRIPT],
    header: html`<div class="wrap"><p class="eyebrow"><span>Fleet report of <b>${facts.hub}</b></span><span>run ${facts.run}, anomaly ${facts.version}</span></p><h1>${headline}</h1><p class="where">${when}</p>${tiles(view)}</div>`,
    main: html`${section('next', 'What to do next', card(html`<ul class="plain">${view.next.map((text) => html`<li>${text}</li>`)}</ul>`))}${section('campaigns', 'Campaigns', campaigns(view))}${incidents(view)}${section('sensors', 'Sensors', sensors(view))}${section('hub', 'Hub', card(html`<dl class="facts two">${hub}</dl>`))}`,
    footer: html`Times are UTC, of incidents by their sensors' clocks. A notice says that something is new, not that it is bad. This page makes no request; ${CARE}`,
  });
}
