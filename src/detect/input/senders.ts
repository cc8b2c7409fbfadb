/** The senders of records, each of whom is asked once a second what its records look like. */
import { SlotTable, tickOf } from '../../features/slot-table.js';
import type { FeatureBatch } from '../feature-batch.js';

/** Remembered at once; a flood of spoofed ones pushes out itself. */
const SENDERS = 4096;
const SECOND = tickOf(1);
const US = 1e6;

export class Senders {
  /** of the record last asked about */
  slot = 0;
  fresh = false;
  private readonly table = new SlotTable(SENDERS);
  private readonly next = new Int32Array(SENDERS);

  /** Whether the sender of record k has not been asked in the last second. */
  due(batch: FeatureBatch, k: number): boolean {
    const end = batch.fromInitiator[k] === 1 ? batch.initiator : batch.responder;
    const tick = tickOf(batch.clockUs[k] / US);
    this.slot = this.table.claim(end.low[k], end.high[k], tick);
    this.fresh = this.table.fresh;
    if (!this.fresh && ((tick - this.next[this.slot]) | 0) < 0) return false;
    this.next[this.slot] = tick + SECOND;
    return true;
  }
}
