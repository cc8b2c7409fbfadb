/** Evidence seen lately per key: three records of it within a minute make an incident. Bounded, flat. */
import { SlotTable, tickOf } from '../../features/slot-table.js';
import type { FeatureBatch } from '../feature-batch.js';
import { SETTINGS } from '../settings.js';
import type { Begun } from './open-incident.js';

const CAPACITY = 16_384;
const { EVIDENCE, EVIDENCE_S } = SETTINGS;

export class EvidenceRings {
  private readonly table = new SlotTable(CAPACITY);
  private readonly times = new Float64Array(CAPACITY * EVIDENCE);
  private readonly clock = new Float64Array(CAPACITY * EVIDENCE);
  private readonly frames = new Float64Array(CAPACITY * EVIDENCE);
  private readonly held = new Uint8Array(CAPACITY);
  /** of the key that last fired: when its evidence began [µs], as the record says and by the clock, and the frames, oldest first */
  firstUs = 0;
  firstClockUs = 0;
  readonly firedFrames: number[] = [];

  /** Takes in record k as evidence; true when it is the third within the minute, and the key starts anew. */
  add(low: number, high: number, batch: FeatureBatch, k: number): boolean {
    const nowUs = batch.clockUs[k];
    const slot = this.table.claim(low, high, tickOf(nowUs / 1e6));
    if (this.table.fresh) this.held[slot] = 0;
    const base = slot * EVIDENCE;
    let held = this.held[slot];
    while (held > 0 && nowUs - this.clock[base] > EVIDENCE_S * 1e6) held = this.drop(base, held);
    this.times[base + held] = batch.timestampUs[k];
    this.clock[base + held] = nowUs;
    this.frames[base + held] = batch.frame[k];
    held++;
    if (held < EVIDENCE) {
      this.held[slot] = held;
      return false;
    }
    this.held[slot] = 0;
    this.firstUs = this.times[base];
    this.firstClockUs = this.clock[base];
    this.firedFrames.length = 0;
    for (let i = 0; i < EVIDENCE; i++) this.firedFrames.push(this.frames[base + i]);
    return true;
  }

  /** Of the key that last fired. */
  get begun(): Begun {
    const { firstUs, firstClockUs, firedFrames } = this;
    return { firstUs, firstClockUs, frames: firedFrames.slice(0, -1) };
  }

  private drop(base: number, held: number): number {
    for (let i = 1; i < held; i++) {
      this.times[base + i - 1] = this.times[base + i];
      this.clock[base + i - 1] = this.clock[base + i];
      this.frames[base + i - 1] = this.frames[base + i];
    }
    return held - 1;
  }
}
