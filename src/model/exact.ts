/**
 * What a model makes of a row in double precision, slow and obvious, and how far arithmetic in single precision may be from it:
 * the measure for whichever engine is at work, and for the numbers of a bundle itself.
 */
import type { DenseWeights, NetWeights } from './autoencoder.js';
import type { RobustScaler } from './scaler.js';
import { TOP } from './score.js';

/** unit roundoff of float32 */
const UNIT = 2 ** -24;
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

/** Values, and bounds of how far float32 may be from each. */
interface Bounded {
  readonly values: Float64Array;
  readonly errors: Float64Array;
}

/** @param row raw, `columns` values of it from `at` on */
export function exactRow({ weights, scaler, residualWeights }: ExactModel, rows: Float32Array, row: number): ExactRow {
  // the scaler is the same code in front of every engine
  const scaled = new Float32Array(scaler.width);
  scaler.apply(rows, row, scaled, 0);
  const input: Bounded = { values: Float64Array.from(scaled), errors: new Float64Array(scaler.width) };
  const ways = waysThrough(weights, input);
  const terms = new Float64Array(scaler.width);
  let tolerance = 0;
  for (let j = 0; j < terms.length; j++) {
    let rebuilt = 0;
    let error = 0;
    for (const { values, errors } of ways) {
      rebuilt += values[j];
      error += errors[j] + UNIT * Math.abs(values[j]);
    }
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
function waysThrough({ layers, bypass }: NetWeights, input: Bounded): Bounded[] {
  const ways: Bounded[] = [];
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
 * One layer. The error of a sum of n products in any order is at most n·u/(1 − n·u) times the sum of their sizes (Higham,
 * Accuracy and Stability of Numerical Algorithms, 3.1); what came in wrong is passed on by the sizes of the weights.
 */
function dense(
  { values, errors }: Bounded,
  { kernel, bias }: { kernel: DenseWeights['kernel']; bias: ArrayLike<number> },
  relu: boolean,
): Bounded {
  const units = bias.length;
  const terms = values.length + 2;
  const gamma = (terms * UNIT) / (1 - terms * UNIT);
  const out = new Float64Array(units);
  const outErrors = new Float64Array(units);
  for (let unit = 0; unit < units; unit++) {
    let sum = bias[unit];
    let size = Math.abs(bias[unit]);
    let passed = 0;
    for (let i = 0; i < values.length; i++) {
      const weight = kernel[i * units + unit];
      sum += weight * values[i];
      size += Math.abs(weight) * (Math.abs(values[i]) + errors[i]);
      passed += Math.abs(weight) * errors[i];
    }
    out[unit] = relu && sum < 0 ? 0 : sum;
    outErrors[unit] = passed + gamma * size;
  }
  return { values: out, errors: outErrors };
}
