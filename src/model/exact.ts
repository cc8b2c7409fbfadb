/**
 * What a model makes of a row in double precision, slow and obvious, and how far arithmetic in single precision may be from it:
 * the measure for whichever engine is at work, and for the numbers of a bundle itself.
 */
import type { DenseWeights, NetWeights } from './autoencoder.js';
import type { RobustScaler } from './scaler.js';
import { TOP } from './score.js';

/** unit roundoff of float32 */
const UNIT = 2 ** -24;
/** standard deviations that nothing is beyond: of a normal distribution two in a billion are */
const DEVIATIONS = 6;
/** roundings on the way from a residual to its term: difference, square, 1/w, product, logarithm, sum, mean, and the score itself */
const STEPS = 8;

export interface ExactRow {
  readonly score: number;
  /** ln(1 + E_j/w_j) by input of the net */
  readonly terms: Float64Array;
  /** the most that a score in float32 may differ */
  readonly tolerance: number;
}

export interface ExactModel {
  readonly weights: NetWeights;
  readonly scaler: RobustScaler;
  /** w_j by input of the net */
  readonly residualWeights: ArrayLike<number>;
}

/** Values, and the standard deviation of what float32 makes of each. */
interface Rounded {
  readonly values: Float64Array;
  readonly errors: Float64Array;
}

/** @param row raw, `columns` values of it from `at` on */
export function exactRow({ weights, scaler, residualWeights }: ExactModel, rows: Float32Array, row: number): ExactRow {
  // the scaler is the same code in front of every engine
  const scaled = new Float32Array(scaler.width);
  scaler.apply(rows, row, scaled, 0);
  const input: Rounded = { values: Float64Array.from(scaled), errors: new Float64Array(scaler.width) };
  const ways = waysThrough(weights, input);
  const terms = new Float64Array(scaler.width);
  let tolerance = 0;
  for (let j = 0; j < terms.length; j++) {
    let rebuilt = 0;
    let variance = 0;
    for (const { values, errors } of ways) {
      rebuilt += values[j];
      variance += errors[j] ** 2 + (UNIT * values[j]) ** 2;
    }
    const error = DEVIATIONS * Math.sqrt(variance);
    const residual = Math.abs(input.values[j] - rebuilt);
    const w = residualWeights[j];
    terms[j] = Math.log1p(residual ** 2 / w);
    const most = Math.log1p((residual + error) ** 2 / w);
    const least = Math.log1p(Math.max(0, residual - error) ** 2 / w);
    // a mean of the largest terms moves no more than the term that moves most
    tolerance = Math.max(tolerance, most - terms[j], terms[j] - least);
  }
  const largest = terms.toSorted().reverse().subarray(0, TOP);
  const score = largest.reduce((sum, term) => sum + term, 0) / largest.length;
  return { score, terms, tolerance: tolerance + STEPS * UNIT * (1 + score) };
}

/** What layers and bypass rebuild; their sum is the reconstruction. */
function waysThrough({ layers, bypass }: NetWeights, input: Rounded): Rounded[] {
  const ways: Rounded[] = [];
  if (layers.length > 0) ways.push(layers.reduce((from, layer, i) => dense(from, layer, i < layers.length - 1), input));
  if (!bypass) return ways;
  const { center, encode, decode } = bypass;
  const rank = encode.length / center.length;
  const bias = new Float64Array(rank);
  for (let r = 0; r < rank; r++) {
    for (let j = 0; j < center.length; j++) bias[r] -= center[j] * encode[j * rank + r];
  }
  ways.push(dense(dense(input, { kernel: encode, bias }, false), { kernel: decode, bias: center }, false));
  return ways;
}

/**
 * One layer. Rounding errors are as good as independent and without a sign that they prefer, so those of a sum of n products grow with
 * the root of n, times the sum of their sizes at most (Higham and Mary 2019, "A new approach to probabilistic rounding error
 * analysis"); the bound that always holds, with n itself and through three layers, is a hundred thousand times what engines show.
 */
function dense(
  { values, errors }: Rounded,
  { kernel, bias }: { kernel: DenseWeights['kernel']; bias: ArrayLike<number> },
  relu: boolean,
): Rounded {
  const units = bias.length;
  const rounding = UNIT * Math.sqrt(values.length + 2);
  const out = new Float64Array(units);
  const outErrors = new Float64Array(units);
  for (let unit = 0; unit < units; unit++) {
    let sum = bias[unit];
    let size = Math.abs(bias[unit]);
    let passed = 0;
    for (let i = 0; i < values.length; i++) {
      const weight = kernel[i * units + unit];
      sum += weight * values[i];
      size += Math.abs(weight * values[i]);
      passed += (weight * errors[i]) ** 2;
    }
    out[unit] = relu && sum < 0 ? 0 : sum;
    outErrors[unit] = Math.sqrt(passed + (rounding * size) ** 2);
  }
  return { values: out, errors: outErrors };
}
