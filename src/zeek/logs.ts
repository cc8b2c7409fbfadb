/** conn.log files as one stream of connection records. */

import { AnomalyError } from '../base/errors.js';
import { flowTable, isFlowFormat } from '../source/flow-tables/formats.js';
import type { Input, OpenInput } from '../source/input.js';
import { type OriginFile, Origins } from '../source/origins.js';
import type { SourceFacts } from '../source/packet-source.js';
import { Damages, PassedOver } from '../source/passed-over.js';
import type { ConnBatch } from './conn-batch.js';
import type { NextBatch } from './lines.js';
import { readLog } from './log.js';
import { type Log, lookInto, mergeLogs } from './merge.js';
import { Repeats } from './repeats.js';

export interface ConnSource {
  readonly facts: SourceFacts;
  /** where its rows are to be found */
  readonly files: readonly OriginFile[];
  /** "zeek-tsv", "zeek-json", or both */
  readonly format: string;
  /** Can be iterated once; a batch is valid until the next is asked for. Errors: BAD_DATA with file and place. */
  readonly batches: AsyncIterable<ConnBatch>;
  /** always empty: a row is read whole or left out; here so that both kinds of records can be consumed alike */
  readonly stops: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Several are one stream, as `mergeLogs` says. Of a connection that has several rows only the first is given.
 * @param nextBatch where rows go; default: memory of each log's own
 * @throws AnomalyError NO_INPUT, NO_PERMISSION; BAD_DATA for what is no conn.log
 */
export async function openLogs(
  files: readonly string[],
  open: OpenInput,
  nextBatch?: NextBatch,
  signal?: AbortSignal,
): Promise<ConnSource> {
  const found: OriginFile[] = [];
  const origins = new Origins(found);
  const facts: Mutable<SourceFacts> = { name: '', format: '', origins, received: 0, gaps: [], warnings: [] };
  const inputs = new Set<Input>();
  const close = async (): Promise<void> => {
    for (const input of inputs) await input.close();
  };
  const logs: Log[] = [];
  const passed = new PassedOver(files);
  const several = files.length > 1;
  try {
    for (const path of files) {
      signal?.throwIfAborted();
      const input = await passed.leaveOut(() => open(path, signal));
      if (!input) continue;
      inputs.add(input);
      const rank = logs.length;
      const log = await passed.leaveOut(() => lookInto(input, path, rank, several, facts.warnings, nextBatch));
      if (!log) {
        await input.close();
        inputs.delete(input);
        continue;
      }
      if (!log.kept) inputs.delete(input);
      logs.push(log);
      found.push(log.origin);
    }
  } catch (error) {
    await close();
    throw error;
  }
  facts.warnings.push(...passed.warnings);
  try {
    checkOneKind(logs);
  } catch (error) {
    await close();
    throw error;
  }
  facts.name = found.map((log) => log.name).join(', ');
  facts.format = [...new Set(logs.map((log) => log.format))].join(', ');

  async function* rowsOf(log: Log): AsyncGenerator<ConnBatch> {
    const input = log.kept?.input ?? (await open(log.path, signal));
    inputs.add(input);
    yield* log.kept?.batches ?? readLog(input, facts.warnings, log.rank);
    await input.close();
    inputs.delete(input);
    facts.warnings.push(...input.warnings);
  }

  async function* batches(): AsyncGenerator<ConnBatch> {
    const repeats = new Repeats();
    const damages = new Damages();
    const merged = (): AsyncIterable<ConnBatch> => mergeLogs(logs, (log) => damages.until(rowsOf(log)), nextBatch);
    for await (const batch of several ? merged() : rowsOf(logs[0])) {
      repeats.leaveOut(batch);
      batch.trace(origins);
      facts.received += batch.count;
      if (batch.count > 0) yield batch;
    }
    facts.warnings.push(...repeats.warnings);
    damages.throw();
  }
  return { facts, files: found, format: facts.format, batches: batches(), stops: new Map(), close };
}

/** @throws USAGE for logs of which some tell of a connection what others do not */
function checkOneKind(logs: readonly Log[]): void {
  const titleOf = ({ format }: Log): string => (isFlowFormat(format) ? flowTable(format).title : 'Zeek conn.log');
  const other = logs.find((log) => logs[0] && titleOf(log) !== titleOf(logs[0]));
  if (!other || !logs[0]) return;
  const [a, b] = [logs[0], other].map((log) => `${log.origin.name} is a ${titleOf(log)}`);
  throw new AnomalyError('USAGE', `${a}, ${b}: they cannot be read together; name logs of one kind`);
}
