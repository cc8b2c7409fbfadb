/** An incident while it is open: its plain data, and what is needed to find, explain and close it. */

import type { Incident } from '../incident.js';
import type { PatternName } from '../rules/patterns.js';
import { TOP } from '../score/scored-batch.js';

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
}

export interface OpenIncident {
  readonly incident: Incident;
  pattern: PatternName;
  /** hash halves of both ends, as one exact number each */
  readonly initiatorKey: number;
  readonly responderKey: number;
  readonly serviceKey: number;
  /** matched an entry of the allow-list: counted, not told */
  readonly suppressed: boolean;
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
}

export function topOf(): Pick<OpenIncident, 'topIndex' | 'topTerm' | 'topValue'> {
  return { topIndex: new Int16Array(TOP), topTerm: new Float32Array(TOP), topValue: new Float64Array(TOP) };
}
