/**
 * Records with their features, in columns: copies of what the extractor says about each one (its context is overwritten by
 * the next), the raw feature rows, and the counts that rules watch. Training learns its baseline from these.
 */
import { addressText } from '../base/address.js';
import { ColumnMemory } from '../base/column-memory.js';
import { exactKey } from '../base/hash.js';
import type { Endpoint, RecordContext } from '../features/extractor.js';
import { TrafficColumns } from './traffic-columns.js';

/** One end of every record of the batch, in columns. */
export class EndpointColumn {
  readonly family: Uint8Array;
  /** 16 bytes a record, and the same, four at a time */
  readonly bytes: Uint8Array;
  private readonly words: Int32Array;
  readonly low: Int32Array;
  readonly high: Int32Array;
  /** 0/1 */
  readonly local: Uint8Array;

  constructor(capacity: number, memory: ColumnMemory) {
    this.family = memory.column(Uint8Array, capacity);
    this.words = memory.column(Int32Array, capacity * 4);
    this.bytes = new Uint8Array(this.words.buffer, this.words.byteOffset, capacity * 16);
    this.low = memory.column(Int32Array, capacity);
    this.high = memory.column(Int32Array, capacity);
    this.local = memory.column(Uint8Array, capacity);
  }

  set(k: number, end: Endpoint): void {
    this.family[k] = end.family;
    this.low[k] = end.hashLow;
    this.high[k] = end.hashHigh;
    this.local[k] = end.local ? 1 : 0;
    for (let i = 0, at = 4 * k; i < 4; i++) this.words[at + i] = end.words[i];
  }

  /** The address of record k; empty where it has none. */
  text(k: number): string {
    return addressText(this.family[k], this.bytes, 16 * k);
  }

  /** The hash of record k's end in one number. */
  key(k: number): number {
    return exactKey(this.low[k], this.high[k]);
  }
}

export class FeatureBatch {
  count = 0;
  /** 1-based numbers in the input */
  readonly frame: Float64Array;
  readonly timestampUs: Float64Array;
  /** the time that counts, never going back; see RecordContext */
  readonly clockUs: Float64Array;
  /** the time of day, without times that cannot be believed; see RecordContext */
  readonly wallUs: Float64Array;
  readonly startUs: Float64Array;
  /** on the wire, and of them the responder's */
  readonly bytes: Float64Array;
  readonly replyBytes: Float64Array;
  readonly protocol: Int16Array;
  /** 0/1 */
  readonly fromInitiator: Uint8Array;
  readonly opensFlow: Uint8Array;
  readonly begun: Uint8Array;
  readonly probe: Uint8Array;
  /** 48 bits in a number; -1 none */
  readonly sourceMac: Float64Array;
  /** where an address, `moved`, speaks at another MAC than its own: that one; else -1 */
  readonly formerMac: Float64Array;
  readonly moved: EndpointColumn;
  /** 0/1: that one was a router's; it is still there */
  readonly formerRoutes: Uint8Array;
  readonly formerPresent: Uint8Array;
  readonly form: Uint16Array;
  readonly initiatorPort: Int32Array;
  readonly servicePort: Int32Array;
  readonly initiator: EndpointColumn;
  readonly responder: EndpointColumn;
  readonly traffic: TrafficColumns;
  /** raw features, [capacity x width], row-major: the extractor writes row `count` at `count * width` before `add` */
  readonly rows: Float32Array;
  /** [capacity x counts] */
  readonly counts: Float64Array;

  /**
   * @param capacity records
   * @param width features a record
   * @param countWidth envelope counts a record
   * @param memory where the columns are
   */
  constructor(
    readonly capacity: number,
    readonly width: number,
    readonly countWidth: number,
    memory = new ColumnMemory(),
  ) {
    this.frame = memory.column(Float64Array, capacity);
    this.timestampUs = memory.column(Float64Array, capacity);
    this.clockUs = memory.column(Float64Array, capacity);
    this.wallUs = memory.column(Float64Array, capacity);
    this.startUs = memory.column(Float64Array, capacity);
    this.bytes = memory.column(Float64Array, capacity);
    this.replyBytes = memory.column(Float64Array, capacity);
    this.protocol = memory.column(Int16Array, capacity);
    this.fromInitiator = memory.column(Uint8Array, capacity);
    this.opensFlow = memory.column(Uint8Array, capacity);
    this.begun = memory.column(Uint8Array, capacity);
    this.probe = memory.column(Uint8Array, capacity);
    this.sourceMac = memory.column(Float64Array, capacity);
    this.formerMac = memory.column(Float64Array, capacity);
    this.moved = new EndpointColumn(capacity, memory);
    this.formerRoutes = memory.column(Uint8Array, capacity);
    this.formerPresent = memory.column(Uint8Array, capacity);
    this.form = memory.column(Uint16Array, capacity);
    this.initiatorPort = memory.column(Int32Array, capacity);
    this.servicePort = memory.column(Int32Array, capacity);
    this.initiator = new EndpointColumn(capacity, memory);
    this.responder = new EndpointColumn(capacity, memory);
    this.traffic = new TrafficColumns(capacity, memory);
    this.rows = memory.column(Float32Array, capacity * width);
    this.counts = memory.column(Float64Array, capacity * countWidth);
  }

  /** Takes in the record that the extractor last transformed; its row is in place already. Returns its index. */
  add(context: RecordContext, counts: Float64Array, frame: number): number {
    const k = this.count++;
    this.frame[k] = frame;
    this.timestampUs[k] = context.timestampUs;
    this.clockUs[k] = context.clockUs;
    this.wallUs[k] = context.wallUs;
    this.startUs[k] = context.startUs;
    this.bytes[k] = context.bytes;
    this.replyBytes[k] = context.replyBytes;
    this.protocol[k] = context.protocol;
    this.fromInitiator[k] = context.fromInitiator ? 1 : 0;
    this.opensFlow[k] = context.opensFlow ? 1 : 0;
    this.begun[k] = context.begun ? 1 : 0;
    this.probe[k] = context.probe ? 1 : 0;
    this.sourceMac[k] = context.sourceMac ?? -1;
    this.formerMac[k] = context.formerMac ?? -1;
    if (this.formerMac[k] >= 0) this.moved.set(k, context.moved);
    this.formerRoutes[k] = context.formerRoutes ? 1 : 0;
    this.formerPresent[k] = context.formerPresent ? 1 : 0;
    this.form[k] = context.form;
    this.initiatorPort[k] = context.initiatorPort;
    this.servicePort[k] = context.servicePort;
    this.initiator.set(k, context.initiator);
    this.responder.set(k, context.responder);
    this.traffic.set(k, context.traffic);
    for (let i = 0, at = k * this.countWidth; i < this.countWidth; i++) this.counts[at + i] = counts[i];
    return k;
  }

  clear(): void {
    this.count = 0;
  }
}
