import { ColumnMemory } from '../base/column-memory.js';
import type { PacketBatch } from './packet-source.js';

/** Packets of one batch at most. */
export const BATCH_PACKETS = 4096;

/** A batch that a reader fills again and again. */
export class BatchBuffer implements PacketBatch {
  count = 0;
  data: Uint8Array = new Uint8Array(0);
  readonly offset: Int32Array;
  readonly capLen: Int32Array;
  readonly wireLen: Int32Array;
  readonly timestampUs: Float64Array;
  readonly linkType: Int32Array;

  /** @param memory where the columns are */
  constructor(
    readonly capacity = BATCH_PACKETS,
    memory = new ColumnMemory(),
  ) {
    this.offset = memory.column(Int32Array, capacity);
    this.capLen = memory.column(Int32Array, capacity);
    this.wireLen = memory.column(Int32Array, capacity);
    this.timestampUs = memory.column(Float64Array, capacity);
    this.linkType = memory.column(Int32Array, capacity);
  }

  get full(): boolean {
    return this.count === this.capacity;
  }

  /** Starts an empty batch whose packets lie in `data`. */
  begin(data: Uint8Array): void {
    this.count = 0;
    this.data = data;
  }

  add(offset: number, capLen: number, wireLen: number, timestampUs: number, linkType: number): void {
    const k = this.count++;
    this.offset[k] = offset;
    this.capLen[k] = capLen;
    this.wireLen[k] = wireLen > 0x7fffffff ? 0x7fffffff : wireLen;
    this.timestampUs[k] = timestampUs;
    this.linkType[k] = linkType;
  }
}
