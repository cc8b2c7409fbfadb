/** Raw rows -> loss, score, and the ten terms that make the score. */

import type { Net } from './autoencoder.js';
import type { RobustScaler } from './scaler.js';

/** terms of a score */
export const TOP = 10;

/** Scores micro-batches. Results are in arrays of its own, overwritten by the next batch; nothing is allocated per batch. */
export class Scorer {
  /** terms per row: TOP, or all inputs of a smaller net */
  readonly top: number;
  /** mean squared error of the scaled row */
  readonly loss: Float32Array;
  /** mean of the ten largest ln(1 + E_j/w_j); higher is more anomalous; NaN where a residual is no number or overflowed */
  readonly score: Float32Array;
  /** [capacity x top]: columns of the feature schema, largest term first */
  readonly topFeature: Int32Array;
  /** [capacity x top]: ln(1 + E_j/w_j) of each */
  readonly topTerm: Float32Array;
  /** per input of the net: values beyond the scaler's clip so far; not counted by a net that takes raw rows */
  readonly clipped: Float64Array;
  /** [capacity x inputs]: squared residuals E_j */
  readonly squared: Float32Array;
  readonly #scaled: Float32Array;
  readonly #inverse: Float32Array;
  /** [capacity x top]: inputs of the largest terms */
  readonly #largest: Int32Array;
  readonly #bestRatio: Float64Array;

  /**
   * @param weights w_j per input of the net
   * @param capacity most rows of a batch
   */
  constructor(
    readonly net: Net,
    readonly scaler: RobustScaler,
    weights: ArrayLike<number>,
    readonly capacity = 1024,
  ) {
    const inputs = scaler.width;
    this.top = Math.min(TOP, inputs);
    this.loss = new Float32Array(capacity);
    this.score = new Float32Array(capacity);
    this.topFeature = new Int32Array(capacity * this.top);
    this.topTerm = new Float32Array(capacity * this.top);
    this.clipped = new Float64Array(inputs);
    this.squared = new Float32Array(capacity * inputs);
    this.#scaled = new Float32Array(capacity * inputs);
    this.#inverse = Float32Array.from(weights, (w) => 1 / w);
    this.#largest = new Int32Array(capacity * this.top);
    this.#bestRatio = new Float64Array(this.top);
  }

  /** rows: [.. x columns of the schema], `count` <= capacity of them from row `first` on */
  run(rows: Float32Array, count: number, first = 0): void {
    const { net, squared, loss, scaler } = this;
    if (net.rawResidualsAndLargest) {
      net.rawResidualsAndLargest(rows, first, count, scaler.scaling, this.#inverse, squared, loss, this.#largest);
      for (let r = 0; r < count; r++) this.#terms(r);
      return;
    }
    this.#scale(rows, count, first);
    if (net.residualsAndLargest) {
      net.residualsAndLargest(this.#scaled, count, this.#inverse, squared, loss, this.#largest);
    } else {
      net.residuals(this.#scaled, count, squared, loss);
      for (let r = 0; r < count; r++) this.#findLargest(r);
    }
    for (let r = 0; r < count; r++) this.#terms(r);
  }

  /** The first half of `run`: `squared` and `loss` only. */
  residuals(rows: Float32Array, count: number, first = 0): void {
    this.#scale(rows, count, first);
    this.net.residuals(this.#scaled, count, this.squared, this.loss);
  }

  #scale(rows: Float32Array, count: number, first: number): void {
    for (let r = 0; r < count; r++) this.scaler.apply(rows, first + r, this.#scaled, r, this.clipped);
  }

  /** By insertion: after the first few inputs most values are turned away by one comparison. */
  #findLargest(row: number): void {
    const { top, squared } = this;
    const inputs = this.scaler.width;
    const ratio = this.#bestRatio;
    const largest = this.#largest;
    const inverse = this.#inverse;
    const at = row * top;
    ratio.fill(-1);
    let least = -1;
    for (let j = 0, e = row * inputs; j < inputs; j++, e++) {
      const value = squared[e] * inverse[j];
      if (value <= least) continue;
      let place = top - 1;
      while (place > 0 && ratio[place - 1] < value) {
        ratio[place] = ratio[place - 1];
        largest[at + place] = largest[at + place - 1];
        place--;
      }
      ratio[place] = value;
      largest[at + place] = j;
      least = ratio[top - 1];
    }
  }

  #terms(row: number): void {
    const { top, squared, topTerm, topFeature } = this;
    const { inputs, width } = this.scaler;
    const largest = this.#largest;
    const inverse = this.#inverse;
    // its loss has all residuals in it; what compares them may pass over one that is no number
    let sum = Number.isFinite(this.loss[row]) ? 0 : Number.NaN;
    for (let i = 0, t = row * top; i < top; i++, t++) {
      const input = largest[t];
      const term = Math.log1p(squared[row * width + input] * inverse[input]);
      sum += term;
      topTerm[t] = term;
      topFeature[t] = inputs[input];
    }
    this.score[row] = sum / top;
  }
}
