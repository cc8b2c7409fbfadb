/**
 * What happened to an incident as one line of Suricata's EVE JSON: an alert, as Suricata's own schema has it. What EVE has no
 * field for is in `alert.context`, which that schema leaves open; schema/eve.schema.json says what we put there.
 *
 * There is no `flow_id`: an incident is of many flows, and whoever looked for others of that id would find none. What other
 * programs say of the same flow has the same `community_id`.
 */

import type { DetectorEvent } from '../detect/detector-event.js';
import type { Incident, Severity } from '../detect/incident.js';
import { GENERATOR_ID, SIGNATURE_REVISION, signatureId } from '../detect/rules/signatures.js';
import type { RunIdentity } from '../detect/run-facts.js';
import { cleanIdentity, cleanIncident } from './clean.js';
import { eveTime, isoTime } from './format.js';
import { type IncidentJson, incidentFields, isIp, isMac, protocolOf } from './incident-json.js';

/** Suricata's: 1 is the worst. */
export const SEVERITY_NUMBER: Readonly<Record<Severity, number>> = { high: 1, medium: 2, low: 3, notice: 4 };

interface EveContext extends IncidentJson {
  readonly event: DetectorEvent['type'];
  /** UUIDv7, the same in all lines of an incident */
  readonly id: string;
  readonly number: number;
  readonly first: string;
  readonly bytes: number;
  /** its records, where they are packets, or rows of a conn.log */
  readonly packets?: number;
  readonly connections?: number;
  readonly technique?: { readonly id: string; readonly name: string };
  readonly run: string;
  readonly model: { readonly name: string; readonly id: string };
  /** the program's */
  readonly version: string;
  /** of the fleet's lines: which sensor's it is, or which sensors a campaign is of */
  readonly fleet?: object;
}

export interface EveLine {
  readonly timestamp: string;
  readonly event_type: 'alert';
  readonly host: string;
  readonly src_ip?: string;
  readonly src_port?: number;
  readonly dest_ip?: string;
  readonly dest_port?: number;
  readonly proto: string;
  readonly community_id?: string;
  /** ends that have no IP address, as Suricata names them */
  readonly ether?: { readonly src_mac?: string; readonly dest_mac?: string };
  readonly alert: {
    readonly action: 'allowed';
    readonly gid: number;
    readonly signature_id: number;
    readonly rev: number;
    readonly signature: string;
    readonly category: string;
    readonly severity: number;
    readonly context: EveContext;
  };
}

/** Plain object of one EVE line; `JSON.stringify` of it holds no line break and no character a terminal acts upon. */
export function eveLine(event: DetectorEvent, whoever: RunIdentity): EveLine {
  const incident = cleanIncident(event.incident);
  const who = cleanIdentity(whoever);
  const { initiator, responder, initiatorPort, servicePort, communityId } = incident;
  const ether = {
    ...(isMac(initiator) && { src_mac: initiator }),
    ...(isMac(responder) && { dest_mac: responder }),
  };
  return {
    timestamp: eveTime(event.atUs),
    event_type: 'alert',
    host: who.sensor,
    ...(isIp(initiator) && { src_ip: initiator }),
    ...(initiatorPort >= 0 && { src_port: initiatorPort }),
    ...(isIp(responder) && { dest_ip: responder }),
    ...(servicePort >= 0 && { dest_port: servicePort }),
    proto: protocolOf(incident),
    ...(communityId !== '' && { community_id: communityId }),
    ...(Object.keys(ether).length > 0 && { ether }),
    alert: {
      action: 'allowed',
      gid: GENERATOR_ID,
      signature_id: signatureId(incident.kind),
      rev: SIGNATURE_REVISION,
      signature: incident.title,
      category: incident.kind,
      severity: SEVERITY_NUMBER[incident.severity],
      context: contextOf(event.type, incident, who),
    },
  };
}

function contextOf(type: DetectorEvent['type'], incident: Incident, who: RunIdentity): EveContext {
  const { kind, run, model, version } = who;
  const { technique, records } = incident;
  return {
    event: type,
    id: incident.uuid,
    number: incident.id,
    first: isoTime(incident.firstUs),
    ...(kind === 'packet' ? { packets: records } : { connections: records }),
    bytes: incident.bytes,
    ...incidentFields(incident),
    ...(technique && { technique: { id: technique.id, name: technique.name } }),
    run,
    model,
    version,
  };
}
