/** What a detector is made of. */
import type { FeatureSchema } from '../features/extractor.js';
import type { FeatureReference } from '../model/survey.js';
import type { Incident } from './incident.js';

export interface DetectorOptions {
  readonly schema: FeatureSchema;
  /** names of the envelope counts in the batches, in their order: those of the extractors' table */
  readonly countNames: readonly string[];
  /** what was normal, by column of the schema */
  readonly reference: readonly FeatureReference[];
  /** of the smoothed score */
  readonly threshold: number;
  /** of scores per pair, as in the model's calibration */
  readonly smoothing: number;
  /** false alarms that may come in a day; default: as trained */
  readonly alertsPerDay?: number | undefined;
  /** what `BaselineBuilder.state` gave in training */
  readonly state: unknown;
  /** the SHA-1 digest of bytes, for community IDs */
  readonly sha1: (bytes: Uint8Array) => Uint8Array;
  /** a new id, unique over runs and hosts; ms since the epoch */
  readonly newId: (unixMs: number) => string;
  /** true where an incident, about to be opened, is expected and shall not be told */
  readonly allows?: (incident: Incident) => boolean;
}
