/** The fleet's incidents as rows of a table, for the .csv report. */
import { isoTime } from '../format.js';
import type { Cell } from '../incident-columns.js';
import type { ListedIncident } from './facts.js';

const port = (value: number): Cell => (value >= 0 ? value : null);
const records = (value: number): Cell => (value > 0 ? value : null);

/** By the names of the single sensor's report, where it has them. */
export const FLEET_COLUMNS: readonly { readonly name: string; readonly cell: (incident: ListedIncident) => Cell }[] = [
  { name: 'uuid', cell: (i) => i.uuid },
  { name: 'sensor', cell: (i) => i.sensor },
  { name: 'site', cell: (i) => i.site },
  { name: 'run', cell: (i) => i.run },
  { name: 'campaign', cell: (i) => i.campaign },
  { name: 'incident', cell: (i) => i.number },
  { name: 'severity', cell: (i) => i.severity },
  { name: 'kind', cell: (i) => i.kind },
  { name: 'title', cell: (i) => i.title },
  { name: 'first', cell: (i) => isoTime(i.firstUs) },
  { name: 'opened', cell: (i) => isoTime(i.openedUs) },
  { name: 'last', cell: (i) => isoTime(i.lastUs) },
  { name: 'closed', cell: (i) => (i.closed ? 1 : 0) },
  { name: 'cut', cell: (i) => (i.isCut ? 1 : 0) },
  { name: 'src_ip', cell: (i) => i.initiator },
  { name: 'src_port', cell: (i) => port(i.initiatorPort) },
  { name: 'dest_ip', cell: (i) => i.responder },
  { name: 'dest_port', cell: (i) => port(i.servicePort) },
  { name: 'proto', cell: (i) => i.protocol },
  { name: 'others', cell: (i) => i.others.join(' ') },
  { name: 'community_id', cell: (i) => i.communityId },
  { name: 'packets', cell: (i) => records(i.packets) },
  { name: 'connections', cell: (i) => records(i.connections) },
  { name: 'evidence', cell: (i) => i.evidence },
  { name: 'bytes', cell: (i) => i.bytes },
  { name: 'score', cell: (i) => i.score },
  { name: 'threshold', cell: (i) => i.threshold },
  { name: 'technique', cell: (i) => i.technique?.id ?? '' },
  { name: 'low_confidence', cell: (i) => (i.lowConfidence ? 1 : 0) },
  { name: 'model', cell: (i) => i.model },
  { name: 'reasons', cell: (i) => i.reasons.join('; ') },
];
