/**
 * What a feature extractor gives to the model and to detection, for both record kinds.
 */

import type { Clock } from './clock.js';
import { newTraffic, type Traffic } from './traffic.js';

export type RecordKind = 'packet' | 'connection';

/** Groups can be switched; `novelty` is what `--no-novelty` leaves out. */
export type FeatureGroup =
  | 'packet'
  | 'damped'
  | 'window'
  | 'flow'
  | 'kind'
  | 'rarity'
  | 'arp'
  | 'novelty'
  | 'connection'
  | 'state';

/** A column as a bundle keeps it. */
export interface SavedColumn {
  readonly name: string;
  readonly unit: string;
  readonly doc: string;
  readonly group: FeatureGroup;
  /** 0/1 input: not scaled */
  readonly binary: boolean;
}

/** A column as the program knows it: with all that detection and its explanations want to know of a feature. */
export interface FeatureColumn extends SavedColumn {
  /** the value without logarithm or division, and its unit: 6.7 "ln ports" are 811 ports */
  readonly plain: (value: number) => number;
  readonly plainUnit: string;
  /** told as yes or no */
  readonly flag: boolean;
  /** rarities: what it is that was rare in training */
  readonly rarityOf?: string;
}

/** The features of a bundle, or with `FeatureColumn` those of the program itself. */
export interface FeatureSchema<C extends SavedColumn = FeatureColumn> {
  readonly kind: RecordKind;
  readonly columns: readonly C[];
}
export type SavedSchema = FeatureSchema<SavedColumn>;

/** One end of a conversation. `family` 4 and 6: IP address; 48: MAC address; 0: unknown. Reused and overwritten. */
export class Endpoint {
  family: 0 | 4 | 6 | 48 = 0;
  /** 4, 16 or 6 bytes used */
  readonly bytes = new Uint8Array(16);
  /** the same, four at a time, for who copies them */
  readonly words = new Int32Array(this.bytes.buffer);
  /** two 32-bit halves of a hash of family and bytes */
  hashLow = 0;
  hashHigh = 0;
  /** one of the monitored host's own addresses; a group is nobody's */
  local = false;
}

/** From the monitored host, and to it or a group it may be in. */
export const OUTBOUND = 0;
export const INBOUND = 1;

/** Who did what to whom, of the record last transformed. Detection keys incidents by (initiator, responder). */
export interface RecordContext {
  /** µs since the epoch, as the record says */
  timestampUs: number;
  /** µs; the time that counts: never goes back, and steps of the capture's clock do not move it (see clock.ts) */
  clockUs: number;
  /** µs since the epoch; the record's own time where it can be believed, else that of the record before */
  wallUs: number;
  /** µs, on the same clock: of a connection its own start, which may be before those of records that came earlier */
  startUs: number;
  /** bytes on the wire */
  bytes: number;
  /** of them those that the responder sent */
  replyBytes: number;
  /** IP protocol number; -1 ARP, -2 other non-IP */
  protocol: number;
  readonly initiator: Endpoint;
  readonly responder: Endpoint;
  /** -1 where the protocol has none */
  initiatorPort: number;
  servicePort: number;
  /** the record was sent by the initiator */
  fromInitiator: boolean;
  /** first record of its flow, and its beginning: a connection is opened */
  opensFlow: boolean;
  /** the beginning of its flow was seen, so it is known who began; else initiator and responder are a guess by ports */
  begun: boolean;
  /** an attempt from outside that came to nothing: nobody answered, or it was refused; a packet cannot tell */
  probe: boolean;
  /** packets: MAC address of the sender as a number, -1 where it has none */
  sourceMac?: number;
  /** packets: the MAC address that the sender's address, `moved`, has, where it speaks at another one; else -1 */
  formerMac?: number;
  /** or that of the router in whose place the sender forwards */
  readonly moved: Endpoint;
  /** … that one was a router's; it is still there */
  formerRoutes?: boolean;
  formerPresent?: boolean;
  /** what kind of input it is of: bits, see the table of forms */
  form: number;
  readonly traffic: Traffic;
}

/** A context to be filled. A connection record opens its flow, and is told from its originator's side. */
export function newContext(): RecordContext {
  return {
    timestampUs: 0,
    clockUs: 0,
    wallUs: 0,
    startUs: 0,
    bytes: 0,
    replyBytes: 0,
    protocol: -2,
    initiator: new Endpoint(),
    responder: new Endpoint(),
    initiatorPort: -1,
    servicePort: -1,
    fromInitiator: true,
    opensFlow: true,
    begun: true,
    probe: false,
    sourceMac: -1,
    formerMac: -1,
    moved: new Endpoint(),
    formerRoutes: false,
    formerPresent: false,
    form: 0,
    traffic: newTraffic(),
  };
}

/**
 * Turns records into rows. Stateful: records come in time order. One pass with `learn` over training data builds the
 * vocabularies; after `freeze` they change no more, and `transform` gives the rows.
 */
export interface FeatureExtractor<R> {
  readonly schema: FeatureSchema;
  /** goes with the records; `freeze` begins it anew */
  readonly clock: Clock;
  /** of the record last given to `learn` or `transform` */
  readonly context: RecordContext;
  /** envelope counts of the record last transformed, in the order of the detector's table of counts; NaN = not of this record's kind */
  readonly counts: Float64Array;
  learn(record: R, block: number): void;
  freeze(): void;
  /** Writes `schema.columns.length` values at `out[at]`. `block`: the training block whose own counts are left out, -1 when detecting. */
  transform(record: R, out: Float32Array, at: number, block?: number): void;
  /**
   * Goes on with what another extractor has learned, of the same columns and before its first record: what was counted so far
   * stays. @throws AnomalyError BAD_MODEL, with nothing changed, where that cannot be
   */
  adopt(learned: FeatureExtractor<R>): void;
  /** What the bundle keeps: vocabularies, known peers, own addresses. JSON-safe. */
  state(): unknown;
}
