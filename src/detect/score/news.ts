/** What is new about a record, as against training: a client, a service, a server. New is not bad. */
import { Key } from '../../base/hash.js';
import type { EndpointColumn } from '../feature-batch.js';
import { type Baseline, offerKey } from '../rules/baseline.js';
import type { PatternName } from '../rules/patterns.js';
import type { ScoredBatch } from './scored-batch.js';

const key = new Key();

/** What has no address is no stranger's. */
function isOwn(end: EndpointColumn, k: number): boolean {
  return end.local[k] === 1 || end.family[k] === 0;
}

/**
 * The piece of news that a record with a high score carries, or undefined: an own client that was not there, a service
 * that nobody offered or this host did not offer, an own server that was not there. Strangers with known services come and
 * go: that is new, and not worth telling.
 */
export function newsOf(baseline: Baseline, batch: ScoredBatch, k: number): PatternName | 'strangers' | undefined {
  const { initiator, responder, initiatorPort, servicePort } = batch;
  // what does not answer offers nothing
  if (batch.probe[k] === 1) return 'strangers';
  // either end may offer the service, and neither is the new one
  if (batch.begun[k] === 0) {
    const known =
      offers(baseline, batch, k, responder, servicePort[k]) || offers(baseline, batch, k, initiator, initiatorPort[k]);
    return known ? undefined : 'strangers';
  }
  if (!baseline.initiators.has(initiator.low[k], initiator.high[k]) && isOwn(initiator, k)) return 'new client';
  if (servicePort[k] >= 0) {
    if (offers(baseline, batch, k, responder, servicePort[k])) return undefined;
    if (!baseline.hadService(batch.protocol[k], servicePort[k])) return 'new service';
    if (baseline.responders.has(responder.low[k], responder.high[k])) return 'new service';
  } else if (baseline.responders.has(responder.low[k], responder.high[k])) return undefined;
  // the question makes somebody a server; an error comes unasked from any router on the way (RFC 792, RFC 4443)
  else if (batch.fromInitiator[k] === 0) return 'strangers';
  return isOwn(responder, k) ? 'new server' : 'strangers';
}

/** Whether training had the service at this end. */
function offers(baseline: Baseline, batch: ScoredBatch, k: number, end: EndpointColumn, port: number): boolean {
  const offer = offerKey(key, end, k, batch.protocol[k], port);
  return baseline.offers.has(offer.low, offer.high);
}
