/** Incidents as CSV (RFC 4180), safe to open in a spreadsheet. */
import { stringify } from 'csv-stringify/sync';
import { spreadsheetSafe } from '../base/text.js';
import type { Report } from '../detect/run-facts.js';
import { INCIDENT_COLUMNS, incidentCells } from '../report/incident-columns.js';

/** Whose an incident is: rows of several files can stand in one sheet. */
const IDENTITY = ['uuid', 'sensor', 'run'];

/** A header line and one line an incident. */
export function renderCsv({ facts, incidents }: Report): string {
  const rows = incidents.map((incident) =>
    [incident.uuid, facts.sensor, facts.run, ...incidentCells(incident)].map((cell) =>
      typeof cell === 'string' ? spreadsheetSafe(cell) : cell,
    ),
  );
  return stringify(rows, { header: true, columns: [...IDENTITY, ...INCIDENT_COLUMNS.map(({ name }) => name)] });
}
