/** A micro-batch on its way through detection: records with their features, what the model answers, what detection decides. */
import { ColumnMemory } from '../../base/column-memory.js';
import { FeatureBatch } from '../feature-batch.js';

/** Terms of the score that explain it. */
export const TOP = 10;

/** What the model's scorer leaves of a batch: rows in order, `top` terms a row, largest first. */
export interface ScoreRows {
  readonly top: number;
  readonly loss: ArrayLike<number>;
  readonly score: ArrayLike<number>;
  /** columns of the feature schema */
  readonly topFeature: ArrayLike<number>;
  readonly topTerm: ArrayLike<number>;
}

export class ScoredBatch extends FeatureBatch {
  /** what the model says is there: whoever made the features had time for it */
  scored = false;
  /** by the model: mean squared error, score, and the columns and sizes of its ten largest terms, largest first */
  readonly loss: Float64Array;
  readonly score: Float64Array;
  readonly topIndex: Int16Array;
  readonly topTerm: Float32Array;
  /** by detection: 1 where the record's pair has part in an incident that is more than a notice */
  readonly involved: Uint8Array;
  /** by detection: the pair's smoothed score, 1 where the record is evidence of an alarm, and the column that stands out most */
  readonly smoothed: Float64Array;
  readonly anomaly: Uint8Array;
  readonly reason: Int16Array;

  /**
   * @param capacity records
   * @param width features a record
   * @param countWidth envelope counts a record
   * @param memory where the columns are
   */
  constructor(capacity: number, width: number, countWidth: number, memory = new ColumnMemory()) {
    super(capacity, width, countWidth, memory);
    this.loss = memory.column(Float64Array, capacity);
    this.score = memory.column(Float64Array, capacity);
    this.topIndex = memory.column(Int16Array, capacity * TOP);
    this.topTerm = memory.column(Float32Array, capacity * TOP);
    this.smoothed = memory.column(Float64Array, capacity);
    this.anomaly = memory.column(Uint8Array, capacity);
    this.involved = memory.column(Uint8Array, capacity);
    this.reason = memory.column(Int16Array, capacity);
  }

  /** Takes over what the model says about records from..from+count, rows 0..count of `scores`. */
  setScores(from: number, count: number, scores: ScoreRows): void {
    const { top, loss, score, topFeature, topTerm } = scores;
    const { topIndex: index, topTerm: terms } = this;
    for (let r = 0; r < count; r++) {
      this.loss[from + r] = loss[r];
      this.score[from + r] = score[r];
      for (let i = 0, at = (from + r) * TOP, source = r * top; i < TOP; i++, at++, source++) {
        index[at] = i < top ? topFeature[source] : 0;
        terms[at] = i < top ? topTerm[source] : 0;
      }
    }
  }
}
