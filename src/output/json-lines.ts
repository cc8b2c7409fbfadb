/** Incidents as JSON lines, in Suricata's or Elastic's field names. */

import type { Incident } from '../detect/incident.js';
import { ecsLine } from '../report/ecs.js';
import { eveLine } from '../report/eve.js';
import type { RunReport } from '../report/run-report.js';
import { ecsUnseen, eveUnseen } from '../report/unseen.js';

interface JsonLineOptions {
  /** Elastic Common Schema names instead of EVE's */
  readonly ecs?: boolean;
  readonly version: string;
}

/** One line, with its line end. */
export function incidentJson(incident: Incident, options: JsonLineOptions): string {
  return `${JSON.stringify(options.ecs ? ecsLine(incident, options) : eveLine(incident))}\n`;
}

/** One line an incident, in the order of their numbers; the last says what the model would not have seen, where that is known. */
export function renderJsonLines(report: RunReport, options: { readonly ecs?: boolean } = {}): string {
  const lines = report.incidents.map((incident) =>
    incidentJson(incident, { ...options, version: report.facts.version }),
  );
  if (report.power) lines.push(`${JSON.stringify(options.ecs ? ecsUnseen(report) : eveUnseen(report))}\n`);
  return lines.join('');
}
