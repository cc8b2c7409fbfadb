/** An incident as one line of Suricata's EVE JSON; schema/eve.schema.json says the same in JSON Schema. */

import type { Reason, Step } from '../detect/incident.js';
import type { DetectorEvent } from '../detect/incidents/desk.js';
import type { RunIdentity } from '../detect/run-facts.js';
import { cleanIncident } from './clean.js';
import { eveTime } from './format.js';

/** Frame numbers a line carries. */
export const EVE_FRAMES = 1000;

const MAC = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i;

export interface EveReason {
  readonly feature: string;
  readonly value: number | null;
  readonly expected: number | null;
  readonly share: number | null;
  readonly text: string;
}

export interface EveLine {
  readonly timestamp: string;
  readonly event_type: 'anomaly';
  readonly src_ip?: string;
  readonly src_port?: number;
  readonly dest_ip?: string;
  readonly dest_port?: number;
  readonly proto: string;
  readonly community_id?: string;
  /** ends that have no IP address, as Suricata names them */
  readonly ether?: { readonly src_mac?: string; readonly dest_mac?: string };
  readonly anomaly: {
    readonly incident: number;
    readonly first: string;
    readonly last: string;
    readonly packets: number;
    readonly score: number | null;
    readonly threshold: number | null;
    readonly severity: string;
    readonly frames: readonly number[];
    readonly reasons: readonly EveReason[];
  };
  /** what has no place in EVE's own fields */
  readonly incident: {
    readonly kind: string;
    readonly title: string;
    readonly closed: boolean;
    readonly opened: string;
    readonly evidence: number;
    readonly bytes: number;
    readonly others: readonly string[];
    readonly low_confidence: boolean;
    /** addresses that speak at another MAC address */
    readonly moved?: readonly { readonly address: string; readonly from: readonly string[]; readonly to: string }[];
    /** where it is of several kinds, in order of time */
    readonly steps?: readonly EveStep[];
    /** how often it began anew */
    readonly again?: number;
    readonly technique?: { readonly id: string; readonly name: string };
  };
}

/** JSON has no NaN and no infinity. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

export function isMac(address: string): boolean {
  return MAC.test(address);
}

function reason({ feature, value, expected, share, text }: Reason): EveReason {
  return { feature, value: finite(value), expected: finite(expected), share: finite(share), text };
}

export interface EveStep {
  readonly kind: string;
  readonly first: string;
  readonly last: string;
  readonly evidence: number;
  readonly from: string;
  readonly to: string;
  readonly port?: number;
  /** parties beside `to` */
  readonly others: number;
}

export function eveStep({ kind, firstUs, lastUs, evidence, initiator, responder, servicePort, others }: Step): EveStep {
  return {
    kind,
    first: eveTime(firstUs),
    last: eveTime(lastUs),
    evidence,
    from: initiator,
    to: responder,
    ...(servicePort >= 0 ? { port: servicePort } : {}),
    others,
  };
}

/** Plain object of one EVE line; `JSON.stringify` of it holds no line break and no character a terminal acts upon. */
export function eveLine({ incident: raw }: DetectorEvent, _who: RunIdentity): EveLine {
  const incident = cleanIncident(raw);
  const { initiator, responder, technique, moved } = incident;
  const srcMac = isMac(initiator);
  const destMac = isMac(responder);
  const ether = { ...(srcMac ? { src_mac: initiator } : {}), ...(destMac ? { dest_mac: responder } : {}) };
  return {
    timestamp: eveTime(incident.firstUs),
    event_type: 'anomaly',
    ...(initiator !== '' && !srcMac ? { src_ip: initiator } : {}),
    ...(incident.initiatorPort >= 0 ? { src_port: incident.initiatorPort } : {}),
    ...(responder !== '' && !destMac ? { dest_ip: responder } : {}),
    ...(incident.servicePort >= 0 ? { dest_port: incident.servicePort } : {}),
    proto: incident.protocol,
    ...(incident.communityId !== '' ? { community_id: incident.communityId } : {}),
    ...(srcMac || destMac ? { ether } : {}),
    anomaly: {
      incident: incident.id,
      first: eveTime(incident.firstUs),
      last: eveTime(incident.lastUs),
      packets: incident.records,
      score: finite(incident.peakScore),
      threshold: finite(incident.threshold),
      severity: incident.severity,
      frames: incident.frames.slice(0, EVE_FRAMES),
      reasons: incident.reasons.map(reason),
    },
    incident: {
      kind: incident.kind,
      title: incident.title,
      closed: incident.closed,
      opened: eveTime(incident.openedUs),
      evidence: incident.anomalous,
      bytes: incident.bytes,
      others: incident.others,
      low_confidence: incident.lowConfidence,
      ...(moved ? { moved: moved.map(({ address, from, to }) => ({ address, from, to })) } : {}),
      ...(incident.steps ? { steps: incident.steps.map(eveStep) } : {}),
      ...(incident.again ? { again: incident.again } : {}),
      ...(technique ? { technique: { id: technique.id, name: technique.name } } : {}),
    },
  };
}
