/** What is new about a record, as against training: a client, a service, a server. New is not bad. */
import { Key } from '../features/hash.js';
import type { FeatureSchema } from '../features/types.js';
import { type Baseline, offerKey, serviceKey } from './baseline.js';
import { type EndpointColumn, type ScoredBatch, TOP } from './batch.js';
import type { PatternName } from './patterns.js';

const key = new Key();

/** Features that are high for whatever is merely new: rarities of ports, sizes and systems, and everything about addresses. */
const NEW_GROUPS = new Set(['rarity', 'novelty']);
/** Rarities that no new client, service or server explains: of flags, fragments, options and message types. */
const ODD = /header|message/;

/** Per column 1 where its term counts although client, service or server is new. */
export function settledColumns(schema: FeatureSchema): Uint8Array {
  return Uint8Array.from(schema.columns, ({ group, name }) => (NEW_GROUPS.has(group) && !ODD.test(name) ? 0 : 1));
}

/** RFC 1918, RFC 3927, RFC 4193, RFC 4291: an address of one's own network. */
function isOwn(end: EndpointColumn, k: number): boolean {
  const a = end.bytes[16 * k];
  const b = end.bytes[16 * k + 1];
  if (end.family[k] === 4) {
    return a === 10 || (a === 172 && (b & 0xf0) === 16) || (a === 192 && b === 168) || (a === 169 && b === 254);
  }
  if (end.family[k] === 6) return (a & 0xfe) === 0xfc || (a === 0xfe && (b & 0xc0) === 0x80);
  return true;
}

/**
 * The piece of news that a record with a high score carries, or undefined: an own client that was not there, a service
 * that nobody offered or this host did not offer, an own server that was not there. Strangers come and go without news.
 */
export function newsOf(baseline: Baseline, batch: ScoredBatch, k: number): PatternName | undefined {
  const { initiator, responder } = batch;
  if (!baseline.initiators.has(initiator.low[k], initiator.high[k]) && isOwn(initiator, k)) return 'new client';
  if (batch.servicePort[k] >= 0) {
    const offer = offerKey(key, batch, k);
    if (baseline.offers.has(offer.low, offer.high)) return undefined;
    if (!baseline.services.has(serviceKey(batch.protocol[k], batch.servicePort[k]))) return 'new service';
    if (baseline.responders.has(responder.low[k], responder.high[k])) return 'new service';
  } else if (baseline.responders.has(responder.low[k], responder.high[k])) return undefined;
  return 'new server';
}

/** What a score that stands by itself is called, by the feature that makes most of it. */
export function explainsItself(schema: FeatureSchema, batch: ScoredBatch, k: number): PatternName {
  for (let at = k * TOP; at < k * TOP + 2; at++) {
    const { name } = schema.columns[batch.topIndex[at]];
    if (/^tcp_|rarity_header$/.test(name)) return 'odd TCP flags';
    if (/fragment|ip_options/.test(name)) return 'odd fragments';
  }
  return 'unusual traffic';
}
