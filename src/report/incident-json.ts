/** What lines for programs say of an incident, whatever the names around it: EVE's and Elastic's share these. */
import { addressFamily } from '../base/address-range.js';
import type { Incident, Reason, Severity, Step } from '../detect/incident.js';
import { finite, isoTime } from './format.js';

/** Frame numbers a line carries. */
const MOST_FRAMES = 1000;

/** IANA's names, where ours are others. */
const IANA: Readonly<Record<number, string>> = { 41: 'IPv6', 58: 'IPv6-ICMP', 89: 'OSPFIGP' };

interface ReasonJson {
  readonly feature: string;
  readonly value: number | null;
  readonly expected: number | null;
  readonly share: number | null;
  readonly text: string;
}

interface StepJson {
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

export interface IncidentJson {
  readonly kind: string;
  readonly severity: Severity;
  readonly opened: string;
  readonly last: string;
  readonly closed: boolean;
  readonly evidence: number;
  readonly score: number | null;
  readonly threshold: number | null;
  readonly p?: number;
  readonly low_confidence: boolean;
  /** how often it began anew */
  readonly again?: number;
  readonly others: readonly string[];
  /** addresses that speak at another MAC address */
  readonly moved?: readonly { readonly address: string; readonly from: readonly string[]; readonly to: string }[];
  /** where it is of several kinds, in order of time */
  readonly steps?: readonly StepJson[];
  readonly reasons: readonly ReasonJson[];
  readonly frames: readonly number[];
  readonly uids?: readonly string[];
}

/** A reader that knows types refuses a line for one address that is none. */
export function isIp(address: string): boolean {
  const family = addressFamily(address);
  return family === 4 || family === 6;
}

export function isMac(address: string): boolean {
  return addressFamily(address) === 48;
}

/** By IANA's name where the protocol has one. */
export function protocolOf({ protocol, protocolNumber }: Incident): string {
  return IANA[protocolNumber] ?? protocol;
}

function reasonJson({ feature, value, expected, share, text }: Reason): ReasonJson {
  return { feature, value: finite(value), expected: finite(expected), share: finite(share), text };
}

function stepJson({ kind, firstUs, lastUs, evidence, initiator, responder, servicePort, others }: Step): StepJson {
  return {
    kind,
    first: isoTime(firstUs),
    last: isoTime(lastUs),
    evidence,
    from: initiator,
    to: responder,
    ...(servicePort >= 0 && { port: servicePort }),
    others,
  };
}

/** @param incident with texts that are safe to show */
export function incidentFields(incident: Incident): IncidentJson {
  const { moved, steps, again, p, uids } = incident;
  return {
    kind: incident.kind,
    severity: incident.severity,
    opened: isoTime(incident.openedUs),
    last: isoTime(incident.lastUs),
    closed: incident.closed,
    evidence: incident.anomalous,
    score: finite(incident.peakScore),
    threshold: finite(incident.threshold),
    ...(p !== undefined && { p: Number(p.toPrecision(3)) }),
    low_confidence: incident.lowConfidence,
    ...(again && { again }),
    others: incident.others,
    ...(moved && { moved: moved.map(({ address, from, to }) => ({ address, from, to })) }),
    ...(steps && { steps: steps.map(stepJson) }),
    reasons: incident.reasons.map(reasonJson),
    frames: incident.frames.slice(0, MOST_FRAMES),
    ...(uids.length > 0 && { uids }),
  };
}
