/** What a training run can be told, its defaults, and what it tells while it runs. */

import { TRAINING } from '../base/defaults.js';
import { AnomalyError } from '../base/errors.js';
import type { EngineChoice } from './engine.js';
import { CHUNK_ROWS } from './row-order.js';

export interface TrainOptions {
  /** at most; early stopping usually ends sooner */
  readonly epochs: number;
  /** that the rows are of, for the model's facts; default: as many as rows */
  readonly records?: number | undefined;
  /** encoder sizes, the last is the bottleneck; none: the linear bypass (a PCA) alone */
  readonly layers: readonly number[];
  /** rank of the linear bypass; 0 = none */
  readonly bypassRank: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
  /** share of inputs set to 0 in each training row */
  readonly maskRate: number;
  /** standard deviation of noise on scaled training inputs */
  readonly noise: number;
  /** decay of the weights' moving average; 0 = off */
  readonly ema: number;
  /** epochs without a better validation loss before stopping */
  readonly patience: number;
  /** of the smoothed out-of-fold scores, that the threshold is */
  readonly percentile: number;
  readonly engine: EngineChoice;
  /** of the simd engine; undefined: one for each processor */
  readonly threads?: number | undefined;
  /** stops soon and keeps the best so far */
  readonly signal?: AbortSignal | undefined;
  /** file that is replaced after each epoch; undefined: none */
  readonly checkpoint?: string | undefined;
  /** go on from `checkpoint` */
  readonly resume: boolean;
  /** what the caller knows against the data (drops in the capture), kept with the model */
  readonly warnings: readonly string[];
}

export const TRAIN_DEFAULTS: TrainOptions = {
  epochs: TRAINING.epochs,
  layers: TRAINING.layers,
  bypassRank: 16,
  batchSize: TRAINING.batchSize,
  learningRate: TRAINING.learningRate,
  seed: TRAINING.seed,
  maskRate: 0.1,
  noise: 0,
  ema: 0,
  patience: 3,
  percentile: TRAINING.percentile,
  engine: 'auto',
  resume: false,
  warnings: [],
};

export interface TrainProgress {
  readonly stage: 'survey' | 'fit' | 'cross-fit' | 'final fit' | 'calibration';
  /** 1-based net of the stage, and how many there are */
  readonly part: number;
  readonly parts: number;
  /** 1-based; 0 outside fits */
  readonly epoch: number;
  readonly epochs: number;
  /** of the last finished epoch; NaN before */
  readonly loss: number;
  /** NaN where nothing is validated */
  readonly validationLoss: number;
  readonly rowsPerSecond: number;
  /** seconds left of the whole run at most: early stopping is not foreseen; NaN when unknown */
  readonly etaS: number;
  /** the epoch has just ended */
  readonly epochEnded: boolean;
}

export function checkOptions(options: TrainOptions): void {
  const refuse = (message: string): never => {
    throw new AnomalyError('USAGE', message);
  };
  const whole = (name: string, value: number, low: number, high: number) => {
    if (!Number.isInteger(value) || value < low || value > high) {
      refuse(`${name} must be a whole number from ${low} to ${high}, not ${value}`);
    }
  };
  whole('the number of epochs', options.epochs, 1, 100_000);
  whole('the batch size', options.batchSize, 1, CHUNK_ROWS);
  whole('the seed', options.seed, 0, 2 ** 32 - 1);
  whole('the rank of the bypass', options.bypassRank, 0, 4096);
  if (options.layers.length > 16) refuse('at most 16 layers');
  for (const units of options.layers) whole('a layer', units, 1, 4096);
  if (options.layers.length === 0 && options.bypassRank === 0) refuse('a model needs layers or a bypass');
  if (!(options.learningRate > 0 && options.learningRate <= 1))
    refuse('the learning rate must be above 0 and at most 1');
  if (!(options.maskRate >= 0 && options.maskRate < 1)) refuse('the masking rate must be from 0 to below 1');
}
