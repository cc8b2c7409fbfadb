/** What each input's residual normally is, from nets that did not see the rows. */

import { LogHistogram } from './quantile.js';

/** added to every w_j; float32 as the weights are */
const ADDED = 0.01;
export const SMALLEST_WEIGHT = Math.fround(ADDED);

/** w_j = max(mean E_j, 99.9 % quantile of E_j / 16) + 0.01 over out-of-fold residuals. Memory is fixed. */
export class ResidualWeights {
  readonly #histogram: LogHistogram;
  readonly #sum: Float64Array;
  #rows = 0;

  constructor(readonly inputs: number) {
    this.#histogram = new LogHistogram(inputs);
    this.#sum = new Float64Array(inputs);
  }

  /** squared: [count x inputs] */
  add(squared: Float32Array, count: number): void {
    const { inputs } = this;
    const sum = this.#sum;
    for (let r = 0, i = 0; r < count; r++) {
      for (let j = 0; j < inputs; j++, i++) sum[j] += squared[i];
    }
    this.#histogram.addRows(new Int32Array(squared.buffer, squared.byteOffset, count * inputs), count);
    this.#rows += count;
  }

  finish(): Float32Array {
    return Float32Array.from(
      { length: this.inputs },
      (_, j) => Math.max(this.#sum[j] / this.#rows, this.#histogram.quantile(j, 0.999) / 16) + ADDED,
    );
  }
}
