/** What a fleet's report says, before it is text or HTML: both take their words from here, so they agree. */
import { SEVERITIES, type Severity } from '../../detect/incident.js';
import { cleaned } from '../clean.js';
import type { Fact } from '../facts.js';
import { byteSize, count, counted, duration, figure, span, stamp } from '../format.js';
import { endpoint } from '../incident-view.js';
import type { Campaign, FleetFacts, FleetReport, FleetSensor, ListedIncident } from './facts.js';

/** s; ten heartbeats: the sink tells of a silent sensor after the same time */
const SILENT_S = 300;
/** s; the fleet's design */
const CLOCK_S = 60;
const US_PER_MS = 1000;
const MS_PER_S = 1000;
/** Names in a sentence; the list of all is in the reports for programs. */
const NAMED = 12;

export interface CampaignView {
  readonly campaign: Campaign;
  readonly title: string;
  readonly rows: readonly Fact[];
}

export interface SensorView {
  readonly sensor: FleetSensor;
  /** in few words: "12 s ago" */
  readonly seen: string;
  readonly lag: string;
  readonly model: string;
  readonly records: string;
  readonly dropped: string;
  /** what is not as it should be, a sentence each */
  readonly remarks: readonly string[];
}

/** The incidents of one sensor, the worst first. */
export interface SensorIncidents {
  readonly name: string;
  readonly site: string;
  /** that are kept of it, whatever is listed */
  readonly total: number;
  readonly incidents: readonly ListedIncident[];
}

export interface FleetView {
  readonly facts: FleetFacts;
  /** the outcome in one sentence */
  readonly headline: string;
  readonly campaigns: readonly CampaignView[];
  /** those with the worst incidents first */
  readonly bySensor: readonly SensorIncidents[];
  /** those with remarks first */
  readonly sensors: readonly SensorView[];
  readonly hub: readonly Fact[];
  readonly next: readonly string[];
}

/** The same report with every text safe to show. */
export function cleanFleet({ facts, campaigns, incidents, sensors }: FleetReport): FleetReport {
  return {
    facts: cleaned(facts),
    campaigns: campaigns.map(cleaned),
    incidents: incidents.map(cleaned),
    sensors: sensors.map(cleaned),
  };
}

/** "a, b, c and 20 more" */
export function named(names: readonly string[]): string {
  const more = names.length - NAMED;
  return names.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${count(more)} more` : '');
}

/** "port scan by 203.0.113.9 at 30 sensors of 2 sites" */
export function campaignTitle({ kind, role, address, sensors, sites, site }: Campaign): string {
  const party = role === 'initiator' ? `by ${address}` : `towards ${address}`;
  const [only = ''] = sites;
  const where = sites.length > 1 ? ` of ${counted(sites.length, 'site')}` : ` of the site ${site ?? only}`;
  return `${kind} ${party} at ${counted(sensors.length, 'sensor')}${where}`;
}

/** Of packets, of connections, or of both. */
export function recordsText({
  packets,
  connections,
}: {
  readonly packets: number;
  readonly connections: number;
}): string {
  const parts = [
    ...(packets > 0 ? [counted(packets, 'packet')] : []),
    ...(connections > 0 ? [counted(connections, 'connection')] : []),
  ];
  return parts.length === 0 ? 'no record' : parts.join(' and ');
}

/** @param told its incident that shows most; undefined: none of it is listed */
function campaignView(campaign: Campaign, told: ListedIncident | undefined): CampaignView {
  const { firstUs, lastUs, open, sensors, sites, incidents, evidence, bytes, id } = campaign;
  const size = `${recordsText(campaign)} (${count(evidence)} as evidence), ${byteSize(bytes)}`;
  return {
    campaign,
    title: campaignTitle(campaign),
    rows: [
      { label: 'When', text: `${span(firstUs, lastUs)}${open ? ', still going on' : ''}` },
      { label: 'What', text: `${counted(incidents, 'incident')}; ${size}` },
      ...(told ? [{ label: 'Why', text: `${told.sensor} says: ${whatAndWhy(told)}` }] : []),
      { label: 'Sensors', text: named(sensors) },
      ...(sites.length > 1 ? [{ label: 'Sites', text: named(sites) }] : []),
      { label: 'Campaign', text: id },
    ],
  };
}

/** Its title, and the reason that says most. */
export function whatAndWhy({ title, reasons: [why] }: ListedIncident): string {
  return why === undefined ? title : `${title}; ${why}`;
}

/** Of each campaign the incident with most evidence. */
function tellers(incidents: readonly ListedIncident[]): Map<string, ListedIncident> {
  const found = new Map<string, ListedIncident>();
  for (const incident of incidents) {
    const before = found.get(incident.campaign);
    if (!before || incident.evidence > before.evidence) found.set(incident.campaign, incident);
  }
  return found;
}

const agoS = (facts: FleetFacts, sensor: FleetSensor): number => Math.max(0, (facts.nowMs - sensor.seenMs) / MS_PER_S);

/** Whole seconds: a heartbeat says no more. */
const ago = (seconds: number): string => `${duration(Math.round(seconds))} ago`;

/** It has said nothing for too long, and not that it ends. */
export function isSilent(facts: FleetFacts, sensor: FleetSensor): boolean {
  return sensor.seenMs > 0 && sensor.state?.ended !== true && agoS(facts, sensor) > SILENT_S;
}

function remarks(facts: FleetFacts, sensor: FleetSensor): string[] {
  const { state, lag = 0, gaps, conflicts, invalid, invalidWhy, runsAtOnce, spoolsAtOnce, seenMs } = sensor;
  const list: string[] = [];
  if (isSilent(facts, sensor))
    list.push(`It is silent: heard of last ${ago(agoS(facts, sensor))}, ${stamp(seenMs * US_PER_MS)}.`);
  if (!state && seenMs > 0) list.push('Its events came, and no heartbeat.');
  if (seenMs === 0) list.push('Nothing of it can be believed.');
  if (runsAtOnce > 1 || spoolsAtOnce > 1) {
    const what = [
      ...(runsAtOnce > 1 ? [counted(runsAtOnce, 'process', 'processes')] : []),
      ...(spoolsAtOnce > 1 ? [counted(spoolsAtOnce, 'spool')] : []),
    ];
    list.push(
      `${what.join(' with ')} spoke under its name at once within the last day: give each its own (--hub-name).`,
    );
  }
  if (conflicts > 0)
    list.push(
      `${count(conflicts)} of its events came under an id that another has, as from a cloned machine; both are kept.`,
    );
  if (state && Math.abs(state.aheadS) > CLOCK_S)
    list.push(
      `Its clock is ${duration(Math.abs(state.aheadS))} ${state.aheadS > 0 ? 'ahead of' : 'behind'} the hub's.`,
    );
  if (state && lag > 0 && state.waitsS > SILENT_S)
    list.push(
      `${counted(lag, 'event')} of it ${lag === 1 ? 'waits' : 'wait'}, the oldest for ${duration(state.waitsS)}.`,
    );
  if (gaps > 0) list.push(`It dropped ${counted(gaps, 'event')} and said so (gaps).`);
  if (invalid > 0)
    list.push(
      `${counted(invalid, 'message')} under its name ${invalid === 1 ? 'was' : 'were'} not of the contract; the last: ${invalidWhy}.`,
    );
  if (state && state.refused !== '') list.push(`The hub refused it: ${state.refused}.`);
  if (state?.dropped) list.push(`Its capture lost ${counted(state.dropped, 'packet')}.`);
  if (state && state.drift > 0)
    list.push(`${counted(state.drift, 'feature')} of its traffic drifted since its training.`);
  return list;
}

function sensorView(facts: FleetFacts, sensor: FleetSensor): SensorView {
  const { state, lag, seenMs } = sensor;
  const ended = state?.ended ? 'ended ' : '';
  const modelName = state && (state.model.name || 'unnamed');
  return {
    sensor,
    seen: seenMs > 0 ? `${ended}${ago(agoS(facts, sensor))}` : 'never',
    lag:
      lag === undefined ? 'unknown' : lag === 0 ? 'none' : `${counted(lag, 'event')}, ${duration(state?.waitsS ?? 0)}`,
    model: state ? `${modelName}${state.model.id === '' ? '' : ` (${state.model.id})`}` : 'unknown',
    records: state ? counted(state.records, state.kind) : 'unknown',
    dropped: state?.dropped == null ? 'unknown' : count(state.dropped),
    remarks: remarks(facts, sensor),
  };
}

function bySensor({ incidents, sensors }: FleetReport): SensorIncidents[] {
  const known = new Map(sensors.map((sensor) => [sensor.name, sensor]));
  const groups = new Map<string, ListedIncident[]>();
  // worst first, so that the sensor of the worst comes first
  for (const incident of incidents) {
    const group = groups.get(incident.sensor);
    if (group) group.push(incident);
    else groups.set(incident.sensor, [incident]);
  }
  return [...groups].map(([name, list]) => {
    const { incidents: total = list.length, site = list[0]?.site ?? '' } = known.get(name) ?? {};
    return { name, site, total: Math.max(total, list.length), incidents: list };
  });
}

/** "2 high, 10 low"; empty: none */
export function severities(bySeverity: Readonly<Record<Severity, number>>): string {
  const worstFirst = [...SEVERITIES].reverse().filter((severity) => bySeverity[severity] > 0);
  return worstFirst.map((severity) => `${count(bySeverity[severity])} ${severity}`).join(', ');
}

function headline(facts: FleetFacts, silent: number): string {
  if (facts.sensors === 0) return 'Nothing has come from the hub yet.';
  const at = ` at ${counted(facts.sensors, 'sensor')}`;
  const quiet = silent > 0 ? `; ${counted(silent, 'sensor')} ${silent === 1 ? 'is' : 'are'} silent` : '';
  if (facts.incidents === 0) return `No incident${at}${quiet}.`;
  const campaigns = facts.campaigns > 0 ? `${counted(facts.campaigns, 'campaign')}; ` : '';
  return `${campaigns}${counted(facts.incidents, 'incident')} (${severities(facts.bySeverity)})${at}${quiet}.`;
}

function hubFacts(facts: FleetFacts): Fact[] {
  const { sinceMs, nowMs, keepDays, events, repeated, expired, gaps, conflicts, invalid } = facts;
  return [
    { label: 'Hub', text: facts.hub },
    { label: 'Time', text: span(sinceMs * US_PER_MS, nowMs * US_PER_MS) },
    { label: 'Sensors', text: count(facts.sensors) },
    {
      label: 'Events kept',
      text: `${count(events)}, for ${counted(keepDays, 'day')}; ${count(expired)} grew older and were dropped`,
    },
    { label: 'Came again', text: `${count(repeated)}, and were taken once` },
    { label: 'Gaps', text: gaps === 0 ? 'none' : `${counted(gaps, 'event')} that sensors dropped` },
    { label: 'Conflicts', text: count(conflicts) },
    { label: 'Refused', text: `${counted(invalid, 'message')} not of the contract` },
  ];
}

function nextSteps(
  { facts }: FleetReport,
  campaigns: readonly CampaignView[],
  groups: readonly SensorIncidents[],
  views: readonly SensorView[],
): string[] {
  const steps: string[] = [];
  const [campaign] = campaigns;
  const [worst] = groups[0]?.incidents ?? [];
  if (facts.sensors === 0) return ['Start sensors with --hub, and see that they may publish.'];
  if (campaign) steps.push(`Look into the campaign first: ${campaign.title}.`);
  if (worst && (!campaign || SEVERITIES.indexOf(worst.severity) > SEVERITIES.indexOf(campaign.campaign.severity)))
    steps.push(
      `Look into incident ${worst.number} of ${worst.sensor}: ${worst.title}. The reports of that sensor have its records.`,
    );
  const silent = views.filter(({ sensor }) => isSilent(facts, sensor)).map(({ sensor }) => sensor.name);
  if (silent.length > 0)
    steps.push(`See why ${named(silent)} ${silent.length === 1 ? 'says' : 'say'} nothing: nobody watches there.`);
  const others = views.filter(({ sensor, remarks: list }) => list.length > 0 && !silent.includes(sensor.name)).length;
  if (others > 0) steps.push(`Read the remarks on ${counted(others, 'sensor')} below.`);
  return steps.length === 0 ? ['Nothing to look into.'] : steps;
}

export function fleetView(raw: FleetReport): FleetView {
  const report = cleanFleet(raw);
  const { facts } = report;
  const told = tellers(report.incidents);
  const campaigns = report.campaigns.map((campaign) => campaignView(campaign, told.get(campaign.id)));
  const groups = bySensor(report);
  // a stable sort: each part in the order of names
  const sensors = report.sensors
    .map((sensor) => sensorView(facts, sensor))
    .sort((a, b) => Number(b.remarks.length > 0) - Number(a.remarks.length > 0));
  const silent = report.sensors.filter((sensor) => isSilent(facts, sensor)).length;
  return {
    facts,
    headline: headline(facts, silent),
    campaigns,
    bySensor: groups,
    sensors,
    hub: hubFacts(facts),
    next: nextSteps(report, campaigns, groups, sensors),
  };
}

/** "10.0.0.9:51532 to 10.0.0.5:22, TCP" */
export function parties(incident: ListedIncident): string {
  const from = endpoint(incident.initiator, incident.initiatorPort);
  const to = endpoint(incident.responder, incident.servicePort);
  return `${from} to ${to}, ${incident.protocol}`;
}

/** Behind a span of time; empty where that says all. */
function goingOn({ closed, isCut }: ListedIncident): string {
  if (closed) return '';
  return isCut ? ", not over when its sensor's run ended" : ', still going on';
}

/** An incident's rows, in words. */
export function incidentRows(incident: ListedIncident): Fact[] {
  const { sensor, site, number, kind, technique, evidence, bytes, firstUs, lastUs, others, score, threshold } =
    incident;
  const by = technique ? ` (ATT&CK ${technique.id}, ${technique.name})` : '';
  const all: Fact[] = [
    { label: 'Sensor', text: `${sensor}, site ${site}; its incident ${number}` },
    { label: 'Who', text: `${parties(incident)}${others.length > 0 ? `; also ${named(others)}` : ''}` },
    {
      label: 'What',
      text: `${kind}${by}; ${recordsText(incident)} (${count(evidence)} as evidence), ${byteSize(bytes)}`,
    },
    { label: 'When', text: `${span(firstUs, lastUs)}${goingOn(incident)}` },
    {
      label: 'Score',
      text: score === null ? '' : `${figure(score)} at its peak; threshold ${figure(threshold ?? Number.NaN)}`,
    },
    { label: 'Why', text: incident.reasons.join('; ') },
    { label: 'Campaign', text: incident.campaign },
    { label: 'Community ID', text: incident.communityId },
    { label: 'Note', text: incident.lowConfidence ? 'raised in the first minute: take it with care' : '' },
  ];
  return all.filter(({ text }) => text !== '');
}
