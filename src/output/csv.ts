/** Incidents as CSV (RFC 4180), safe to open in a spreadsheet. */
import { stringify } from 'csv-stringify/sync';
import { spreadsheetSafe } from '../base/text.js';
import type { Report } from '../detect/run-facts.js';
import { FLEET_COLUMNS } from '../report/fleet/columns.js';
import type { FleetReport } from '../report/fleet/facts.js';
import { type Cell, INCIDENT_COLUMNS, incidentCells } from '../report/incident-columns.js';

/** Whose an incident is: rows of several files can stand in one sheet. */
const IDENTITY = ['uuid', 'sensor', 'run'];

/** A header line and one line an incident. */
export function renderCsv({ facts, incidents }: Report): string {
  const rows = incidents.map((incident) => [incident.uuid, facts.sensor, facts.run, ...incidentCells(incident)]);
  return table([...IDENTITY, ...INCIDENT_COLUMNS.map(({ name }) => name)], rows);
}

/** The same of a fleet: a header line and one line for each incident that is listed. */
export function renderFleetCsv({ incidents }: FleetReport): string {
  const rows = incidents.map((incident) => FLEET_COLUMNS.map(({ cell }) => cell(incident)));
  return table(
    FLEET_COLUMNS.map(({ name }) => name),
    rows,
  );
}

function table(columns: string[], rows: readonly (readonly Cell[])[]): string {
  const safe = rows.map((row) => row.map((cell) => (typeof cell === 'string' ? spreadsheetSafe(cell) : cell)));
  return stringify(safe, { header: true, columns });
}
