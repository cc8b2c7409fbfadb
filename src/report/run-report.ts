/** What a run found, beside what its model would not have seen. */

import type { Report } from '../detect/run-facts.js';
import type { Power } from '../model/power-schema.js';

export interface RunReport extends Report {
  /** of the model; absent: not measured */
  readonly power?: Power | undefined;
  /** names of earlier reports beside this one, the newest first */
  readonly earlier?: readonly string[];
}
