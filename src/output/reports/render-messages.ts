/** What the rendering thread is told, and answers. */
import type { Incident } from '../../detect/incident.js';
import type { RunReport } from '../../report/run-report.js';

/** Frame numbers are most of an incident; as an array of numbers they would take a thousand times as long to hand over. */
export interface PackedIncident extends Omit<Incident, 'frames'> {
  readonly frames: Float64Array;
}

export function pack(incident: Incident): PackedIncident {
  return { ...incident, frames: Float64Array.from(incident.frames) };
}

export function unpack(packed: PackedIncident): Incident {
  return { ...packed, frames: Array.from(packed.frames) };
}

export type ToThread =
  /** some of the incidents of the next report */
  | { readonly type: 'incidents'; readonly incidents: readonly PackedIncident[] }
  /** the rest of it: it is written */
  | {
      readonly type: 'write';
      readonly rest: Omit<RunReport, 'incidents'>;
      readonly files: readonly { readonly path: string; readonly earlier: readonly string[] }[];
    };

export interface FromThread {
  /** ms of the thread */
  readonly tookMs: number;
  readonly failures: readonly { readonly path: string; readonly code: string; readonly message: string }[];
}
