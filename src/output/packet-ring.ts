/**
 * The most recent packets, bytes and all, in memory that is taken once. Slots are consecutive frames; the oldest leave
 * first. The ring is a packet batch itself, so that whatever writes packets of a batch can write those of the ring.
 */
import { MAX_SNAPLEN } from '../base/limits.js';
import type { PacketBatch } from '../source/packet-source.js';

export class PacketRing implements PacketBatch {
  readonly data: Uint8Array;
  readonly offset: Int32Array;
  readonly capLen: Int32Array;
  readonly wireLen: Int32Array;
  readonly timestampUs: Float64Array;
  readonly linkType: Int32Array;
  /** by the clock that never goes back, once it was judged */
  readonly clockUs: Float64Array;
  /** identity of the pair of hosts, 0 while it is not known */
  readonly pair: Float64Array;
  /** packets held */
  count = 0;
  /** frame number of the oldest packet held */
  firstFrame = 1;
  /** where the next packet's bytes begin */
  private head = 0;

  constructor(
    /** packets at most */
    readonly slots: number,
    bytes: number,
  ) {
    this.data = new Uint8Array(Math.max(bytes, 2 * MAX_SNAPLEN));
    this.offset = new Int32Array(slots);
    this.capLen = new Int32Array(slots);
    this.wireLen = new Int32Array(slots);
    this.timestampUs = new Float64Array(slots);
    this.linkType = new Int32Array(slots);
    this.clockUs = new Float64Array(slots);
    this.pair = new Float64Array(slots);
  }

  /** Slot of a frame, -1 when it is not held. */
  slotOf(frame: number): number {
    return frame >= this.firstFrame && frame < this.firstFrame + this.count ? frame % this.slots : -1;
  }

  /** Slot of the oldest packet. */
  get oldest(): number {
    return this.firstFrame % this.slots;
  }

  /** Whether a packet of `length` bytes fits beside what is held. */
  fits(length: number): boolean {
    if (this.count === 0) return true;
    if (this.count >= this.slots) return false;
    const tail = this.offset[this.oldest];
    // free space is one stretch, or two that meet at the end of the buffer; a packet is never split
    if (this.head > tail) return this.data.length - this.head >= length || tail > length;
    return tail - this.head > length;
  }

  /** Takes in packet `index` of `batch`; only when it fits. Its frame follows the newest one. */
  push(batch: PacketBatch, index: number): void {
    const length = batch.capLen[index];
    if (this.count === 0) this.head = 0;
    else if (this.data.length - this.head < length) this.head = 0;
    const slot = (this.firstFrame + this.count) % this.slots;
    const start = batch.offset[index];
    this.data.set(batch.data.subarray(start, start + length), this.head);
    this.offset[slot] = this.head;
    this.capLen[slot] = length;
    this.wireLen[slot] = batch.wireLen[index];
    this.timestampUs[slot] = batch.timestampUs[index];
    this.linkType[slot] = batch.linkType[index];
    this.pair[slot] = 0;
    this.head += length;
    this.count++;
  }

  /** Forgets the oldest packet. */
  shift(): void {
    this.count--;
    this.firstFrame++;
  }
}
