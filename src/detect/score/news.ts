/** What is new about a record, as against training: a client, a service, a server. New is not bad. */
import { Key } from '../../base/hash.js';
import type { FeatureSchema } from '../../features/extractor.js';
import type { EndpointColumn } from '../feature-batch.js';
import { type Baseline, offerKey } from '../rules/baseline.js';
import type { PatternName } from '../rules/patterns.js';
import { type ScoredBatch, TOP } from './scored-batch.js';

const key = new Key();
const TCP = 6;

/** Per column 1 where its term counts although client, service or server is new. */
export function settledColumns(schema: FeatureSchema): Uint8Array {
  return Uint8Array.from(schema.columns, ({ explainedByNews }) => (explainedByNews ? 0 : 1));
}

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

/** What a score that stands by itself is called. */
export class OddKinds {
  private readonly fragment: number;
  private readonly flags: Set<number>;
  /** columns of single flags; -1 where the schema has none */
  private readonly fin: number;
  private readonly syn: number;
  private readonly rst: number;
  private readonly ack: number;
  private readonly urg: number;

  constructor(schema: FeatureSchema) {
    const column = (name: string) => schema.columns.findIndex((c) => c.name === name);
    this.fin = column('tcp_fin');
    this.syn = column('tcp_syn');
    this.rst = column('tcp_rst');
    this.ack = column('tcp_ack');
    this.urg = column('tcp_urg');
    this.fragment = schema.columns.findIndex(({ header }) => header === 'fragment');
    this.flags = new Set(schema.columns.flatMap(({ header }, j) => (header === 'TCP flags' ? [j] : [])));
  }

  /** By the header fields among the largest terms. */
  of(batch: ScoredBatch, k: number): PatternName {
    if (this.fragment >= 0 && batch.rows[k * batch.width + this.fragment] > 0) return 'odd fragments';
    if (batch.protocol[k] !== TCP) return 'unusual traffic';
    if (this.areUsual(batch, k)) return 'unusual traffic';
    for (let at = k * TOP; at < k * TOP + 2; at++) if (this.flags.has(batch.topIndex[at])) return 'odd TCP flags';
    return 'unusual traffic';
  }

  /**
   * Flags that every TCP sends (RFC 9293, 3.10): one of SYN, FIN and RST at most, never urgent, and without ACK only SYN and
   * RST. What is unusual of such a record is when it came, not its flags.
   */
  private areUsual(batch: ScoredBatch, k: number): boolean {
    const set = (column: number) => column >= 0 && batch.rows[k * batch.width + column] > 0;
    const [fin, syn, rst] = [set(this.fin), set(this.syn), set(this.rst)];
    if (set(this.urg) || Number(fin) + Number(syn) + Number(rst) > 1) return false;
    return set(this.ack) || syn || rst;
  }
}
