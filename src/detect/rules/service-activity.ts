/**
 * What one client does with one service over the last minute: connections, bytes each way, and questions (a client's
 * data record after the server's), which is the shape of guessing over few connections. Beside it the start times and
 * sizes of its last connections, for regularity. Bounded: the least used make room.
 */
import { Key } from '../../base/hash.js';
import type { RecordKind } from '../../features/extractor.js';
import { RECORD_KINDS } from '../../features/record-kinds.js';
import { SlotTable, tickOf } from '../../features/slot-table.js';
import { BUCKET_SECONDS, WindowCounters } from '../../features/window.js';
import type { FeatureBatch } from '../feature-batch.js';
import { SETTINGS } from '../settings.js';

/** Counters of an activity, in the order of `WindowCounters`. */
export const FLOWS = 0;
export const UP = 1;
export const DOWN = 2;
export const TURNS = 3;
export const ACTIVITY_COUNTERS = 4;

const TCP = 6;
/** Connections remembered for regularity. */
export const RING = 32;
/** A record of at least this many bytes on the wire carries data (a bare acknowledgement has up to 98). */
const DATA_BYTES = 100;

export class Activities {
  /** sums of the activity last observed: flows, bytes up, bytes down, questions */
  readonly values = new Float64Array(ACTIVITY_COUNTERS);
  /** the record last observed opened a connection */
  opens = false;
  /** connections since the activity was first seen, answered ones only */
  readonly connections: Int32Array;
  /** start [s] and size [B] of the last RING answered connections; in the order of records, which may not be that of starts */
  readonly starts: Float64Array;
  readonly sizes: Float64Array;
  private readonly table: SlotTable;
  private readonly windows: WindowCounters;
  private readonly lastFromServer: Uint8Array;
  /** the connection going on: its start [s], bytes, and whether the server answered */
  readonly openStart: Float64Array;
  /** its initiator's port; -1 while there was none */
  private readonly openPort: Int32Array;
  private readonly openBytes: Float64Array;
  private readonly openAnswered: Uint8Array;
  private readonly key = new Key();

  private readonly wholeConnections: boolean;

  /** @param kind of the records */
  constructor(kind: RecordKind = 'packet', capacity: number = SETTINGS.ACTIVITIES) {
    this.wholeConnections = RECORD_KINDS[kind].wholeConnections;
    this.table = new SlotTable(capacity);
    this.windows = new WindowCounters(capacity, ACTIVITY_COUNTERS);
    this.connections = new Int32Array(capacity);
    this.starts = new Float64Array(capacity * RING);
    this.sizes = new Float64Array(capacity * RING);
    this.lastFromServer = new Uint8Array(capacity);
    this.openStart = new Float64Array(capacity);
    this.openPort = new Int32Array(capacity);
    this.openBytes = new Float64Array(capacity);
    this.openAnswered = new Uint8Array(capacity);
  }

  /** Takes in record k; returns its activity's slot, or -1 where the protocol has no ports. */
  observe(batch: FeatureBatch, k: number): number {
    const port = batch.servicePort[k];
    if (port < 0) return -1;
    const { initiator, responder } = batch;
    const key = this.key.start(0x41).addPair(initiator.low[k], initiator.high[k]);
    key.addPair(responder.low[k], responder.high[k]).add((batch.protocol[k] << 16) ^ port);
    const seconds = batch.clockUs[k] / 1e6;
    const slot = this.table.claim(key.low, key.high, tickOf(seconds));
    const bucket = Math.floor(seconds / BUCKET_SECONDS);
    if (this.table.fresh) this.reset(slot, bucket);
    this.windows.advance(slot, bucket);
    const bytes = batch.bytes[k];
    const fromClient = batch.fromInitiator[k] === 1;
    this.opens = this.isNew(batch, k, slot);
    if (this.opens) {
      this.close(slot);
      this.openStart[slot] = batch.startUs[k] / 1e6;
      this.openPort[slot] = batch.initiatorPort[k];
      this.openBytes[slot] = 0;
      this.openAnswered[slot] = 0;
      this.windows.add(slot, bucket, FLOWS, 1);
    }
    // which connection the bytes of one joined in its middle are of is not known
    const begun = batch.begun[k] === 1;
    if (begun) this.openBytes[slot] += bytes;
    const replied = batch.replyBytes[k];
    if (bytes > replied) this.windows.add(slot, bucket, UP, bytes - replied);
    if (replied > 0) this.windows.add(slot, bucket, DOWN, replied);
    // one's own calls that nobody answers count: a program may call home in vain
    const answers = !fromClient || (this.wholeConnections && batch.probe[k] === 0);
    if (answers && begun) this.openAnswered[slot] = 1;
    if (bytes >= DATA_BYTES) {
      if (fromClient && this.lastFromServer[slot] === 1) this.windows.add(slot, bucket, TURNS, 1);
      this.lastFromServer[slot] = fromClient ? 0 : 1;
    }
    for (let i = 0; i < ACTIVITY_COUNTERS; i++) this.values[i] = this.windows.get(slot, i);
    return slot;
  }

  /**
   * A record that opens a flow opens a connection, unless the last one goes on: from the same port, and not as a new
   * connection of TCP, which a SYN begins (a sensor that ends a silent flow writes the next row of it when it is heard again).
   */
  private isNew(batch: FeatureBatch, k: number, slot: number): boolean {
    if (batch.opensFlow[k] === 0) return false;
    return batch.protocol[k] === TCP || this.openPort[slot] !== batch.initiatorPort[k];
  }

  private reset(slot: number, bucket: number): void {
    this.windows.reset(slot, bucket);
    this.connections[slot] = 0;
    this.lastFromServer[slot] = 0;
    this.openStart[slot] = this.openPort[slot] = -1;
  }

  private close(slot: number): void {
    if (this.openStart[slot] < 0 || this.openAnswered[slot] === 0) return;
    const at = slot * RING + (this.connections[slot]++ % RING);
    this.starts[at] = this.openStart[slot];
    this.sizes[at] = this.openBytes[slot];
  }
}
