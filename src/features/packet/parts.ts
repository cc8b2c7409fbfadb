/** What the columns of a packet are worked out of. */

import type { PacketRecord } from '../../table/record.js';
import type { Activity } from './activity.js';
import type { Flows } from './flows.js';
import type { Macs } from './macs.js';
import type { Remotes } from './remotes.js';
import type { Rhythm } from './rhythm.js';
import type { Scene } from './scene.js';
import type { Sides } from './sides.js';
import type { Vocabularies } from './vocabularies.js';

/** The record in work, and all that follows the traffic, the record taken in. */
export interface PacketParts {
  readonly record: PacketRecord;
  readonly scene: Scene;
  readonly flows: Flows;
  readonly sides: Sides;
  readonly activity: Activity;
  readonly rhythm: Rhythm;
  readonly remotes: Remotes;
  readonly macs: Macs;
  readonly vocabularies: Vocabularies;
  /** the training block whose own counts rarities leave out, or DETECTING */
  readonly leftOut: number;
}
