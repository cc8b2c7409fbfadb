/** A detector's parts, checked when it is made: with a wrong one it would watch and see nothing. */
import { COUNTS } from '../features/counts.js';
import { RECORD_KINDS } from '../features/record-kinds.js';
import type { DetectorOptions } from './detector-options.js';

/** @throws TypeError, one line, where parts are not this program's or do not belong together */
export function requireParts(options: DetectorOptions): void {
  const { schema, countNames, reference, threshold, smoothing, alertsPerDay = 1, sha1, newId } = options;
  check(Object.hasOwn(RECORD_KINDS, schema.kind), `the schema is of no kind of record: "${schema.kind}"`);
  check(schema.columns.length > 0, 'the schema has no columns');
  for (const { name, plain } of schema.columns) {
    // a bundle's columns lack what detection wants to know of a feature
    check(
      typeof plain === 'function',
      `column "${name}" is a saved one: take the schema of the extractor, not that of the bundle`,
    );
  }
  requireCounts(countNames);
  const columns = schema.columns.length;
  check(reference.length === columns, `${reference.length} columns of reference do not fit ${columns} features`);
  check(Number.isFinite(threshold) && threshold > 0, `the threshold must be a number above 0, not ${threshold}`);
  check(Number.isFinite(smoothing) && smoothing >= 1, `the smoothing must be a number from 1, not ${smoothing}`);
  check(alertsPerDay > 0, `the number of alerts per day must be above 0, not ${alertsPerDay}`);
  check(typeof sha1 === 'function', 'sha1 must be a function');
  check(typeof newId === 'function', 'newId must be a function');
}

/** Rules read counts by their place in the table, so names and order are those of the table. */
function requireCounts(names: readonly string[]): void {
  for (let i = 0; i < Math.max(names.length, COUNTS.length); i++) {
    const [given, wanted] = [names[i] ?? 'missing', COUNTS[i]?.name ?? 'missing'];
    check(given === wanted, `count ${i + 1} is "${given}", and should be "${wanted}"`);
  }
}

function check(condition: boolean, message: string): void {
  if (!condition) throw new TypeError(message);
}
