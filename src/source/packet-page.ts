/** Packets on their way to another thread: copies of what a source gave, in shared memory. */
import type { ColumnMemory } from '../base/column-memory.js';
import { MAX_SNAPLEN } from '../base/limits.js';
import { BatchBuffer } from './batch.js';
import type { PacketBatch } from './packet-source.js';

/** Of all packets of a page: as many full-sized ones of an Ethernet as pages hold, and the largest that captures can hold. */
const bytesFor = (packets: number): number => Math.max(2 * MAX_SNAPLEN, packets * 1536);

export class PacketPage extends BatchBuffer {
  private used = 0;

  /** @param capacity packets */
  constructor(capacity: number, memory: ColumnMemory) {
    super(capacity, memory);
    this.data = memory.column(Uint8Array, bytesFor(capacity));
  }

  clear(): void {
    this.count = this.used = 0;
  }

  /** Copies packets from..to of `batch`, as far as there is room. @returns the first that is not in here */
  take(batch: PacketBatch, from: number, to: number): number {
    let k = from;
    while (k < to) {
      const next = this.takeRun(batch, k, to);
      if (next === k) break;
      k = next;
    }
    return k;
  }

  /** Copies packets that lie one behind the other, with what is between them. */
  private takeRun(batch: PacketBatch, from: number, to: number): number {
    const { data, offset, capLen } = batch;
    const start = offset[from];
    const shift = this.used - start;
    let end = start;
    let k = from;
    for (; k < to && !this.full; k++) {
      const packetEnd = offset[k] + capLen[k];
      if (offset[k] < end || packetEnd + shift > this.data.length) break;
      this.add(offset[k] + shift, capLen[k], batch.wireLen[k], batch.timestampUs[k], batch.linkType[k]);
      end = packetEnd;
    }
    this.data.set(data.subarray(start, end), this.used);
    this.used += end - start;
    return k;
  }
}
