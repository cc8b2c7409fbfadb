/** Incidents as rows of a table: the one list of the columns of the .csv report and of the SQLite table. */

import type { Incident } from '../detect/incident.js';
import { cleanIncident } from './clean.js';
import { finite, isoTime } from './format.js';
import { stepLines } from './incident-view.js';

export type Cell = string | number | null;

interface IncidentColumn {
  readonly name: string;
  readonly type: 'INTEGER' | 'REAL' | 'TEXT';
  readonly doc: string;
  readonly cell: (incident: Incident) => Cell;
}

const port = (value: number): Cell => (value >= 0 ? value : null);

export const INCIDENT_COLUMNS: readonly IncidentColumn[] = [
  { name: 'incident', type: 'INTEGER', doc: 'number of the incident in its run', cell: (i) => i.id },
  { name: 'severity', type: 'TEXT', doc: 'notice, low, medium, high', cell: (i) => i.severity },
  { name: 'kind', type: 'TEXT', doc: 'pattern that raised it', cell: (i) => i.kind },
  { name: 'title', type: 'TEXT', doc: 'who did what to whom', cell: (i) => i.title },
  { name: 'first', type: 'TEXT', doc: 'its first record, ISO 8601, UTC', cell: (i) => isoTime(i.firstUs) },
  { name: 'opened', type: 'TEXT', doc: 'when it was raised', cell: (i) => isoTime(i.openedUs) },
  { name: 'last', type: 'TEXT', doc: 'its last record', cell: (i) => isoTime(i.lastUs) },
  { name: 'closed', type: 'INTEGER', doc: '1 when it had ended before the run did', cell: (i) => (i.closed ? 1 : 0) },
  { name: 'src_ip', type: 'TEXT', doc: 'initiator (a MAC address where there is no IP)', cell: (i) => i.initiator },
  { name: 'src_port', type: 'INTEGER', doc: 'port of the initiator', cell: (i) => port(i.initiatorPort) },
  { name: 'dest_ip', type: 'TEXT', doc: 'responder', cell: (i) => i.responder },
  { name: 'dest_port', type: 'INTEGER', doc: 'port of the service', cell: (i) => port(i.servicePort) },
  { name: 'proto', type: 'TEXT', doc: 'protocol', cell: (i) => i.protocol },
  { name: 'others', type: 'TEXT', doc: 'further parties, separated by blanks', cell: (i) => i.others.join(' ') },
  {
    name: 'moved',
    type: 'TEXT',
    doc: 'addresses that speak at another MAC address: ADDRESS FROM TO, separated by "; "',
    cell: (i) => (i.moved ?? []).map(({ address, from, to }) => `${address} ${from.join(' ')} ${to}`).join('; '),
  },
  {
    name: 'steps',
    type: 'TEXT',
    doc: 'of several kinds, in order of time, separated by "; "',
    cell: (i) => stepLines(i).join('; '),
  },
  { name: 'again', type: 'INTEGER', doc: 'how often it began anew', cell: (i) => i.again ?? 0 },
  { name: 'community_id', type: 'TEXT', doc: 'Community ID v1 of the flow that opened it', cell: (i) => i.communityId },
  {
    name: 'uids',
    type: 'TEXT',
    doc: 'ids of its connections in their log (uid of Zeek, flow_id of Suricata), separated by blanks',
    cell: (i) => i.uids.join(' '),
  },
  { name: 'packets', type: 'INTEGER', doc: 'records that belong to it', cell: (i) => i.records },
  { name: 'evidence', type: 'INTEGER', doc: 'of these, evidence of something unusual', cell: (i) => i.anomalous },
  { name: 'bytes', type: 'INTEGER', doc: 'bytes on the wire', cell: (i) => i.bytes },
  { name: 'score', type: 'REAL', doc: 'peak of the smoothed score', cell: (i) => finite(i.peakScore) },
  { name: 'threshold', type: 'REAL', doc: 'threshold of the smoothed score', cell: (i) => finite(i.threshold) },
  { name: 'technique', type: 'TEXT', doc: 'ATT&CK technique', cell: (i) => i.technique?.id ?? '' },
  {
    name: 'low_confidence',
    type: 'INTEGER',
    doc: '1: raised in the first minute',
    cell: (i) => (i.lowConfidence ? 1 : 0),
  },
  {
    name: 'frames',
    type: 'TEXT',
    doc: 'first 1000 record numbers, separated by blanks',
    cell: (i) => i.frames.join(' '),
  },
  {
    name: 'reasons',
    type: 'TEXT',
    doc: 'reasons in words, separated by "; "',
    cell: (i) => i.reasons.map((r) => r.text).join('; '),
  },
];

/** The cells of one incident, in the order of `INCIDENT_COLUMNS`. */
export function incidentCells(incident: Incident): Cell[] {
  const safe = cleanIncident(incident);
  return INCIDENT_COLUMNS.map((column) => column.cell(safe));
}
