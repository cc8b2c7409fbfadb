/** Incidents as CSV (RFC 4180), safe to open in a spreadsheet. */
import { stringify } from 'csv-stringify/sync';
import { spreadsheetSafe } from '../base/text.js';
import type { Report } from '../detect/run-facts.js';
import { INCIDENT_COLUMNS, incidentCells } from '../report/incident-columns.js';

/** A header line and one line an incident. */
export function renderCsv(report: Report): string {
  const rows = report.incidents.map((incident) =>
    incidentCells(incident).map((cell) => (typeof cell === 'string' ? spreadsheetSafe(cell) : cell)),
  );
  return stringify(rows, { header: true, columns: INCIDENT_COLUMNS.map((column) => column.name) });
}
