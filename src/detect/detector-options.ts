/** What a detector is made of. */
import type { FeatureSchema } from '../features/extractor.js';
import type { FeatureReference } from '../model/survey.js';
import type { Allows } from './incidents/dealing.js';

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
  /** how its log names a record, by its number; empty where it does not, or is too long ago */
  readonly idOf?: ((frame: number) => string) | undefined;
  /** asked of every finding: the words of what allows it, which then is kept back; undefined: nothing does */
  readonly allows?: Allows;
}
