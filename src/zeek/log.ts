/** One conn.log as batches of rows. */

import { AnomalyError } from '../base/errors.js';
import { isFlowFormat } from '../source/flow-tables/formats.js';
import type { Input } from '../source/input.js';
import { ConnBatch } from './conn-batch.js';
import { HeldRows } from './flows/held-rows.js';
import { flowParser } from './flows/parser.js';
import { settled } from './flows/settle.js';
import { JsonParser } from './json.js';
import { always, type NextBatch, Rows } from './lines.js';
import { type LineParser, TsvParser } from './tsv.js';

/** @throws BAD_DATA for another kind of file */
export function parserFor(format: string, name: string): LineParser {
  if (format === 'zeek-tsv') return new TsvParser(name);
  if (format === 'zeek-json') return new JsonParser(name);
  if (isFlowFormat(format)) return flowParser(format, name);
  throw new AnomalyError('BAD_DATA', `${name}: is a ${format} file, where a Zeek conn.log is needed`);
}

/** Rows of one log. @param warnings gets a line for each kind of thing that was left out @param log its place among several */
export async function* readLog(
  input: Input,
  warnings: string[],
  log: number,
  nextBatch: NextBatch = always(new ConnBatch()),
): AsyncGenerator<ConnBatch> {
  const flows = isFlowFormat(input.format);
  const into = flows ? always(new HeldRows()) : nextBatch;
  const rows = new Rows(input.name, parserFor(input.format, input.name), into, log);
  const { counts } = rows;
  if (flows) yield* settled(batchesOf(input, rows) as AsyncGenerator<HeldRows>, nextBatch);
  else yield* batchesOf(input, rows);
  if (counts.rows === 0 && (counts.bad > 0 || counts.cut)) {
    const where = counts.bad > 0 ? `line ${counts.firstBad}: ${counts.fault}` : 'it ends within the first one';
    throw new AnomalyError('BAD_DATA', `${input.name}: not one whole row of a conn log in it (${where})`);
  }
  warnings.push(...rowWarnings(input.name, rows));
}

async function* batchesOf(input: Input, rows: Rows): AsyncGenerator<ConnBatch> {
  for await (const chunk of input.chunks) yield* rows.take(chunk);
  yield* rows.finish();
}

/** One line for each thing that was left out. */
export function rowWarnings(name: string, { counts, notes }: Rows): string[] {
  const warnings = notes();
  if (counts.bad > 0) {
    const lines = counts.bad === 1 ? '1 line' : `${counts.bad} lines`;
    warnings.push(
      `${name}: ${lines} left out that cannot be read as a row, the first is line ${counts.firstBad} (${counts.fault})`,
    );
  }
  if (counts.cut)
    warnings.push(
      `${name}: ends in the middle of line ${counts.lines}; the ${counts.rows} whole rows before it are used`,
    );
  return warnings;
}
