/** Names in a report come from the wire and from file names: every string passes `printable` once, before any renderer. */

import { printable } from '../base/text.js';
import type { Incident } from '../detect/incident.js';
import type { RunFacts, RunIdentity } from '../detect/run-facts.js';
import type { RunReport } from './run-report.js';

const CLEANED = new WeakSet<object>();

/** The same plain data with every text safe to show. */
export function cleaned<T>(value: T): T {
  if (typeof value === 'string') return printable(value) as T;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    // frame numbers and histogram counts are long and hold no text
    return (typeof value[0] === 'number' ? value : value.map(cleaned)) as T;
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cleaned(item)])) as T;
}

function once<T extends object>(value: T): T {
  if (CLEANED.has(value)) return value;
  const result = cleaned(value);
  CLEANED.add(result);
  return result;
}

/** The same report with every text safe to show; a report already cleaned is returned as it is. */
export function cleanReport(report: RunReport): RunReport {
  if (CLEANED.has(report)) return report;
  const { facts, incidents, power, earlier } = report;
  const result = {
    facts: once(facts),
    incidents: incidents.map(once),
    ...(power && { power: once(power) }),
    ...(earlier && { earlier: cleaned(earlier) }),
  };
  CLEANED.add(result);
  return result;
}

/** The same facts of a run with every text safe to show. */
export function cleanFacts(facts: RunFacts): RunFacts {
  return once(facts);
}

/** The same incident with every text safe to show. */
export function cleanIncident(incident: Incident): Incident {
  return once(incident);
}

/** The same identity with every text safe to show. */
export function cleanIdentity({ version, sensor, run, kind, model }: RunIdentity): RunIdentity {
  const names = { sensor: printable(sensor), model: { name: printable(model.name), id: model.id } };
  return { version, run, kind, ...names };
}
