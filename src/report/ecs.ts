/**
 * What happened to an incident as one document in Elastic Common Schema's field names, nested as Elasticsearch takes documents.
 * What ECS has no field for is under `anomaly`, each name always of one type.
 */

import type { DetectorEvent } from '../detect/detector-event.js';
import type { Incident, Severity } from '../detect/incident.js';
import { SEVERITIES } from '../detect/incident.js';
import { SIGNATURE_REVISION, signatureId } from '../detect/rules/signatures.js';
import type { RunIdentity } from '../detect/run-facts.js';
import type { RecordKind } from '../features/extractor.js';
import { cleanIdentity, cleanIncident } from './clean.js';
import { isoTime } from './format.js';
import { incidentFields, isIp, isMac, protocolOf } from './incident-json.js';

const ECS_VERSION = '9.4.0';
const NS_PER_US = 1000;
/** an incident's protocol number */
const ARP = -1;

/** event.severity as Elastic Security counts: low 21, medium 47, high 73; a notice is below them. */
const SEVERITY_NUMBER: Readonly<Record<Severity, number>> = { notice: 1, low: 21, medium: 47, high: 73 };

type Json = { readonly [key: string]: unknown };

/** Plain object of one ECS document. */
export function ecsLine(event: DetectorEvent, whoever: RunIdentity): Json {
  const incident = cleanIncident(event.incident);
  const { sensor, version, run, model, kind } = cleanIdentity(whoever);
  const source = end(incident.initiator, incident.initiatorPort);
  const destination = end(incident.responder, incident.servicePort);
  return {
    '@timestamp': isoTime(event.atUs),
    ecs: { version: ECS_VERSION },
    message: incident.title,
    event: eventOf(event, incident),
    rule: { id: String(signatureId(incident.kind)), name: incident.kind, version: String(SIGNATURE_REVISION) },
    observer: { product: 'anomaly', type: 'ids', version, hostname: sensor },
    ...(source && { source }),
    ...(destination && { destination }),
    network: network(incident, kind),
    related: { ip: addresses(incident), hosts: [sensor] },
    ...threat(incident),
    anomaly: {
      incident: { id: incident.uuid, number: incident.id },
      run: { id: run },
      model,
      severity_rank: SEVERITIES.indexOf(incident.severity),
      ...(kind === 'connection' && { connections: incident.records }),
      ...incidentFields(incident),
    },
  };
}

function eventOf({ type }: DetectorEvent, incident: Incident): Json {
  const { uuid, severity, records, firstUs, lastUs, closed } = incident;
  const alarm = severity !== 'notice';
  const over = { end: isoTime(lastUs), duration: Math.max(0, Math.round((lastUs - firstUs) * NS_PER_US)) };
  return {
    kind: alarm ? 'alert' : 'event',
    category: alarm ? ['network', 'intrusion_detection'] : ['network'],
    type: ['info'],
    action: type,
    module: 'anomaly',
    dataset: 'anomaly.incident',
    // each time that something is told it has more records: only the same line sent again has the same id
    id: `${uuid}-${type}-${records}`,
    start: isoTime(firstUs),
    ...(closed && over),
    severity: SEVERITY_NUMBER[severity],
    reason: incident.reasons[0]?.text ?? incident.title,
  };
}

function end(address: string, port: number): Json | undefined {
  if (address === '') return undefined;
  return {
    address,
    ...(isIp(address) && { ip: address }),
    // ECS writes MAC addresses as RFC 7042 does
    ...(isMac(address) && { mac: address.toUpperCase().replaceAll(':', '-') }),
    ...(port >= 0 && { port }),
  };
}

/** Every IP address that has part in it. */
function addresses({ initiator, responder, others, moved = [] }: Incident): string[] {
  const all = [initiator, responder, ...others, ...moved.map(({ address }) => address)];
  return [...new Set(all.filter(isIp))];
}

function network(incident: Incident, kind: RecordKind): Json {
  const { protocolNumber, communityId, records, bytes } = incident;
  const name = protocolOf(incident).toLowerCase();
  const isIp = protocolNumber >= 0;
  // of a protocol without a name the number says it all
  const named = isIp && !name.endsWith(` ${protocolNumber}`);
  const type = protocolNumber === ARP ? name : familyOf(incident);
  return {
    ...(named && { transport: name }),
    ...(isIp && { iana_number: String(protocolNumber) }),
    ...(type && { type }),
    ...(communityId !== '' && { community_id: communityId }),
    ...(kind === 'packet' && { packets: records }),
    bytes,
  };
}

function familyOf({ initiator, responder }: Incident): string | undefined {
  const ip = [responder, initiator].find(isIp);
  return ip && (ip.includes(':') ? 'ipv6' : 'ipv4');
}

/** A technique's part of a number is before the dot; the name is that of what is named most closely. */
function threat({ technique }: Incident): Json {
  if (!technique) return {};
  const { id, name } = technique;
  const [whole] = id.split('.');
  const itself = whole === id ? { id: [id], name: [name] } : { id: [whole], subtechnique: { id: [id], name: [name] } };
  return { threat: { framework: 'MITRE ATT&CK', technique: itself } };
}
