import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { EveLine } from '../../src/report/eve.js';
import { root } from './program.js';

/** Suricata's schema of EVE, which is no part of the project. */
const SURICATA = join(root, '../shared/schemas/suricata-eve.schema.json');

const read = (path: string): object => JSON.parse(readFileSync(path, 'utf8'));
export const ourSchema = read(join(root, 'schema/eve.schema.json'));
export const suricataSchema = existsSync(SURICATA) ? read(SURICATA) : undefined;
if (!suricataSchema)
  console.log("skipped: Suricata's schema is not in ../shared/schemas; lines are validated by ours only");

function compiled(schema: object, strict: boolean): ValidateFunction {
  const ajv = new Ajv2020.default({
    allErrors: true,
    strict,
    strictTypes: false,
    strictRequired: false,
    allowUnionTypes: true,
  });
  addFormats.default(ajv);
  return ajv.compile(schema);
}
const schemas: [string, ValidateFunction][] = [['ours', compiled(ourSchema, true)]];
// has keywords of its own, for Suricata's documentation
if (suricataSchema) schemas.push(["Suricata's", compiled(suricataSchema, false)]);

/** What is wrong with a line, by our schema and by Suricata's; none: valid by both. */
export function eveProblems(line: unknown): string[] {
  return schemas.flatMap(([name, validate]) =>
    validate(line) ? [] : (validate.errors ?? []).map((error) => `${name}: ${error.instancePath} ${error.message}`),
  );
}

/** The lines of a .jsonl file. */
export function eveLines(text: string): EveLine[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** What was told last of each incident, in the order of their numbers. */
export function lastWords(text: string): EveLine[] {
  const last = new Map(eveLines(text).map((line) => [line.alert.context.number, line]));
  return [...last].sort(([a], [b]) => a - b).map(([, line]) => line);
}
