/** What the numbers of a bundle can be, beside their types: each rule follows from how training works them out. */
import { RECORD_KINDS } from '../features/record-kinds.js';
import { type Calibration, highestPercentile, thresholdFor, type UpperQuantiles } from './calibration.js';
import { parameterCount } from './net.js';
import { SMALLEST_WEIGHT } from './residual-weights.js';
import { SCALE_FLOOR } from './scaler.js';
import type { FeatureReference } from './survey.js';
import type { TrainedModel } from './trained.js';

/** of a quantile in LogHistogram, and its bins */
const GRID_ERROR = 2 ** -5;
/** of a sum of at most 131 072 shares, each rounded */
const SUM_ERROR = 1e-9;
/** of float32, as statistics of columns have it */
const SINGLE = 2 ** -23;

/** The first thing that cannot be, in words; undefined: all can. */
export function unsound(model: Omit<TrainedModel, 'weights'>): string | undefined {
  return (
    referenceFault(model) ??
    scalerFault(model) ??
    weightsFault(model) ??
    smoothingFault(model) ??
    calibrationFault(model.calibration) ??
    thresholdFault(model) ??
    factsFault(model)
  );
}

const isAscending = (values: readonly number[]): boolean => values.every((v, i) => i === 0 || values[i - 1] <= v);
const isRising = (values: readonly number[]): boolean => values.every((v, i) => i === 0 || values[i - 1] < v);
const largest = (values: readonly number[]): number => values.reduce((most, v) => Math.max(most, v), -Infinity);

function referenceFault({ reference, schema }: Omit<TrainedModel, 'weights'>): string | undefined {
  const odd = reference.findIndex((column) => !isReference(column));
  return odd < 0 ? undefined : `the range of ${schema.columns[odd]?.name} in training contradicts itself`;
}

function isReference({ median, q999, min, max, edges, shares }: FeatureReference): boolean {
  return (
    isAscending([min, median, q999, max]) &&
    edges.every((edge) => edge >= min && edge <= max) &&
    isRising(edges) &&
    shares.length === edges.length + 1 &&
    shares.every((share) => share >= 0) &&
    Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) <= SUM_ERROR
  );
}

/** By the formula of RobustScaler: of the deviations none is larger than 1.4826 times the range. */
function scalerFault({ scaler, schema, reference }: Omit<TrainedModel, 'weights'>): string | undefined {
  const { inputs, center, scale } = scaler;
  if (!isRising(inputs)) return 'the scaler has its columns in another order than the features';
  for (const [i, j] of inputs.entries()) {
    const { name, binary } = schema.columns[j];
    const { median, min, max } = reference[j];
    if (min === max) return `the scaler has ${name}, which was constant in training`;
    if (center[i] !== (binary ? 0 : median)) return `the scaler's centre of ${name} is not its median in training`;
    const fits = binary
      ? scale[i] === 1
      : scale[i] >= SCALE_FLOOR && scale[i] <= Math.max(SCALE_FLOOR, 1.4826 * (max - min) * (1 + SINGLE));
    if (!fits) return `the scaler's scale of ${name} cannot be of its range in training`;
  }
  const varied = reference.filter(({ min, max }) => min < max).length;
  return varied === inputs.length ? undefined : 'the scaler lacks columns that were not constant in training';
}

function weightsFault({ residualWeights, scaler, schema }: Omit<TrainedModel, 'weights'>): string | undefined {
  const odd = residualWeights.findIndex((w) => !(w >= SMALLEST_WEIGHT && Number.isFinite(w)));
  return odd < 0 ? undefined : `the usual residual of ${schema.columns[scaler.inputs[odd]]?.name} is out of range`;
}

function smoothingFault({ calibration, schema }: Omit<TrainedModel, 'weights'>): string | undefined {
  const { noun, smoothing } = RECORD_KINDS[schema.kind];
  if (calibration.smoothing === smoothing) return undefined;
  return `scores are smoothed over ${calibration.smoothing} of a pair, and of a ${noun} it is ${smoothing}`;
}

function calibrationFault({ blocks, smoothedGrid, scoreGrid }: Calibration): string | undefined {
  if (!blocks.every(isUpper)) return "the calibration's largest scores contradict themselves";
  if (![smoothedGrid, scoreGrid].every((grid) => isAscending(grid) && grid[0] >= 0))
    return "the calibration's percentiles do not rise";
  const smoothed = smoothedGrid.at(-1) ?? 0;
  const top = largest(blocks.map(({ values }) => values[0]));
  // the same scores, exactly and in bins; a mean is no larger than the largest of what it is of
  if (Math.abs(smoothed - top) > GRID_ERROR * top || top > (scoreGrid.at(-1) ?? 0) * (1 + GRID_ERROR))
    return "the calibration's largest scores and its percentiles differ";
  return undefined;
}

/** From the largest down. */
function isUpper({ rows, ranks, values }: UpperQuantiles): boolean {
  return (
    ranks[0] === 0 &&
    isRising(ranks) &&
    (ranks.at(-1) ?? 0) < rows &&
    values.every((value, i) => value >= 0 && (i === 0 || value <= values[i - 1]))
  );
}

function thresholdFault({ threshold, calibration, facts }: Omit<TrainedModel, 'weights'>): string | undefined {
  const { percentile } = facts;
  const smallest = Math.min(...calibration.blocks.map(({ rows }) => rows));
  if (!(percentile > 0 && percentile < 100) || percentile > highestPercentile(smallest) + 1e-9)
    return `no threshold can be above ${percentile} % of the scores of training`;
  const { value, promise } = thresholdFor(calibration, percentile);
  if (threshold.value !== value)
    return `the threshold is ${threshold.value}, and ${value} is above ${percentile} % of the scores of training`;
  return threshold.promise === promise ? undefined : 'what the threshold promises is not what it is';
}

function factsFault({ facts, spec, calibration }: Omit<TrainedModel, 'weights'>): string | undefined {
  if (facts.parameters !== parameterCount(spec)) return 'the number of its parameters is not that of its net';
  // calibration reads its rows twice
  const rows = calibration.blocks.reduce((sum, block) => sum + block.rows, 0);
  return facts.rowsScored === 2 * rows ? undefined : 'the number of rows scored is not that of the calibration';
}
