/** Incidents as JSON lines, in Suricata's or Elastic's field names. */

import type { DetectorEvent } from '../detect/detector-event.js';
import type { Report, RunIdentity } from '../detect/run-facts.js';
import { ecsLine } from '../report/ecs.js';
import { eveLine } from '../report/eve.js';

interface JsonLineOptions {
  /** Elastic Common Schema names instead of EVE's */
  readonly ecs?: boolean | undefined;
}

/** What happened to an incident, as one line with its line end. `who`: facts of the run, or what of them names it. */
export function incidentJson(event: DetectorEvent, who: RunIdentity, options: JsonLineOptions = {}): string {
  return `${JSON.stringify(options.ecs ? ecsLine(event, who) : eveLine(event, who))}\n`;
}

/** One line an incident, in the order of their numbers. */
export function renderJsonLines({ facts, incidents }: Report, options: JsonLineOptions = {}): string {
  const lines = incidents.map((incident) =>
    incidentJson({ type: incident.closed ? 'closed' : 'updated', incident, atUs: incident.lastUs }, facts, options),
  );
  return lines.join('');
}
