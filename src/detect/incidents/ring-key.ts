/** Keys under which evidence is gathered: by whom or what a pattern is about. */
import { exactKey, Key } from '../../base/hash.js';
import type { FeatureBatch } from '../feature-batch.js';
import { type PatternName, patternOf } from '../rules/patterns.js';
import type { Parties } from './book.js';

const key = new Key();
const FAMILIES = [
  'scan',
  'flood',
  'service',
  'dns',
  'exfiltration',
  'beacon',
  'segment',
  'macs',
  'new',
  'spoofed',
  'strays',
];

export interface RingKey {
  low: number;
  high: number;
}

export function partiesOf(batch: FeatureBatch, k: number, pattern: PatternName, into: Parties): Parties {
  const turned = patternOf(pattern).bySender && batch.fromInitiator[k] === 0;
  into.initiator = (turned ? batch.responder : batch.initiator).key(k);
  into.responder = (turned ? batch.initiator : batch.responder).key(k);
  service(batch, k);
  into.service = exactKey(key.low, key.high);
  return into;
}

function service(batch: FeatureBatch, k: number): void {
  const { low, high } = batch.responder;
  key.start(0x53).addPair(low[k], high[k]).add(batch.protocol[k]).add(batch.servicePort[k]);
}

/** Evidence of one family about one initiator, responder, pair or segment comes together. */
export function evidenceKey(batch: FeatureBatch, k: number, pattern: PatternName, into: RingKey): RingKey {
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
