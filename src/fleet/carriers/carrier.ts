/** What carries bodies between sensors and the hub: four calls, for sensors, and what the hub's side needs beside them. */
import { AnomalyError } from '../../base/errors.js';
import { printable } from '../../base/text.js';

/** Where a message stands in what the carrier keeps. */
export interface Position {
  /** the server, so that another one is noticed */
  readonly server: string;
  readonly stream: string;
  /** when that stream was made, so that one made anew is noticed */
  readonly created: string;
  /** from 1, with holes */
  readonly sequence: number;
  /** ms since the epoch by the carrier's clock */
  readonly storedMs: number;
  /** of a folder, where each subject has numbers of its own: number and time of the last message, by subject */
  readonly marks?: Readonly<Record<string, readonly [sequence: number, storedMs: number]>>;
}

export interface Message {
  readonly subject: string;
  /** what it was published under, where that was kept */
  readonly id: string | undefined;
  readonly bytes: Uint8Array;
  readonly position: Position;
}

/** Why a carrier did not do it; the others are defects of ours. */
export type CarrierTrouble =
  /** nobody answers; later it may */
  | 'unreachable'
  /** there is no stream for it yet; later there may be */
  | 'unprepared'
  /** no room on the hub's side */
  | 'full'
  /** the credentials do not allow it, or are none */
  | 'refused'
  /** the body is larger than the carrier takes */
  | 'too large';

export class CarrierError extends Error {
  constructor(
    readonly trouble: CarrierTrouble,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'CarrierError';
  }
}

/** As the hub's side ends with it. @param name the hub's */
export function hubError(name: string, error: CarrierError): AnomalyError {
  const code = error.trouble === 'refused' ? 'NO_PERMISSION' : 'HUB';
  return new AnomalyError(code, `hub ${name}: ${printable(error.message)}`, { cause: error });
}

/** A sensor's side. All calls may be under way at once; each rejects with a CarrierError. */
export interface Carrier {
  /** which hub, without credentials, for people */
  readonly name: string;
  /** whether the hub answered last */
  readonly connected: boolean;
  /**
   * Resolves when the hub has stored it. The same `id` within the duplicate window is stored once:
   * a server looks for it in the whole stream, a folder in the subject alone, so an id has to be of its subject.
   * Without an id it is only sent: nobody says that it arrived.
   */
  publish(subject: string, id: string | undefined, bytes: Uint8Array): Promise<void>;
  /** The newest message of a subject of the control stream; undefined: there is none. */
  last(subject: string): Promise<Message | undefined>;
  /**
   * Messages of one stream in its order, old and new, until `signal` ends it; through lost connections, for as long as it takes.
   * It begins after `from`. Where what is kept is not what it was (another server, a stream made anew, or one that ends before
   * `from`) it begins ten minutes before the time of `from`: what was read before comes again. Without `from`: at the first.
   */
  replay(filter: string, from: Position | undefined, signal: AbortSignal): AsyncIterable<Message>;
  /** Something of the control stream is new: look at it soon. */
  nudges(signal: AbortSignal): AsyncIterable<void>;
  /** Waits a moment for what is under way. Idempotent. */
  close(): Promise<void>;
}

/** The hub's side. */
export interface HubCarrier extends Carrier {
  /** Makes the streams where they are absent. Rejects with a CarrierError. */
  prepare(): Promise<void>;
  /** Tells all sensors to look at the control stream. */
  nudge(): Promise<void>;
}

export interface CarrierOptions {
  /** `nats://…`, `tls://…`, or a folder */
  readonly hub: string;
  /** a sensor's name, for its inbox; undefined: the hub's side */
  readonly sensor: string | undefined;
  /** of the hub's side, who publishes: it must not hear what the sink is sent */
  readonly isOwner?: boolean;
  /** file with an nkey seed, or credentials (`.creds`) */
  readonly key: string | undefined;
  /** file with the certificate of the hub's authority */
  readonly ca: string | undefined;
  /** says one line about the connection */
  readonly note: (line: string) => void;
  /** ends the hub's side's waiting for its first connection */
  readonly signal?: AbortSignal;
}
