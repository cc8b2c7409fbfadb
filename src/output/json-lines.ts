/** Incidents as JSON lines, in Suricata's or Elastic's field names. */

import type { Incident } from '../detect/incident.js';
import type { Report } from '../detect/run-facts.js';
import { ecsLine } from '../report/ecs.js';
import { eveLine } from '../report/eve.js';

interface JsonLineOptions {
  /** Elastic Common Schema names instead of EVE's */
  readonly ecs?: boolean;
  readonly version: string;
}

/** One line, with its line end. */
export function incidentJson(incident: Incident, options: JsonLineOptions): string {
  return `${JSON.stringify(options.ecs ? ecsLine(incident, options) : eveLine(incident))}\n`;
}

/** One line an incident, in the order of their numbers. */
export function renderJsonLines(report: Report, options: { readonly ecs?: boolean } = {}): string {
  const lines = report.incidents.map((incident) =>
    incidentJson(incident, { ...options, version: report.facts.version }),
  );
  return lines.join('');
}
