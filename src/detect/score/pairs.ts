/**
 * Smoothed scores per (initiator, responder), and which incident the pair belongs to. A new pair begins where its
 * initiator stands, so that somebody who tries host after host with a packet each does not begin anew each time. Bounded, flat.
 */
import { Key } from '../../base/hash.js';
import { SlotTable, TICKS_PER_SECOND } from '../../features/slot-table.js';
import { SETTINGS } from '../settings.js';
import type { ScoredBatch } from './scored-batch.js';

const INITIATORS = 16_384;

export class Pairs {
  /** per slot: smoothed score, and the smoothed part of it that nothing new explains */
  readonly smoothed: Float64Array;
  readonly settled: Float64Array;
  /** per slot: id of the incident that the pair was last part of, 0 none */
  readonly incident: Int32Array;
  private readonly table: SlotTable;
  private readonly initiators = new SlotTable(INITIATORS);
  private readonly initiatorSmoothed = new Float64Array(INITIATORS);
  private readonly initiatorSettled = new Float64Array(INITIATORS);
  private readonly key = new Key();

  /** @param smoothing m ← m + (score − m)/smoothing, as in the model's calibration */
  constructor(
    private readonly smoothing: number,
    capacity: number = SETTINGS.PAIRS,
  ) {
    this.table = new SlotTable(capacity);
    this.smoothed = new Float64Array(capacity);
    this.settled = new Float64Array(capacity);
    this.incident = new Int32Array(capacity);
  }

  /** The slot of record k's pair, with its score (and the settled part of it) taken in. */
  observe(batch: ScoredBatch, k: number, settled: number): number {
    const { initiator, responder } = batch;
    const { smoothing } = this;
    const key = this.key.start(0x50).addPair(initiator.low[k], initiator.high[k]);
    key.addPair(responder.low[k], responder.high[k]);
    const score = batch.score[k];
    const tick = Math.floor((batch.timestampUs[k] / 1e6) * TICKS_PER_SECOND) | 0;
    const slot = this.table.claim(key.low, key.high, tick);
    const host = this.initiators.claim(initiator.low[k], initiator.high[k], tick);
    if (this.initiators.fresh) this.initiatorSmoothed[host] = this.initiatorSettled[host] = 0;
    if (this.table.fresh) {
      this.smoothed[slot] = this.initiatorSmoothed[host];
      this.settled[slot] = this.initiatorSettled[host];
      this.incident[slot] = 0;
    }
    this.smoothed[slot] += (score - this.smoothed[slot]) / smoothing;
    this.settled[slot] += (settled - this.settled[slot]) / smoothing;
    this.initiatorSmoothed[host] += (score - this.initiatorSmoothed[host]) / smoothing;
    this.initiatorSettled[host] += (settled - this.initiatorSettled[host]) / smoothing;
    return slot;
  }
}
