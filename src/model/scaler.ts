/** Robust centre and scale, frozen after training. Columns that were constant in training do not reach the net. */

import type { SavedSchema } from '../features/extractor.js';
import type { RowScaler, Scaling } from './autoencoder.js';
import type { SurveyFacts } from './survey.js';

export const CLIP = 8;
export const SCALE_FLOOR = 0.05;

export interface ScalerState {
  /** columns of a raw row */
  readonly columns: number;
  /** raw column of each input of the net */
  readonly inputs: readonly number[];
  readonly center: readonly number[];
  readonly scale: readonly number[];
}

/**
 * x → (x − median)/s, clipped to ±8, with s = max(1.4826·MAD, IQR/1.349, standard deviation, 0.05): each of the first three is
 * the deviation of a normal distribution; the largest is taken because columns that are mostly one value have no MAD.
 * Binary columns stay as they are.
 */
export class RobustScaler implements RowScaler {
  /** inputs of the net */
  readonly width: number;
  readonly columns: number;
  readonly inputs: Int32Array;
  readonly #center: Float64Array;
  readonly #inverse: Float64Array;
  readonly #state: ScalerState;

  constructor(state: ScalerState) {
    this.#state = state;
    this.columns = state.columns;
    this.width = state.inputs.length;
    this.inputs = Int32Array.from(state.inputs);
    this.#center = Float64Array.from(state.center);
    this.#inverse = Float64Array.from(state.scale, (s) => 1 / s);
  }

  static fit(facts: SurveyFacts, schema: SavedSchema): RobustScaler {
    const inputs: number[] = [];
    const center: number[] = [];
    const scale: number[] = [];
    for (const [j, column] of schema.columns.entries()) {
      if (facts.min[j] === facts.max[j]) continue;
      inputs.push(j);
      if (column.binary) {
        center.push(0);
        scale.push(1);
        continue;
      }
      const { median, mad, iqr } = facts.columns[j];
      center.push(median);
      scale.push(Math.max(1.4826 * mad, iqr / 1.349, facts.deviation[j], SCALE_FLOOR));
    }
    return new RobustScaler({ columns: schema.columns.length, inputs, center, scale });
  }

  get scaling(): Scaling {
    return { columns: this.columns, inputs: this.inputs, center: this.#center, inverse: this.#inverse };
  }

  /** Raw row `from` of `source` -> scaled row `to` of `out`. `clipped`: [width] counters of values beyond ±8. */
  apply(source: Float32Array, from: number, out: Float32Array, to: number, clipped?: Float64Array): void {
    const { width, inputs } = this;
    const center = this.#center;
    const inverse = this.#inverse;
    const sourceAt = from * this.columns;
    const outAt = to * width;
    for (let i = 0; i < width; i++) {
      const x = source[sourceAt + inputs[i]];
      let z = (x - center[i]) * inverse[i];
      if (z > CLIP || z < -CLIP) {
        z = z > 0 ? CLIP : -CLIP;
        if (clipped) clipped[i]++;
      }
      out[outAt + i] = z;
    }
  }

  state(): ScalerState {
    return this.#state;
  }
}
