/** Steps of an incident: what its evidence is called, kind by kind, each with its ends, times, frames and reasons. */
import type { Alarm } from '../evidence/evidence.js';
import { strengthOf } from '../evidence/strength.js';
import type { FeatureBatch } from '../feature-batch.js';
import type { Step } from '../incident.js';
import { type PatternName, patternOf } from '../rules/patterns.js';
import { SETTINGS } from '../settings.js';
import { communityId, type Sha1 } from './community-id.js';
import type { Ends, OpenIncident, OpenStep } from './open-incident.js';
import { protocolName } from './protocol-name.js';

const { FRAMES, OTHERS } = SETTINGS;

export function endsOf(batch: FeatureBatch, k: number, sha1: Sha1): Ends {
  return {
    initiator: batch.initiator.text(k),
    responder: batch.responder.text(k),
    initiatorPort: batch.initiatorPort[k],
    servicePort: batch.servicePort[k],
    protocol: protocolName(batch.protocol[k]),
    protocolNumber: batch.protocol[k],
    communityId: communityId(sha1, batch.protocol[k], flowEnd(batch, k, true), flowEnd(batch, k, false)),
  };
}

function flowEnd(batch: FeatureBatch, k: number, initiator: boolean): { address: Uint8Array; port: number } {
  const end = initiator ? batch.initiator : batch.responder;
  const size = end.family[k] === 6 ? 16 : end.family[k] === 4 ? 4 : 0;
  return {
    address: end.bytes.slice(16 * k, 16 * k + size),
    port: initiator ? batch.initiatorPort[k] : batch.servicePort[k],
  };
}

/**
 * The step that an alarm is, begun where its kind is a new one. What one window of an entity is called may change while it
 * grows: that is one step.
 */
export function stepOf(open: OpenIncident, alarm: Alarm, pattern: PatternName, begin: () => OpenStep): OpenStep {
  const { entity, startUs, parts } = alarm;
  // what the tests say only grows within a window, so its last name is that of all that it holds
  const strength = strengthOf(parts);
  const own = open.steps.find(
    (step) => step.entity === entity && (step.windowUs === startUs || familyOf(step.pattern) === familyOf(pattern)),
  );
  const alike =
    open.steps.find((step) => step.pattern === pattern) ?? (isVague(pattern) ? (own ?? open.steps[0]) : undefined);
  if (own && own !== alike) {
    if (alike) open.steps.splice(open.steps.indexOf(own), 1);
    else {
      if (strength > own.nats) own.pattern = pattern;
      own.nats = Math.max(own.nats, strength);
      return own;
    }
  }
  if (alike) {
    if (own && own !== alike) join(alike, own);
    // what another entity shows is no measure of what this one has to show to be called otherwise
    if (alike.entity === entity) {
      alike.windowUs = startUs;
      alike.nats = Math.max(alike.nats, strength);
    }
    return alike;
  }
  const step = begin();
  open.steps.push(step);
  return step;
}

function familyOf(pattern: PatternName): string {
  return patternOf(pattern).family;
}

/** Says of nothing in particular what it is: no step of its own where there are others. */
export function isVague(pattern: PatternName): boolean {
  return familyOf(pattern) === 'use' || patternOf(pattern).severity === 'notice';
}

function join(into: OpenStep, step: OpenStep): void {
  into.evidence += step.evidence;
  into.lastUs = Math.max(into.lastUs, step.lastUs);
  for (const frame of step.frames) if (into.frames.length < FRAMES) into.frames.push(frame);
  for (const uid of step.uids) if (into.uids.size < SETTINGS.UIDS) into.uids.add(uid);
  for (const key of step.initiators) addParty(into.initiators, key);
  for (const key of step.responders) addParty(into.responders, key);
}

/** True where it was not there. */
export function addParty(parties: Set<number>, key: number): boolean {
  if (parties.has(key) || parties.size > OTHERS) return false;
  parties.add(key);
  return true;
}

/** The step that names an incident. */
export function worstOf(steps: readonly OpenStep[]): OpenStep | undefined {
  let worst = steps[0];
  for (const step of steps) if (patternOf(step.pattern).rank > patternOf(worst.pattern).rank) worst = step;
  return worst;
}

/** In order of time. */
export function storyOf(steps: readonly OpenStep[]): Step[] {
  return [...steps]
    .sort((a, b) => a.firstUs - b.firstUs)
    .map(({ pattern, ends, severalPorts, wide, firstUs, lastUs, evidence, responders }) => ({
      kind: pattern,
      firstUs,
      lastUs,
      evidence,
      initiator: ends.initiator,
      responder: ends.responder,
      servicePort: severalPorts || wide || patternOf(pattern).scope === 'initiator' ? -1 : ends.servicePort,
      others: responders.size - 1,
    }));
}

/** Of each step as many frames as of any other, as long as it has them. */
export function framesOf(steps: readonly OpenStep[]): number[] {
  const share = Math.floor(FRAMES / Math.max(1, steps.length));
  const frames = new Set(steps.flatMap((step) => step.frames.slice(0, share)));
  return [...frames].sort((a, b) => a - b);
}
