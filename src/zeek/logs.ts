/** conn.log files as one stream of connection records, in the order of their first rows. */

import { AnomalyError } from '../base/errors.js';
import type { Input, OpenInput } from '../source/input.js';
import type { SourceFacts } from '../source/packet-source.js';
import type { ConnBatch } from './conn-batch.js';
import { JsonParser } from './json.js';
import { type NextBatch, Rows } from './lines.js';
import { type LineParser, TsvParser } from './tsv.js';

export interface ConnSource {
  readonly facts: SourceFacts;
  /** "zeek-tsv", "zeek-json", or both */
  readonly format: string;
  /** Can be iterated once; a batch is valid until the next is asked for. Errors: BAD_DATA with file and place. */
  readonly batches: AsyncIterable<ConnBatch>;
  /** always empty: a row is read whole or left out; here so that both kinds of records can be consumed alike */
  readonly stops: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

interface Log {
  readonly path: string;
  readonly format: string;
  readonly name: string;
  /** µs; Infinity: it has no rows */
  readonly firstUs: number;
  /** still open, where it cannot be opened again */
  readonly kept?: {
    readonly input: Input;
    readonly batches: AsyncGenerator<ConnBatch>;
    readonly first: IteratorResult<ConnBatch>;
  };
}

/**
 * Several are read one after the other in the order of their first rows.
 * @param nextBatch where rows go; default: memory of each log's own
 * @throws AnomalyError NO_INPUT, NO_PERMISSION; BAD_DATA for what is no conn.log
 */
export async function openLogs(files: readonly string[], open: OpenInput, nextBatch?: NextBatch): Promise<ConnSource> {
  const facts: Mutable<SourceFacts> = { name: '', format: '', received: 0, gaps: [], warnings: [] };
  const logs: Log[] = [];
  let current: Input | undefined;
  const close = async (): Promise<void> => {
    await current?.close();
    for (const { kept } of logs) await kept?.input.close();
  };
  try {
    for (const path of files) logs.push(await look(path, open, files.length > 1, facts, nextBatch));
  } catch (error) {
    await close();
    throw error;
  }
  facts.name = logs.map((log) => log.name).join(', ');
  facts.format = [...new Set(logs.map((log) => log.format))].join(', ');
  // equal times keep the order given: the sort is stable
  logs.sort((a, b) => (a.firstUs < b.firstUs ? -1 : a.firstUs > b.firstUs ? 1 : 0));

  async function* batches(): AsyncGenerator<ConnBatch> {
    for (const log of logs) {
      if (log.kept) {
        current = log.kept.input;
        if (!log.kept.first.done) yield counted(log.kept.first.value, facts);
        for await (const batch of log.kept.batches) yield counted(batch, facts);
      } else {
        const input = await open(log.path);
        current = input;
        for await (const batch of readLog(input, facts.warnings, nextBatch)) yield counted(batch, facts);
      }
      await current.close();
      facts.warnings.push(...current.warnings);
    }
  }
  return { facts, format: facts.format, batches: batches(), stops: new Map(), close };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function counted(batch: ConnBatch, facts: SourceFacts): ConnBatch {
  facts.received += batch.count;
  return batch;
}

/** Opens a log for its first rows. One that can be opened again is closed when others are waiting. */
async function look(
  path: string,
  open: OpenInput,
  several: boolean,
  facts: SourceFacts,
  nextBatch?: NextBatch,
): Promise<Log> {
  const input = await open(path);
  const reopen = several && input.repeatable;
  try {
    const batches = readLog(input, reopen ? [] : facts.warnings, nextBatch);
    const first = await batches.next();
    const firstUs = first.done ? Number.POSITIVE_INFINITY : first.value.timestampUs(0);
    const log = { path, format: input.format, name: input.name, firstUs };
    if (!reopen) return { ...log, kept: { input, batches, first } };
    await batches.return(undefined);
    await input.close();
    return log;
  } catch (error) {
    await input.close();
    throw error;
  }
}

/** @throws BAD_DATA for another kind of file */
export function parserFor(format: string, name: string): LineParser {
  if (format === 'zeek-tsv') return new TsvParser(name);
  if (format === 'zeek-json') return new JsonParser(name);
  throw new AnomalyError('BAD_DATA', `${name}: is a ${format} file, where a Zeek conn.log is needed`);
}

async function* readLog(input: Input, warnings: string[], nextBatch?: NextBatch): AsyncGenerator<ConnBatch> {
  const rows = new Rows(input.name, parserFor(input.format, input.name), nextBatch);
  const { counts } = rows;
  for await (const chunk of input.chunks) yield* rows.take(chunk);
  yield* rows.finish();
  if (counts.rows === 0 && (counts.bad > 0 || counts.cut)) {
    const where = counts.bad > 0 ? `line ${counts.firstBad}: ${counts.fault}` : 'it ends within the first one';
    throw new AnomalyError('BAD_DATA', `${input.name}: not one whole row of a conn log in it (${where})`);
  }
  warnings.push(...rowWarnings(input.name, rows));
}

/** One line for each thing that was left out. */
export function rowWarnings(name: string, { counts }: Rows): string[] {
  const warnings: string[] = [];
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
