/**
 * What was there in training, beside the model itself: the highest counts of the segment, hosts and services, the kind of
 * input. Fitted once over the training records in time order, kept in the bundle as plain data.
 */
// the bundle reads its own files with zod, and this part of them is opaque to it
import { z } from 'zod';
import { AnomalyError } from '../../base/errors.js';
import { Key } from '../../base/hash.js';
import type { RecordKind } from '../../features/extractor.js';
import { FactsBuilder, factsSchema } from '../facts/learned.js';
import type { EndpointColumn, FeatureBatch } from '../feature-batch.js';
import { InputBuilder, inputSchema } from '../input/learned.js';
import { Known } from './known.js';

/** Key of a service, protocol included: exact in a number. */
const serviceKey = (protocol: number, port: number): number => (protocol + 2) * 65_536 + port;

/** 4: with protocol facts, without what each client did with each service, which is evidence now */
const BASELINE_VERSION = 4;

const stateSchema = z
  .object({
    version: z.literal(BASELINE_VERSION),
    counts: z.array(z.int().min(0)),
    initiators: z.string(),
    responders: z.string(),
    offers: z.string(),
    ports: z.string(),
    macs: z.string(),
    facts: factsSchema,
    input: inputSchema,
  })
  // what is counted in records is no more than they are
  .refine(({ counts, facts, input }) =>
    [...counts, ...facts.counts.map(({ records }) => records)].every((n) => n <= input.records),
  );
export type BaselineState = z.infer<typeof stateSchema>;

/** Key of "this host offers this service". */
export function offerKey(key: Key, end: EndpointColumn, k: number, protocol: number, port: number): Key {
  return key
    .start(0x4f)
    .addPair(end.low[k], end.high[k])
    .add((protocol << 16) ^ port);
}

/** Learns the baseline from training records, given in time order with their counts (neither rows nor scores needed). */
export class BaselineBuilder {
  private readonly counts: Float64Array;
  private readonly initiators = new Known();
  private readonly responders = new Known();
  private readonly offers = new Known();
  private readonly ports = new Known();
  private readonly macs = new Known();
  private readonly facts = new FactsBuilder();
  readonly input: InputBuilder;
  private readonly key = new Key();

  /**
   * @param countWidth counts a record
   * @param kind of the records
   */
  constructor(countWidth: number, kind: RecordKind = 'packet') {
    this.input = new InputBuilder(kind);
    this.counts = new Float64Array(countWidth);
  }

  observe(batch: FeatureBatch): void {
    for (let k = 0; k < batch.count; k++) this.observeRecord(batch, k);
  }

  private observeRecord(batch: FeatureBatch, k: number): void {
    this.input.observe(batch, k);
    this.facts.observe(batch, k);
    const width = batch.countWidth;
    for (let c = 0; c < width; c++) {
      const value = batch.counts[k * width + c];
      if (value > this.counts[c]) this.counts[c] = value;
    }
    const { initiator, responder, initiatorPort, servicePort } = batch;
    const begun = batch.begun[k] === 1;
    if (batch.opensFlow[k] === 1 || !begun) {
      this.initiators.add(initiator.low[k], initiator.high[k]);
      if (batch.sourceMac[k] >= 0) this.macs.add(batch.sourceMac[k] | 0, batch.sourceMac[k] / 2 ** 32);
      if (batch.probe[k] === 0) this.addOffer(batch, k, responder, servicePort[k]);
    }
    // of a connection joined in its middle either end may be the one that began it, and both were there
    if (!begun) {
      this.initiators.add(responder.low[k], responder.high[k]);
      this.addOffer(batch, k, initiator, initiatorPort[k]);
    }
  }

  private addOffer(batch: FeatureBatch, k: number, end: EndpointColumn, port: number): void {
    this.responders.add(end.low[k], end.high[k]);
    if (port < 0) return;
    this.ports.add(serviceKey(batch.protocol[k], port), 0);
    const offer = offerKey(this.key, end, k, batch.protocol[k], port);
    this.offers.add(offer.low, offer.high);
  }

  /** Plain data for the bundle. */
  state(): BaselineState {
    return {
      version: BASELINE_VERSION,
      counts: Array.from(this.counts),
      initiators: this.initiators.state(),
      responders: this.responders.state(),
      offers: this.offers.state(),
      ports: this.ports.state(),
      macs: this.macs.state(),
      facts: this.facts.state(),
      input: this.input.state(),
    };
  }
}

/** The baseline as detection reads it. */
export class Baseline {
  readonly initiators: Known;
  readonly responders: Known;
  readonly offers: Known;
  readonly macs: Known;
  private readonly ports: Known;

  private constructor(
    readonly state: BaselineState,
    known: { initiators: Known; responders: Known; offers: Known; ports: Known; macs: Known },
  ) {
    this.initiators = known.initiators;
    this.responders = known.responders;
    this.offers = known.offers;
    this.ports = known.ports;
    this.macs = known.macs;
  }

  /** @throws AnomalyError BAD_MODEL where `raw` is not what `BaselineBuilder.state` gave for that many counts */
  static from(raw: unknown, countWidth: number): Baseline {
    const version = (raw as { version?: unknown } | null)?.version;
    if (typeof version === 'number' && version !== BASELINE_VERSION) {
      throw new AnomalyError('BAD_MODEL', 'the model is of another version of this program; train it again');
    }
    const parsed = stateSchema.safeParse(raw);
    const state = parsed.data;
    const initiators = Known.from(state?.initiators);
    const responders = Known.from(state?.responders);
    const offers = Known.from(state?.offers);
    const ports = Known.from(state?.ports);
    const macs = Known.from(state?.macs);
    if (!state || !initiators || !responders || !offers || !ports || !macs) {
      throw new AnomalyError('BAD_MODEL', "the model's baseline is damaged; train again");
    }
    if (state.counts.length !== countWidth) {
      throw new AnomalyError('BAD_MODEL', "the model's baseline is of other counts than this program's; train again");
    }
    return new Baseline(state, { initiators, responders, offers, ports, macs });
  }

  /** Whether anybody offered such a service in training, be it once, or in a connection whose beginning was not seen. */
  hadService(protocol: number, port: number): boolean {
    return this.ports.has(serviceKey(protocol, port), 0);
  }
}
