/**
 * What a fleet's report is made of: the hub, its sensors, their incidents and what several of them saw of one party. Plain data;
 * texts in it come from the network and are made safe to show by the renderers (`cleanFleet`).
 */
import type { Severity } from '../../detect/incident.js';

/** An incident as its sensor told it last. */
export interface FleetIncident {
  readonly sensor: string;
  readonly site: string;
  /** UUIDv7; with the sensor's name it is the incident's key */
  readonly uuid: string;
  /** among those of its sensor's outputs */
  readonly number: number;
  readonly run: string;
  /** the model's id */
  readonly model: string;
  readonly kind: string;
  readonly severity: Severity;
  readonly title: string;
  /** µs since the epoch by the sensor's records, to the ms */
  readonly firstUs: number;
  readonly openedUs: number;
  readonly lastUs: number;
  readonly closed: boolean;
  /** addresses; empty where there is none */
  readonly initiator: string;
  readonly responder: string;
  /** -1 where there is none */
  readonly initiatorPort: number;
  readonly servicePort: number;
  readonly protocol: string;
  readonly others: readonly string[];
  readonly communityId: string;
  /** one of the two is 0: a sensor sees packets, or reads a conn.log */
  readonly packets: number;
  readonly connections: number;
  readonly evidence: number;
  readonly bytes: number;
  readonly score: number | null;
  readonly threshold: number | null;
  readonly technique?: { readonly id: string; readonly name: string };
  /** in words */
  readonly reasons: readonly string[];
  readonly lowConfidence: boolean;
}

/** Incidents of one kind by one party, at several sensors. */
export interface Campaign {
  /** in the shape of a UUIDv7: the time of its first incident and what only this campaign has */
  readonly id: string;
  readonly kind: string;
  readonly severity: Severity;
  /** which side the party was on */
  readonly role: 'initiator' | 'responder';
  readonly address: string;
  /** where the address means one party in one site only; undefined: it is the same everywhere */
  readonly site?: string;
  /** in the order of their names */
  readonly sensors: readonly string[];
  readonly sites: readonly string[];
  readonly incidents: number;
  readonly firstUs: number;
  readonly lastUs: number;
  /** one of its incidents goes on */
  readonly open: boolean;
  readonly packets: number;
  readonly connections: number;
  readonly evidence: number;
  readonly bytes: number;
}

/** What a sensor last said of itself. */
export interface SensorState {
  readonly version: string;
  readonly kind: 'packet' | 'connection';
  readonly model: { readonly id: string; readonly name: string };
  readonly threshold: number;
  readonly records: number;
  /** packets that its capture lost; null: it cannot know */
  readonly dropped: number | null;
  readonly incidents: { readonly told: number; readonly open: number };
  /** features that have drifted */
  readonly drift: number;
  /** what the hub refused it */
  readonly refused: string;
  /** it has ended, as it should */
  readonly ended: boolean;
  /** s that its clock is ahead of the hub's; below 0: behind */
  readonly aheadS: number;
  /** s that its oldest unreleased event waited */
  readonly waitsS: number;
}

export interface FleetSensor {
  readonly name: string;
  readonly site: string;
  /** ms since the epoch by the hub's clock: when the hub heard of it last; 0: only bodies came that are none */
  readonly seenMs: number;
  /** undefined: no heartbeat has come */
  readonly state?: SensorState;
  /** events that its spool has and the sink has not without a hole; undefined: no heartbeat says how many it has */
  readonly lag?: number;
  /** incident events that are kept of it */
  readonly events: number;
  readonly incidents: number;
  /** events that it dropped and said so */
  readonly gaps: number;
  /** events of one id with different contents */
  readonly conflicts: number;
  /** bodies that are none, and why the last was none */
  readonly invalid: number;
  readonly invalidWhy: string;
  /** processes and spools that lately spoke under its name at once; 1: as it should be */
  readonly runsAtOnce: number;
  readonly spoolsAtOnce: number;
}

export interface FleetFacts {
  /** without credentials */
  readonly hub: string;
  /** the program's */
  readonly version: string;
  /** UUIDv7 of the sink's run */
  readonly run: string;
  /** ms since the epoch: when this database was begun, and now */
  readonly sinceMs: number;
  readonly nowMs: number;
  /** all sensors, campaigns and incidents that are kept, whatever is listed */
  readonly sensors: number;
  readonly campaigns: number;
  readonly incidents: number;
  readonly bySeverity: Readonly<Record<Severity, number>>;
  /** incident events that are kept, that came again, and that grew too old to be kept */
  readonly events: number;
  readonly repeated: number;
  readonly expired: number;
  readonly keepDays: number;
  readonly gaps: number;
  readonly conflicts: number;
  readonly invalid: number;
}

export interface FleetReport {
  readonly facts: FleetFacts;
  /** the worst first, as many as are listed */
  readonly campaigns: readonly Campaign[];
  readonly incidents: readonly (FleetIncident & {
    /** its campaign's id; empty: none */ readonly campaign: string;
    /** it was not over when its sensor's run ended */ readonly isCut: boolean;
  })[];
  /** in the order of their names */
  readonly sensors: readonly FleetSensor[];
}

/** An incident of a report. */
export type ListedIncident = FleetReport['incidents'][number];
