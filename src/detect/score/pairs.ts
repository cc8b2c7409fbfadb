/** What detection keeps of each pair (initiator, responder): its smoothed score, and which incident it belongs to. */
import { Key } from '../../base/hash.js';
import { SmoothedScores } from '../../model/smoothing.js';
import type { ScoredBatch } from './scored-batch.js';

export class Pairs {
  /** per slot: smoothed score */
  readonly smoothed: Float64Array;
  /** per slot: id of the incident that the pair was last part of, 0 none */
  readonly incident: Int32Array;
  private readonly scores: SmoothedScores;
  private readonly key = new Key();

  /** @param smoothing as in the model's calibration */
  constructor(smoothing: number) {
    this.scores = new SmoothedScores(smoothing);
    this.smoothed = this.scores.means;
    this.incident = new Int32Array(this.scores.capacity);
  }

  /** What a model of another smoothing has it. */
  adopt(smoothing: number): void {
    this.scores.smoothing = smoothing;
  }

  /** The slot of record k's pair, with its score taken in where it `counts`. */
  observe(batch: ScoredBatch, k: number, counts: boolean): number {
    const { initiator, responder } = batch;
    const { scores } = this;
    const key = this.key.startPair(initiator.low[k], initiator.high[k], responder.low[k], responder.high[k]);
    const slot = scores.claim(initiator.low[k], initiator.high[k], key.low, key.high, batch.clockUs[k]);
    if (scores.fresh) this.incident[slot] = 0;
    if (!counts) return slot;
    scores.add(batch.score[k]);
    return slot;
  }

  /** The incident of the pair with the ends of record k the other way round; 0 none. */
  incidentOfReverse({ initiator, responder }: ScoredBatch, k: number): number {
    const key = this.key.startPair(responder.low[k], responder.high[k], initiator.low[k], initiator.high[k]);
    const slot = this.scores.find(key.low, key.high);
    return slot < 0 ? 0 : this.incident[slot];
  }
}
