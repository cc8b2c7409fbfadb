/**
 * `--pcap-out FILE`: the packets of incidents, with what the same two hosts exchanged some seconds before.
 *
 * Packets wait in a ring until they are some seconds old and have been judged; a packet that leaves it is written when its
 * pair of hosts is part of an incident. So the file is in order of time, and memory is bounded.
 */

import type { Incident } from '../detect/incident.js';
import type { ScoredBatch } from '../detect/score/scored-batch.js';
import type { Origins } from '../source/origins.js';
import type { PacketBatch } from '../source/packet-source.js';
import { PacketFiles } from './packet-files.js';
import { PacketRing } from './packet-ring.js';

export interface PcapOutOptions {
  /** s of a pair's packets before its incident */
  readonly beforeS?: number;
  /** memory for packets that wait: bytes and packets */
  readonly ringBytes?: number;
  readonly ringPackets?: number;
}

/** A pair stays wanted for so long after its last evidence, as an incident does. */
const AFTER_US = 300e6;
const MAX_PAIRS = 65_536;

/** Two 32-bit hashes in one number that a double holds exactly; the same for both directions, never 0. */
function pairKey(batch: ScoredBatch, k: number): number {
  const a = batch.initiator.low[k] >>> 0;
  const b = batch.responder.low[k] >>> 0;
  const c = (batch.initiator.high[k] ^ batch.responder.high[k]) & 0xfffff;
  return ((a + b) >>> 0) * 0x100000 + c + 1;
}

export class PcapOut {
  /** packets of incidents that had left the ring before they were judged */
  missed = 0;
  private readonly ring: PacketRing;
  private readonly beforeUs: number;
  /** wanted pairs: until when, µs by the clock that never goes back */
  private readonly wanted = new Map<number, number>();
  private judged = 0;
  private judgedUs = Number.NEGATIVE_INFINITY;

  private constructor(
    private readonly files: PacketFiles,
    options: PcapOutOptions,
  ) {
    this.beforeUs = (options.beforeS ?? 10) * 1e6;
    this.ring = new PacketRing(options.ringPackets ?? 1 << 17, options.ringBytes ?? 1 << 26);
  }

  /** @throws AnomalyError CANNOT_CREATE, for a file that exists too: a capture is never written over */
  static async open(path: string, options: PcapOutOptions = {}): Promise<PcapOut> {
    return new PcapOut(await PacketFiles.open(path), options);
  }

  /** Packets written so far. */
  get packets(): number {
    return this.files.packets;
  }

  /** Packets that may still be wanted. */
  get waiting(): number {
    return this.ring.count;
  }

  /** The files, which are several where packets of several link types came and the name is not one of a pcapng. */
  get paths(): string[] {
    return this.files.paths;
  }

  /** Where the frames of the input are in these files. */
  get origins(): Origins {
    return this.files.origins;
  }

  /** What was written can be read from the disk then. Throws WRITE_FAILED. */
  flush(): Promise<void> {
    return this.files.flush();
  }

  /** Every batch of captured packets, before it is judged. Throws WRITE_FAILED. */
  async onPackets(batch: PacketBatch): Promise<void> {
    const { ring } = this;
    for (let i = 0; i < batch.count; i++) {
      const length = batch.capLen[i];
      while (ring.count > 0 && (this.ripe() || !ring.fits(length))) {
        const writing = this.release();
        if (writing) await writing;
      }
      ring.push(batch, i);
    }
  }

  /** Every judged batch, with the incidents that it opened. */
  onJudged(batch: ScoredBatch, opened: readonly Incident[]): void {
    const { ring } = this;
    for (let k = 0; k < batch.count; k++) {
      const key = pairKey(batch, k);
      const slot = ring.slotOf(batch.frame[k]);
      if (slot >= 0) {
        ring.pair[slot] = key;
        ring.clockUs[slot] = batch.clockUs[k];
      }
      const until = this.wanted.get(key);
      const evidence = batch.anomaly[k] === 1;
      if (until !== undefined && evidence) this.want(key, batch.clockUs[k]);
      if (slot < 0 && (until !== undefined || evidence)) this.missed++;
    }
    if (batch.count > 0) {
      this.judged = batch.frame[batch.count - 1];
      this.judgedUs = batch.clockUs[batch.count - 1];
    }
    for (const incident of opened) {
      for (const frame of incident.frames) this.wantFrame(frame);
    }
    // evidence of an incident that is open already may be a pair of its own, as when somebody tries host after host
    if (this.wanted.size > 0) {
      for (let k = 0; k < batch.count; k++) {
        if (batch.anomaly[k] === 1) this.want(pairKey(batch, k), batch.clockUs[k]);
      }
    }
  }

  /** Writes what is still wanted and closes the file. */
  async close(): Promise<void> {
    try {
      while (this.ring.count > 0) {
        const writing = this.release();
        if (writing) await writing;
      }
    } finally {
      await this.files.close();
    }
  }

  /** Gives up and removes what was written. @returns bytes that it had */
  discard(): Promise<number> {
    return this.files.discard();
  }

  private wantFrame(frame: number): void {
    const slot = this.ring.slotOf(frame);
    if (slot < 0) return;
    const key = this.ring.pair[slot];
    if (key !== 0) this.want(key, this.ring.clockUs[slot]);
  }

  private want(key: number, atUs: number): void {
    // least recently wanted first, so that the oldest leaves when there are too many
    this.wanted.delete(key);
    this.wanted.set(key, atUs + AFTER_US);
    if (this.wanted.size > MAX_PAIRS) this.wanted.delete(this.wanted.keys().next().value as number);
  }

  /** The oldest packet has waited long enough and is judged. */
  private ripe(): boolean {
    const { ring } = this;
    return ring.firstFrame <= this.judged && ring.clockUs[ring.oldest] < this.judgedUs - this.beforeUs;
  }

  private release(): Promise<void> | undefined {
    const { ring } = this;
    const slot = ring.oldest;
    const until = this.wanted.get(ring.pair[slot]);
    const writing =
      until !== undefined && ring.clockUs[slot] <= until ? this.files.append(ring, slot, ring.firstFrame) : undefined;
    ring.shift();
    return writing;
  }
}
