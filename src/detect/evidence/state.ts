/** What evidence learned, as a model's file holds it; saved.ts reads it. */
import type { ClassifierState } from './misuse/classifier.js';
import type { GroupState, NormalState } from './normal.js';
import type { RelationsState } from './relations.js';
import type { RolesState } from './roles.js';
import type { StrataState } from './strata.js';

/** 7: what it weighs, by tails of strata that thin out no faster than e^−x */
export const EVIDENCE_VERSION = 7;

export interface EvidenceState {
  readonly version: typeof EVIDENCE_VERSION;
  /** that were asked for in training */
  readonly alertsPerDay: number;
  readonly relations: RelationsState;
  readonly roles: RolesState;
  readonly scales: number;
  readonly normal: NormalState;
  readonly classifier: ClassifierState;
  readonly strata: StrataState;
  /** of other networks, by group */
  readonly foreign: Readonly<Record<string, GroupState>>;
  /** what `weighed` made of all this */
  readonly weighs: readonly number[];
}
