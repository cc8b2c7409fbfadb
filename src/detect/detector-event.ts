/** What becomes of incidents, as it is told. */
import type { Incident } from './incident.js';

export interface DetectorEvent {
  /** `updated`: grown tenfold, worse than it was told to be, or something else */
  readonly type: 'opened' | 'updated' | 'closed';
  /** as it stood then: events come batch by batch, and by the batch's end it may have grown, or be over */
  readonly incident: Incident;
  /** µs since the epoch: of the record at which it was known */
  readonly atUs: number;
  /** it is worse than it was told to be */
  readonly worse?: boolean;
  /** it turned out to be of another kind, or about others */
  readonly renamed?: boolean;
}
