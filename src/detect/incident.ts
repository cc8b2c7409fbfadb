/** Incidents: what detection hands to every report. Plain data, safe to serialise. */

import type { AllowEntry } from './allow-entry.js';

export const SEVERITIES = ['notice', 'low', 'medium', 'high'] as const;
/** A notice says that something is new, not that it is bad. */
export type Severity = (typeof SEVERITIES)[number];

export interface Reason {
  /** a feature's or count's name */
  readonly feature: string;
  readonly value: number;
  /** what was normal in training, in the feature's unit */
  readonly expected: number;
  /** part of the score, 0..1 */
  readonly share: number;
  /** for a person: observed against normal */
  readonly text: string;
}

/** An IP address that speaks at another MAC address. */
export interface Moved {
  readonly address: string;
  /** where it lived before; at most four */
  readonly from: string[];
  readonly to: string;
  /** one of those was a router's */
  readonly router: boolean;
  /** somebody in between, rather than another device: its former MAC address is still there, or the new one has more addresses */
  conflict: boolean;
  present: boolean;
}

/** What was done as one kind of thing: an incident of several has a story. */
export interface Step {
  /** a pattern, like the incident's */
  readonly kind: string;
  /** µs since the epoch */
  readonly firstUs: number;
  lastUs: number;
  /** records that show it */
  evidence: number;
  readonly initiator: string;
  readonly responder: string;
  /** -1 where there is none */
  readonly servicePort: number;
  /** further responders that it was done to, up to 100 */
  others: number;
}

export interface Incident {
  /** its number among those of one sensor's outputs, from 1; goes on where an earlier run left off */
  readonly id: number;
  /** UUIDv7 (RFC 9562), unique over runs and hosts; its time is when the incident opened */
  readonly uuid: string;
  /** the pattern that names it, of the table in rules/patterns.ts: "port scan", "new service", "unusual traffic", … */
  kind: string;
  severity: Severity;
  /** one line: who did what to whom */
  title: string;
  /** µs since the epoch */
  firstUs: number;
  openedUs: number;
  /** µs since the epoch; when it became more than a notice, -1 while it is one */
  alarmUs: number;
  lastUs: number;
  closed: boolean;
  /** records that belong to it, and how many of them were above the threshold */
  records: number;
  anomalous: number;
  bytes: number;
  /** addresses as text; these and the ports, protocol and Community ID are of the step that names it */
  initiator: string;
  responder: string;
  /** further parties merged into it, bounded */
  others: string[];
  /** -1 where there is none */
  initiatorPort: number;
  servicePort: number;
  /** "TCP", "UDP", "ICMP", "ARP", … */
  protocol: string;
  /** IP protocol number; -1 ARP, -2 other */
  protocolNumber: number;
  /** Community ID v1 of the flow that its step was found at; empty where the protocol has none */
  communityId: string;
  /** ids of connections that are evidence, as their log has them (Zeek's uid, Suricata's flow_id), the first of each step; none of packets */
  uids: string[];
  peakScore: number;
  threshold: number;
  /** chance, by training, that something as new shows evidence as strong as its strongest; none where only rules found it */
  p?: number;
  /** 1-based numbers of its records in the input, the first 1000 */
  frames: number[];
  reasons: Reason[];
  /** in order of time; none where it is of one kind only */
  steps?: Step[];
  /** how often it began anew after it had been over */
  again?: number;
  /** addresses that speak at another MAC address, the first 100; none where it is about something else */
  moved?: Moved[];
  /** entries of an allow-list that cover all of it, and as little else as can be said */
  allow: AllowEntry[];
  /** entries that kept it from being told, as text; none of an incident that is told */
  allowedBy?: string[];
  /** only from a rule that fired */
  technique?: { readonly id: string; readonly name: string };
  /** opened in the first minute, while counters were empty */
  lowConfidence: boolean;
}
