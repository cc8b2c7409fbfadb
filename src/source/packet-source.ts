/**
 * Where packets come from. Live capture, capture files and standard input all look like this downstream.
 */

import type { ClockStep } from '../base/time.js';
import type { RecordBatch } from '../table/record.js';
import type { Origins } from './origins.js';

/** A batch of captured packets. Its buffers are reused: valid until the next batch is asked for. */
export interface PacketBatch {
  readonly count: number;
  /** bytes of all packets of the batch */
  readonly data: Uint8Array;
  /** per packet: where its bytes start in `data` */
  readonly offset: Int32Array;
  /** per packet: bytes captured */
  readonly capLen: Int32Array;
  /** per packet: bytes on the wire */
  readonly wireLen: Int32Array;
  /** per packet: µs since the epoch, exact integers */
  readonly timestampUs: Float64Array;
  /** per packet: LINKTYPE_ number of the capture file formats */
  readonly linkType: Int32Array;
}

/** A stretch of time in which packets may have passed unseen. */
export interface Gap {
  readonly fromUs: number;
  readonly toUs: number;
  readonly reason: string;
}

/** What a source knows about itself so far; complete once the iteration ended. Counters that cannot be known are undefined. */
export interface SourceFacts {
  /** file name, `-` or interface, safe to print */
  readonly name: string;
  readonly format: string;
  /** records describe the innermost packets of tunnels (--inner) */
  inner?: boolean;
  /** "cap", "tcpdump", or undefined for files */
  driver?: string;
  received: number;
  filtered?: number;
  /** dropped by kernel or driver; undefined: the driver cannot know */
  dropped?: number;
  /** estimate from the interface's counters where `dropped` is unknown */
  droppedEstimate?: number;
  /** of files: where each record is to be found */
  readonly origins?: Origins;
  /** link types that could not be decoded: number and name */
  undecoded?: readonly string[];
  readonly gaps: Gap[];
  /** steps of a minute and more of the clock that stamped the packets; undefined: cannot be told from time that passed */
  clockSteps?: readonly ClockStep[];
  /** one line each, safe to print: truncated tail, skipped blocks, … */
  readonly warnings: string[];
}

/** Whether packets come, where nobody sees when they do not. */
export interface PacketHealth {
  /** why there is no capture just now; it goes on as soon as it can */
  readonly interruption?: string | undefined;
  /** why it will not go on by itself */
  readonly stuck?: string | undefined;
}

export interface PacketSource extends AsyncIterable<PacketBatch> {
  readonly facts: SourceFacts;
  /** of a live capture */
  health?(): PacketHealth;
  /** Ends the iteration soon and frees what the source holds; idempotent. */
  close(): Promise<void>;
}

/** Of records that are decoded here, the packets, for who decodes them elsewhere: either is iterated, once. Batches that somebody picks or changes have none. */
export interface Undecoded {
  readonly packets?: AsyncIterable<PacketBatch>;
}

/** Records of captures, of packet tables or of live packets: what every consumer of packets reads. */
export interface RecordSource {
  readonly facts: SourceFacts;
  /** "pcap", "pcapng", "table", …; the same as `facts.format` */
  readonly format: string;
  /** Can be iterated once. Errors: BAD_DATA with file and place, from `next` or a batch's `read`. */
  readonly batches: AsyncIterable<RecordBatch> & Undecoded;
  /** B of the files that it is read from; undefined: not known */
  readonly bytes?: number | undefined;
  /** how many records read so far stopped early, by the table's `reason:layer` */
  readonly stops: Map<string, number>;
  /** of a live capture */
  health?(): PacketHealth;
  close(): Promise<void>;
}
