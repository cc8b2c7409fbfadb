/** One incident in the words of a report: who, what, when, why, and how to see it. */

import type { Incident, Reason } from '../detect/incident.js';
import type { RunFacts } from '../detect/run-facts.js';
import { RECORD_KINDS } from '../features/record-kinds.js';
import { byteSize, count, counted, duration, figure, moment, percent, span } from './format.js';
import { filesOf, MOST_FILES, readsInput, seeCommand } from './frames.js';
import { WIDTH } from './layout.js';
import { silencingLines } from './silence.js';

/** Lines of an incident are hung under labels of this width. */
export const INCIDENT_LABEL = 10;
/** Frame numbers named in words; the command covers more of them. */
const FRAMES_NAMED = 8;
const OTHERS_NAMED = 6;
const MOVED_NAMED = 6;

export interface IncidentView {
  readonly incident: Incident;
  readonly who: string;
  readonly what: string;
  /** one line an address that speaks at another MAC address */
  readonly moved: readonly string[];
  readonly when: string;
  /** one line a step, in order of time; none where there is only one */
  readonly steps: readonly string[];
  readonly score: string;
  /** one line a reason, as detection ordered them */
  readonly why: readonly string[];
  readonly frames: string;
  /** shell command, in lines */
  readonly see: readonly string[];
  /** the command reads standard input */
  readonly seeReads: boolean;
  /** entry of an allow-list file, in lines */
  readonly silence: readonly string[];
  readonly note: string;
}

/** `10.0.0.9:51532`, `[2001:db8::1]:443`, or the address alone. */
export function endpoint(address: string, port: number): string {
  if (port < 0) return address || 'unknown';
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

export function who(incident: Incident): string {
  const to = endpoint(incident.responder, incident.servicePort);
  const named = incident.others.slice(0, OTHERS_NAMED).join(', ');
  const more = incident.others.length > OTHERS_NAMED ? ` and ${incident.others.length - OTHERS_NAMED} more` : '';
  const others = named === '' ? '' : `; also ${named}${more}`;
  return `${endpoint(incident.initiator, incident.initiatorPort)} to ${to}, ${incident.protocol}${others}`;
}

function what(incident: Incident, noun: string): string {
  const technique = incident.technique ? ` (ATT&CK ${incident.technique.id}, ${incident.technique.name})` : '';
  const size = `${counted(incident.records, noun)} (${count(incident.anomalous)} as evidence), ${byteSize(incident.bytes)}`;
  return `${incident.kind}${technique}; ${size}`;
}

function moved({ moved: all = [] }: Incident): string[] {
  const lines = all
    .slice(0, MOVED_NAMED)
    .map(({ address, from, to, present }) => `${address}: ${from.join(', ')} ${present ? 'and' : 'then'} ${to}`);
  return all.length > MOVED_NAMED ? [...lines, `and ${all.length - MOVED_NAMED} more`] : lines;
}

/** "2026-11-23 16:39:21 port scan: 10.0.0.9 to 10.0.0.1 and 3 more, 2.1 s, 812 as evidence" */
export function stepLines({ steps = [] }: Incident): string[] {
  return steps.map(({ kind, firstUs, lastUs, evidence, initiator, responder, servicePort, others }) => {
    const more = others > 0 ? ` and ${others} more` : '';
    const parties = `${initiator} to ${endpoint(responder, servicePort)}${more}`;
    return `${moment(firstUs)} ${kind}: ${parties}, ${duration((lastUs - firstUs) / 1e6)}, ${count(evidence)} as evidence`;
  });
}

export function when(incident: Incident): string {
  const after = (incident.openedUs - incident.firstUs) / 1e6;
  const opened = after >= 0.0005 ? `, raised after ${duration(after)}` : '';
  const again = incident.again ? `, came back ${counted(incident.again, 'time')}` : '';
  return `${span(incident.firstUs, incident.lastUs)}${opened}${again}${incident.closed ? '' : ', still going on'}`;
}

/** The reason's own words; where it has none, its figures. */
export function reasonText({ text, feature, value, expected }: Reason): string {
  return text || `${feature} ${figure(value)}; normal ${figure(expected)}`;
}

/** With how much of the score it made. */
export function why(reason: Reason): string {
  const text = reasonText(reason);
  return reason.share > 0 ? `${text} (${percent(Math.round(reason.share * 100) / 100)} of the score)` : text;
}

function frames(incident: Incident, label: string, files: number): string {
  if (incident.frames.length === 0) return 'none kept';
  const where = files > MOST_FILES ? `; in ${files} files, See has the first ${MOST_FILES}` : '';
  const named = incident.frames.slice(0, FRAMES_NAMED).join(', ');
  if (incident.records <= FRAMES_NAMED && incident.frames.length <= FRAMES_NAMED) return `${label}${named}${where}`;
  return `${label}${named}, … (${count(incident.records)} in all${where})`;
}

export function incidentView(incident: Incident, facts: RunFacts): IncidentView {
  const { noun, numberLabel } = RECORD_KINDS[facts.kind];
  return {
    incident,
    who: who(incident),
    what: what(incident, noun),
    moved: moved(incident),
    when: when(incident),
    steps: stepLines(incident),
    score: `${figure(incident.peakScore)} at its peak; threshold ${figure(incident.threshold)}`,
    why: incident.reasons.map(why),
    frames: frames(incident, numberLabel, filesOf(incident, facts)),
    see: seeCommand(incident, facts, WIDTH - INCIDENT_LABEL - 2),
    seeReads: readsInput(incident, facts),
    silence: silencingLines(incident, WIDTH - INCIDENT_LABEL - 2),
    note: incident.lowConfidence
      ? 'raised in the first minute, while the counters were still empty: take it with care'
      : '',
  };
}
