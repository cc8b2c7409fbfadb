/** An incident in Elastic Common Schema field names (ECS 8.17), nested as Elasticsearch takes documents. */

import type { Incident, Severity } from '../detect/incident.js';
import { SEVERITIES } from '../detect/incident.js';
import type { DetectorEvent } from '../detect/incidents/desk.js';
import type { RunIdentity } from '../detect/run-facts.js';
import { cleanIncident } from './clean.js';
import { EVE_FRAMES, eveStep, finite, isMac } from './eve.js';
import { isoTime } from './format.js';

const ECS_VERSION = '8.17.0';

/** event.severity as Elastic Security counts: low 21, medium 47, high 73; a notice is below them. */
const SEVERITY_NUMBER: Record<Severity, number> = { notice: 1, low: 21, medium: 47, high: 73 };

type Json = { readonly [key: string]: unknown };

function end(address: string, port: number): Json | undefined {
  if (address === '') return undefined;
  // ECS writes MAC addresses as RFC 7042 does
  const where = isMac(address) ? { mac: address.toUpperCase().replaceAll(':', '-') } : { ip: address };
  return { address, ...where, ...(port >= 0 ? { port } : {}) };
}

const TRANSPORTS = new Set(['tcp', 'udp', 'sctp', 'icmp', 'icmpv6', 'gre']);

function network(incident: Incident): Json {
  const name = incident.protocol.toLowerCase();
  const ip = incident.responder || incident.initiator;
  return {
    ...(TRANSPORTS.has(name) ? { transport: name === 'icmpv6' ? 'ipv6-icmp' : name } : { protocol: name }),
    ...(incident.protocolNumber >= 0 ? { iana_number: String(incident.protocolNumber) } : {}),
    ...(isMac(ip) || ip === '' ? {} : { type: ip.includes(':') ? 'ipv6' : 'ipv4' }),
    ...(incident.communityId !== '' ? { community_id: incident.communityId } : {}),
    packets: incident.records,
    bytes: incident.bytes,
  };
}

function threat(incident: Incident): Json {
  if (!incident.technique) return {};
  const { id, name } = incident.technique;
  return { threat: { framework: 'MITRE ATT&CK', technique: { id: [id], name: [name] } } };
}

/** Plain object of one ECS document. What ECS has no field for is under `anomaly`. */
export function ecsLine({ incident: raw }: DetectorEvent, facts: RunIdentity): Json {
  const incident = cleanIncident(raw);
  const source = end(incident.initiator, incident.initiatorPort);
  const destination = end(incident.responder, incident.servicePort);
  const ips = [incident.initiator, incident.responder, ...incident.others].filter((a) => a !== '' && !isMac(a));
  return {
    '@timestamp': isoTime(incident.firstUs),
    ecs: { version: ECS_VERSION },
    message: incident.title,
    event: {
      kind: 'alert',
      category: ['network', 'intrusion_detection'],
      type: ['info'],
      module: 'anomaly',
      dataset: 'anomaly.incident',
      id: String(incident.id),
      start: isoTime(incident.firstUs),
      ...(incident.closed ? { end: isoTime(incident.lastUs) } : {}),
      // ns
      duration: Math.max(0, Math.round((incident.lastUs - incident.firstUs) * 1000)),
      severity: SEVERITY_NUMBER[incident.severity],
      reason: incident.reasons[0]?.text ?? incident.title,
    },
    rule: { name: incident.kind },
    observer: { product: 'anomaly', type: 'ids', version: facts.version },
    ...(source ? { source } : {}),
    ...(destination ? { destination } : {}),
    network: network(incident),
    related: { ip: [...new Set(ips)] },
    ...threat(incident),
    anomaly: {
      incident: incident.id,
      severity: incident.severity,
      severity_rank: SEVERITIES.indexOf(incident.severity),
      score: finite(incident.peakScore),
      threshold: finite(incident.threshold),
      evidence: incident.anomalous,
      low_confidence: incident.lowConfidence,
      ...(incident.moved ? { moved: incident.moved.map(({ address, from, to }) => ({ address, from, to })) } : {}),
      ...(incident.steps ? { steps: incident.steps.map(eveStep) } : {}),
      ...(incident.again ? { again: incident.again } : {}),
      closed: incident.closed,
      last: isoTime(incident.lastUs),
      frames: incident.frames.slice(0, EVE_FRAMES),
      reasons: incident.reasons.map((r) => ({
        feature: r.feature,
        value: finite(r.value),
        expected: finite(r.expected),
        share: finite(r.share),
        text: r.text,
      })),
    },
  };
}
