/** Smoothed scores per (initiator, responder), and which incident the pair belongs to. Bounded, flat. */
import { Key } from '../features/hash.js';
import { SlotTable, TICKS_PER_SECOND } from '../features/slot-table.js';
import type { ScoredBatch } from './batch.js';
import { SETTINGS } from './settings.js';

export class Pairs {
  /** per slot: smoothed score, and the smoothed part of it that nothing new explains */
  readonly smoothed: Float64Array;
  readonly settled: Float64Array;
  /** per slot: id of the incident that the pair was last part of, 0 none */
  readonly incident: Int32Array;
  private readonly table: SlotTable;
  private readonly key = new Key();

  constructor(capacity: number = SETTINGS.PAIRS) {
    this.table = new SlotTable(capacity);
    this.smoothed = new Float64Array(capacity);
    this.settled = new Float64Array(capacity);
    this.incident = new Int32Array(capacity);
  }

  /** The slot of record k's pair, with its score (and the settled part of it) taken in. */
  observe(batch: ScoredBatch, k: number, settled: number): number {
    const { initiator, responder } = batch;
    const key = this.key.start(0x50).addPair(initiator.low[k], initiator.high[k]);
    key.addPair(responder.low[k], responder.high[k]);
    const tick = Math.floor((batch.timestampUs[k] / 1e6) * TICKS_PER_SECOND) | 0;
    const slot = this.table.claim(key.low, key.high, tick);
    if (this.table.fresh) {
      this.smoothed[slot] = 0;
      this.settled[slot] = 0;
      this.incident[slot] = 0;
    }
    this.smoothed[slot] += (batch.score[k] - this.smoothed[slot]) / SETTINGS.SMOOTHING;
    this.settled[slot] += (settled - this.settled[slot]) / SETTINGS.SMOOTHING;
    return slot;
  }
}
