/** Packets on their way to another thread: copies of what a source gave, in shared memory. */
import type { ColumnMemory } from '../base/column-memory.js';
import { MAX_SNAPLEN } from '../base/limits.js';
import type { PacketBatch } from './packet-source.js';

/** Of all packets of a page: as many full-sized ones of an Ethernet as pages hold, and the largest that captures can hold. */
const bytesFor = (packets: number): number => Math.max(2 * MAX_SNAPLEN, packets * 1536);

export class PacketPage implements PacketBatch {
  count = 0;
  readonly data: Uint8Array;
  readonly offset: Int32Array;
  readonly capLen: Int32Array;
  readonly wireLen: Int32Array;
  readonly timestampUs: Float64Array;
  readonly linkType: Int32Array;
  private used = 0;

  /** @param capacity packets */
  constructor(
    readonly capacity: number,
    memory: ColumnMemory,
  ) {
    this.data = memory.column(Uint8Array, bytesFor(capacity));
    this.offset = memory.column(Int32Array, capacity);
    this.capLen = memory.column(Int32Array, capacity);
    this.wireLen = memory.column(Int32Array, capacity);
    this.timestampUs = memory.column(Float64Array, capacity);
    this.linkType = memory.column(Int32Array, capacity);
  }

  clear(): void {
    this.count = this.used = 0;
  }

  /** Copies packets from..to of `batch`, as far as there is room. @returns the first that is not in here */
  add(batch: PacketBatch, from: number, to: number): number {
    let k = from;
    while (k < to) {
      const next = this.addRun(batch, k, to);
      if (next === k) break;
      k = next;
    }
    return k;
  }

  /** Copies packets that lie one behind the other, with what is between them. */
  private addRun(
    { data, offset, capLen, wireLen, timestampUs, linkType }: PacketBatch,
    from: number,
    to: number,
  ): number {
    const start = offset[from];
    const shift = this.used - start;
    const most = Math.min(to, from + this.capacity - this.count);
    let end = start;
    let k = from;
    for (; k < most; k++) {
      const packetEnd = offset[k] + capLen[k];
      if (offset[k] < end || packetEnd + shift > this.data.length) break;
      const at = this.count++;
      this.offset[at] = offset[k] + shift;
      this.capLen[at] = capLen[k];
      this.wireLen[at] = wireLen[k];
      this.timestampUs[at] = timestampUs[k];
      this.linkType[at] = linkType[k];
      end = packetEnd;
    }
    this.data.set(data.subarray(start, end), this.used);
    this.used += end - start;
    return k;
  }
}
