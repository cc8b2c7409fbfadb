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

/** @throws USAGE for packets, which somebody named beside logs */
export function parserFor(format: string, name: string): LineParser {
  if (format === 'zeek-tsv') return new TsvParser(name);
  if (format === 'zeek-json') return new JsonParser(name);
  if (isFlowFormat(format)) return flowParser(format, name);
  throw new AnomalyError('USAGE', `${name}: is a ${format} file, where a Zeek conn.log or a flow table is needed`);
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
  if (flows) yield* settled(batchesOf(input, rows) as AsyncGenerator<HeldRows>, nextBatch);
  else yield* batchesOf(input, rows);
  rows.checkAny();
  warnings.push(...rows.warnings);
}

async function* batchesOf(input: Input, rows: Rows): AsyncGenerator<ConnBatch> {
  for await (const chunk of input.chunks) yield* rows.take(chunk);
  yield* rows.finish();
}
