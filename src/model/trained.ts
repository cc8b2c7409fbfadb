/** What training gives and the bundle keeps. */

import type { SavedSchema } from '../features/extractor.js';
import type { EngineName, EpochFacts, NetSpec, NetWeights } from './autoencoder.js';
import type { Calibration, Threshold } from './calibration.js';
import type { ScalerState } from './scaler.js';
import type { FeatureReference } from './survey.js';

export interface TrainingFacts {
  /** ISO 8601 */
  readonly trainedAt: string;
  /** rows trained on */
  readonly records: number;
  /** µs since the epoch */
  readonly firstUs: number;
  readonly lastUs: number;
  readonly engine: EngineName;
  readonly engineNote: string;
  readonly parameters: number;
  /** epochs of the final net, and most of each cross-fitted one */
  readonly epochs: number;
  readonly foldEpochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
  readonly maskRate: number;
  readonly noise: number;
  readonly ema: number;
  readonly percentile: number;
  /** of the net that was validated on the last block */
  readonly lossCurve: readonly EpochFacts[];
  /** columns that were constant in training and are no input */
  readonly constant: readonly string[];
  /** values beyond the scaler's clip, by column; only columns that had any */
  readonly clipped: Readonly<Record<string, number>>;
  /** seconds: reading and statistics, fits, calibration */
  readonly secondsSurvey: number;
  readonly secondsFit: number;
  readonly secondsCalibration: number;
  /** rows given to training steps, and rows scored */
  readonly rowsTrained: number;
  readonly rowsScored: number;
  /** interrupted: the best so far was kept */
  readonly interrupted: boolean;
  /** learned from the innermost packets of tunnels (--inner), and for them alone */
  readonly inner?: boolean | undefined;
  /** one line each */
  readonly warnings: readonly string[];
  /** undefined: nothing but a net was learned */
  readonly evidence?: EvidenceFacts | undefined;
}

/** What alarms by evidence can be promised after this training. */
export interface EvidenceFacts {
  /** s */
  readonly trainingS: number;
  /** lengths of windows */
  readonly scales: number;
  /** by newness and what leads, which share the budget of alarms */
  readonly strata: number;
  /** alarms that a detector which learned the other blocks of the training raises in its blocks */
  readonly raised: number;
  /** windows that others stand for; members of relations that found no place; entities that made room for others */
  readonly thinned: number;
  readonly beyond: number;
  readonly forgotten: number;
}

export interface TrainedModel {
  readonly schema: SavedSchema;
  readonly spec: NetSpec;
  readonly weights: NetWeights;
  /** by block of time, nets that have not seen it, for measuring with them; not kept in a bundle's files */
  readonly folds?: readonly (NetWeights | undefined)[] | undefined;
  readonly scaler: ScalerState;
  /** w_j per input of the net */
  readonly residualWeights: Float32Array;
  readonly calibration: Calibration;
  readonly threshold: Threshold;
  /** by column of the schema */
  readonly reference: readonly FeatureReference[];
  readonly facts: TrainingFacts;
}
