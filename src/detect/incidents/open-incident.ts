/** An incident while it is open: its plain data, and what is needed to find, explain and close it. */

import type { Incident, Severity } from '../incident.js';
import type { PatternName } from '../rules/patterns.js';
import { TOP } from '../score/scored-batch.js';
import type { Trail } from './dealing.js';

/** Where an address was seen, as text. */
export interface Place {
  readonly address: string;
  readonly mac: string;
  /** the MAC address that it has, or had; empty where it is at its own */
  readonly former: string;
  /** that one was a router's; it is still there */
  readonly router: boolean;
  readonly present: boolean;
}

/** Where gathered evidence began [µs], as the record says and by the clock, and its frames so far, without the record in work. */
export interface Begun {
  readonly firstUs: number;
  readonly firstClockUs: number;
  readonly frames: readonly number[];
}

/** What a rule saw: a value, and the most that training had. */
export interface Finding {
  /** a count's name, or the rule's */
  readonly name: string;
  readonly value: number;
  /** highest in training */
  readonly normal: number;
  /** below this a value is nobody's attack, whatever training had: how far over the normal a value is counts from here */
  readonly floor: number;
  readonly pattern: PatternName;
  /** seen over many packets already: one record of it is evidence enough */
  readonly conclusive?: boolean;
  /** of evidence: −ln p; rarer by far than the budget asks for; in words */
  readonly nats?: number;
  readonly certain?: boolean;
  readonly text?: string;
  /** the sender's, of rules about the sender */
  readonly place?: Place;
  /** of a protocol fact: the reason in words, the TCP flags it is about, and where its evidence began */
  readonly fact?: { readonly words: string; readonly flags: string; readonly begun: Begun };
}

/** Who deals with whom, as a report names them. */
export type Ends = Pick<
  Incident,
  'initiator' | 'responder' | 'initiatorPort' | 'servicePort' | 'protocol' | 'protocolNumber' | 'communityId'
>;

export interface OpenStep {
  pattern: PatternName;
  readonly ends: Ends;
  /** it is about several ports that training hardly used, not about the one of `ends` */
  readonly severalPorts: boolean;
  /** it is about all that the initiator does, not about the one responder of `ends` */
  readonly wide: boolean;
  readonly firstUs: number;
  lastUs: number;
  evidence: number;
  readonly frames: number[];
  /** how their log names them */
  readonly uids: Set<string>;
  /** the strongest it was, and the window of an entity that it was begun by */
  nats: number;
  readonly entity: object;
  windowUs: number;
  readonly findings: Map<string, Finding>;
  /** parties by key, each up to OTHERS and the first */
  readonly initiators: Set<number>;
  readonly responders: Set<number>;
}

export interface OpenIncident {
  readonly incident: Incident;
  pattern: PatternName;
  /** the severity that it was last told with: reports bring the incident up to date in between */
  toldAs?: Severity;
  /** records that it had when it was last brought up to date */
  freshAt?: number;
  /** hash halves of both ends, as one exact number each */
  readonly initiatorKey: number;
  readonly responderKey: number;
  readonly serviceKey: number;
  /** told of whom it befalls, by many: what one of them does beside is no part of it */
  readonly ofTarget: boolean;
  /** one a kind of evidence */
  readonly steps: OpenStep[];
  /** all that it was about, in the words of an allow-list */
  readonly trail: Trail;
  /** highest value of each rule that fired, by its name */
  readonly findings: Map<string, Finding>;
  /** the ten largest terms of its most anomalous record, with the values of those features */
  readonly topIndex: Int16Array;
  readonly topTerm: Float32Array;
  readonly topValue: Float64Array;
  /** anomalous records at which the next update is told: 10, 100, 1000, … */
  nextUpdate: number;
  /** µs by the clock that never goes back: its first record, its opening, its latest evidence */
  readonly firstUs: number;
  readonly openedUs: number;
  lastEvidenceUs: number;
  /** s of silence after which it is over */
  silenceS: number;
  /** s of silence after which it was over at first, where it was */
  pauseS: number;
}

export function topOf(): Pick<OpenIncident, 'topIndex' | 'topTerm' | 'topValue'> {
  return { topIndex: new Int16Array(TOP), topTerm: new Float32Array(TOP), topValue: new Float64Array(TOP) };
}

/** What it is and who does it to whom: a change of it is told. */
export function headOf({ kind, initiator, responder, servicePort }: Incident): string {
  return `${kind} ${initiator} ${responder} ${servicePort}`;
}

/** Notes an allow-list entry that keeps a part of it back. */
export function noteEntry({ incident }: OpenIncident, entry: string | undefined): void {
  if (entry === undefined) return;
  incident.allowedBy ??= [];
  if (!incident.allowedBy.includes(entry)) incident.allowedBy.push(entry);
}
