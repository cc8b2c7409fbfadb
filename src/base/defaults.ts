/** What is used where nobody says otherwise. The table of options reads it, and so do the stages. */

/** where sniff writes and train looks */
export const DATA_FOLDER = 'data';
export const MODEL_FOLDER = 'models/default';
/** models kept beside one another, the one in use among them */
export const KEPT_MODELS = 3;

export const TRAINING = {
  epochs: 50,
  /** of the encoder, the last is the bottleneck */
  layers: [48, 16],
  batchSize: 256,
  learningRate: 1e-3,
  seed: 1,
  percentile: 99.9,
  alertsPerDay: 1,
} as const;

/** False alarms a day, over everything. */
export const ALERTS_PER_DAY = 1;
/** What `detect` writes where nothing else is asked for; of a fleet the first one is what remembers. */
export const REPORTS = ['report.txt'];
export const FLEET_REPORTS = ['fleet.sqlite', 'fleet.txt'];
