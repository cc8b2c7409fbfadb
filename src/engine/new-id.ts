/** Ids of runs and incidents. */
import { v7 } from 'uuid';

/** RFC 9562 gives its time 48 bits; a record's own time may be anything. */
const MOST_MS = 2 ** 48 - 1;

/** A UUIDv7, unique over runs and hosts; in the order of `unixMs` (ms since the epoch; what is none counts as 0). */
export function newId(unixMs: number): string {
  const msecs = Number.isFinite(unixMs) ? Math.floor(Math.min(MOST_MS, Math.max(0, unixMs))) : 0;
  return v7({ msecs });
}
