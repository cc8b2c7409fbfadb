/** Keys under which evidence is gathered: by whom or what a pattern is about. */
import { Key } from '../../base/hash.js';
import { type PatternName, patternOf } from '../rules/patterns.js';
import type { EndpointColumn, ScoredBatch } from '../score/scored-batch.js';
import type { Parties } from './book.js';

const key = new Key();
const FAMILIES = ['scan', 'flood', 'service', 'dns', 'exfiltration', 'beacon', 'segment', 'score', 'new'];

export interface RingKey {
  low: number;
  high: number;
}

/** An end as one exact number of 53 bits. */
export function endOf(end: EndpointColumn, k: number): number {
  return (end.low[k] >>> 0) * 2 ** 21 + (end.high[k] >>> 11);
}

export function partiesOf(batch: ScoredBatch, k: number, into: Parties): Parties {
  into.initiator = endOf(batch.initiator, k);
  into.responder = endOf(batch.responder, k);
  service(batch, k);
  into.service = (key.low >>> 0) * 2 ** 21 + (key.high >>> 11);
  return into;
}

function service(batch: ScoredBatch, k: number): void {
  const { low, high } = batch.responder;
  key.start(0x53).addPair(low[k], high[k]).add(batch.protocol[k]).add(batch.servicePort[k]);
}

/** Evidence of one family about one initiator, responder, pair or segment comes together. */
export function evidenceKey(batch: ScoredBatch, k: number, pattern: PatternName, into: RingKey): RingKey {
  const { initiator, responder } = batch;
  const { scope, family } = patternOf(pattern);
  if (pattern === 'new service') service(batch, k);
  else {
    key.start(0x52).add(FAMILIES.indexOf(family));
    if (pattern === 'new client' && batch.fromInitiator[k] === 1 && batch.sourceMac[k] >= 0) {
      key.addWide(batch.sourceMac[k]);
    } else if (scope === 'initiator' || scope === 'pair') key.addPair(initiator.low[k], initiator.high[k]);
    if (scope === 'responder' || scope === 'pair') key.addPair(responder.low[k], responder.high[k]);
  }
  into.low = key.low;
  into.high = key.high;
  return into;
}
