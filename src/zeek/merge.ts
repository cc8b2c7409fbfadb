/**
 * Several conn.logs as one stream. Logs that follow one another, as rotated ones do, are read one after the other. Where
 * two are of the same hours, as those of two sensors are, the row that began first is next; each log keeps its own order.
 *
 * A log is in the order in which connections ended, so the time of its first row does not say when it begins, but the
 * latest end among its first rows does. One log's last rows begin a little after the next one's first rows ended, for
 * these wait to be written. Only where they go on for longer are the two of the same hours.
 */

import { type Input, originOf } from '../source/input.js';
import type { OriginFile } from '../source/origins.js';
import { type Feed, mergeRuns } from '../source/runs.js';
import { ConnBatch } from './conn-batch.js';
import { BATCH_ROWS } from './layout.js';
import { always, type NextBatch } from './lines.js';
import { readLog } from './log.js';

/** First rows that tell when a log begins. */
const FIRST_ROWS = 8;
/** How long Zeek waits for another packet of UDP or ICMP, nearly the longest for most rows (`udp_inactivity_timeout`). */
const WRITTEN_LATE_US = 60e6;

/** A log that was looked into. */
export interface Log {
  readonly path: string;
  /** its place among the others */
  readonly rank: number;
  readonly format: string;
  readonly origin: OriginFile;
  /** µs; Infinity: it has no rows */
  readonly startUs: number;
  /** still open, where it is the only one or cannot be opened again */
  readonly kept?: { readonly input: Input; readonly batches: AsyncGenerator<ConnBatch> };
}

/**
 * Reads the first rows of a log. One of several that can be opened again is closed.
 * @param rank its place among the others
 * @param warnings of a log that stays open
 * @param nextBatch where the rows of an only log go
 * @throws AnomalyError BAD_DATA for what is no conn.log
 */
export async function lookInto(
  input: Input,
  path: string,
  rank: number,
  several: boolean,
  warnings: string[],
  nextBatch?: NextBatch,
): Promise<Log> {
  const again = several && input.repeatable;
  const batches = readLog(input, again ? [] : warnings, rank, several ? undefined : nextBatch);
  let startUs = Number.NEGATIVE_INFINITY;
  let rows = 0;
  let next: IteratorResult<ConnBatch>;
  do {
    next = await batches.next();
    const count = next.done ? 0 : next.value.count;
    for (let k = 0; k < count && rows < FIRST_ROWS; k++, rows++) startUs = Math.max(startUs, next.value.endUs(k));
  } while (again && !next.done && rows < FIRST_ROWS);
  const log = {
    path,
    rank,
    format: input.format,
    origin: originOf(input),
    startUs: rows === 0 ? Number.POSITIVE_INFINITY : startUs,
  };
  if (!again) return { ...log, kept: { input, batches: withFirst(next, batches) } };
  await batches.return(undefined);
  await input.close();
  return log;
}

async function* withFirst(
  first: IteratorResult<ConnBatch>,
  others: AsyncGenerator<ConnBatch>,
): AsyncGenerator<ConnBatch> {
  if (first.done) return;
  yield first.value;
  yield* others;
}

/** A batch with its times side by side. */
interface Timed {
  readonly rows: ConnBatch;
  count: number;
  readonly timestampUs: Float64Array;
}

async function* timed(batches: AsyncIterable<ConnBatch>): AsyncGenerator<Timed> {
  const timestampUs = new Float64Array(BATCH_ROWS);
  for await (const rows of batches) {
    const { count } = rows;
    for (let k = 0; k < count; k++) timestampUs[k] = rows.timestampUs(k);
    yield { rows, count, timestampUs };
  }
}

/** @param nextBatch where rows go; default: they stay where they are, as far as that can be */
export async function* mergeLogs(
  logs: readonly Log[],
  rowsOf: (log: Log) => AsyncIterable<ConnBatch>,
  nextBatch?: NextBatch,
): AsyncGenerator<ConnBatch> {
  const feeds = logs.map((log): Feed<Timed> => {
    return { firstUs: log.startUs + WRITTEN_LATE_US, open: async () => timed(rowsOf(log)) };
  });
  const next = nextBatch ?? always(new ConnBatch());
  let merged = next();
  merged.clear();
  for await (const { batch, from, to } of mergeRuns(feeds)) {
    const whole = from === 0 && to === batch.count;
    if (merged.count > 0 && (whole || merged.count + to - from > BATCH_ROWS)) {
      yield merged;
      merged = next();
      merged.clear();
    }
    if (whole && !nextBatch) yield batch.rows;
    else merged.append(batch.rows, from, to);
  }
  if (merged.count > 0) yield merged;
}
