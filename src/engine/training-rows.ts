/** Records of training -> feature rows, learned vocabularies and the baseline, in three readings of the input. */
import { AnomalyError, PartlyReadError } from '../base/errors.js';
import { Key } from '../base/hash.js';
import { timeBlockOf } from '../base/time-blocks.js';
import { turn } from '../base/turns.js';
import { EvidenceBuilder } from '../detect/evidence/learn.js';
import type { LeftOut } from '../detect/evidence/left-out.js';
import { FeatureBatch } from '../detect/feature-batch.js';
import { BaselineBuilder } from '../detect/rules/baseline.js';
import type { FeatureSchema, RecordContext } from '../features/extractor.js';
import { Spool } from '../model/spool.js';
import type { SourceFacts } from '../source/packet-source.js';
import { Learnable } from './learnable.js';
import type { Extractor, ExtractorOptions, RecordStream, Source } from './record-kind.js';

const BATCH = 1024;
const NO_COUNTS = new Float64Array(0);
/** rows between two reports of progress */
const PROGRESS_ROWS = 65_536;

export interface GatherHooks<R> {
  /** called before the first row */
  readonly onSchema?: ((schema: FeatureSchema) => void) | undefined;
  /** called with each record and its row, `row[at..]`, in time order */
  readonly onRow?: ((record: R, context: RecordContext, row: Float32Array, at: number) => void) | undefined;
  readonly onProgress?: ((progress: GatherProgress) => void) | undefined;
}

export interface GatherProgress {
  readonly stage: 'vocabularies' | 'features';
  readonly records: number;
  readonly of: number;
}

export interface GatheredRows<R> {
  readonly spool: Spool;
  /** of the spool's rows those of the records as they came; the rest are of quiet hours */
  readonly records: number;
  readonly extractor: Extractor<R>;
  readonly baseline: BaselineBuilder;
  readonly evidence: EvidenceBuilder;
  readonly facts: SourceFacts;
}

/** Training was interrupted before there was anything to keep. */
export class Interrupted extends Error {}

type Visit<R> = (record: R, index: number) => Promise<void> | undefined;

/** @throws Interrupted where the signal comes before the source is open */
export async function openUnless<R>(source: Source<R>, signal: AbortSignal | undefined): Promise<RecordStream<R>> {
  try {
    return await source.open({ signal });
  } catch (error) {
    throw signal?.aborted ? new Interrupted() : error;
  }
}

async function read<R>(source: Source<R>, signal: AbortSignal | undefined, visit: Visit<R>): Promise<RecordStream<R>> {
  const stream = await openUnless(source, signal);
  const record = source.kind.newRecord();
  let index = 0;
  try {
    for await (const batch of stream.batches) {
      if (signal?.aborted) throw new Interrupted();
      for (let k = 0; k < batch.count; k++) {
        batch.read(k, record);
        const wait = visit(record, index++) ?? (index % BATCH === 0 ? turn() : undefined);
        if (wait) await wait;
        if (signal?.aborted) throw new Interrupted();
      }
    }
  } catch (error) {
    noteDamage(stream, error, signal);
  } finally {
    await stream.close();
  }
  // it may have ended for that
  if (signal?.aborted) throw new Interrupted();
  return stream;
}

/** What could be read is learned from, and what could not is said. @throws any other error; Interrupted where it ends at the signal, as if the file were cut off */
function noteDamage({ facts }: RecordStream<unknown>, error: unknown, signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new Interrupted();
  if (!(error instanceof PartlyReadError)) throw error;
  facts.warnings.push(error.message);
}

/** Counting needs no cell of any record. */
async function countRecords<R>(source: Source<R>, signal: AbortSignal | undefined): Promise<number> {
  let count = 0;
  const stream = await openUnless(source, signal);
  try {
    for await (const batch of stream.batches) {
      if (signal?.aborted) throw new Interrupted();
      count += batch.count;
      const due = turn();
      if (due) await due;
    }
  } catch (error) {
    noteDamage(stream, error, signal);
  } finally {
    await stream.close();
  }
  if (signal?.aborted) throw new Interrupted();
  return count;
}

/**
 * First reading: how many records, to cut five blocks of time. Second: vocabularies. Third: rows, into the spool.
 * The spool is the caller's to close. Throws BAD_DATA, with `whyNone` if that knows why, where there is
 * no record, or none that can be learned from.
 */
export async function gatherRows<R>(
  source: Source<R>,
  options: ExtractorOptions,
  hooks: GatherHooks<R> = {},
  signal?: AbortSignal,
  whyNone?: () => string | undefined,
): Promise<GatheredRows<R>> {
  const total = await countRecords(source, signal);
  if (total === 0) {
    const why = whyNone?.() ?? 'the training data hold no record; capture some traffic first';
    throw new AnomalyError('BAD_DATA', why);
  }
  const { kind } = source;
  const blockOf = (index: number): number => timeBlockOf(index, total);
  const extractor = kind.extractor(options);
  const evidence = new EvidenceBuilder(kind.kind);
  const one = new FeatureBatch(1, 0, 0);
  await read(source, signal, (record, index) => {
    if (index % PROGRESS_ROWS === 0) hooks.onProgress?.({ stage: 'vocabularies', records: index, of: total });
    extractor.learn(record, blockOf(index));
    one.clear();
    one.add(extractor.context, NO_COUNTS, index + 1);
    evidence.relate(one, 0, blockOf(index));
    return undefined;
  });
  const { nowUs, firstUs, pausedUs } = extractor.clock;
  evidence.freeze(nowUs - firstUs - pausedUs, firstUs);
  extractor.freeze();

  hooks.onSchema?.(extractor.schema);
  const width = extractor.schema.columns.length;
  const spool = new Spool(width);
  const baseline = new BaselineBuilder(kind.counts.length, kind.kind);
  const pair = new Key();
  const learnable = new Learnable();
  const batch = new FeatureBatch(BATCH, width, kind.counts.length);
  const quiet = extractor.quietHours?.();
  const quietRow = new Float32Array(width);
  try {
    const stream = await read(source, signal, (record, index) => {
      if (index % PROGRESS_ROWS === 0) hooks.onProgress?.({ stage: 'features', records: index, of: total });
      const block = blockOf(index);
      const at = batch.count * width;
      extractor.transform(record, batch.rows, at, block);
      batch.add(extractor.context, extractor.counts, index + 1);
      hooks.onRow?.(record, extractor.context, batch.rows, at);
      const { buffer, offset } = spool;
      for (let j = 0; j < width; j++) buffer[offset + j] = batch.rows[at + j];
      const { context } = extractor;
      learnable.add(context);
      const { initiator, responder } = context;
      pair.startPair(initiator.hashLow, initiator.hashHigh, responder.hashLow, responder.hashHigh);
      if (batch.count === BATCH) flush();
      const wait = spool.push(context.clockUs, initiator.hashLow, initiator.hashHigh, pair.low, pair.high, block);
      if (!quiet?.transform(record, quietRow, 0, block)) return wait;
      return wait ? wait.then(() => pushQuiet(block)) : pushQuiet(block);
    });
    flush();
    extractor.clock.finish();
    learnable.require(source.names.join(', '), stream, kind.noun);
    spool.firstUs = extractor.clock.firstUs;
    spool.lastUs = extractor.clock.wallUs;
    baseline.input.dropped = stream.facts.dropped ?? stream.facts.droppedEstimate;
    await spool.finish();
    return { spool, records: total, extractor, baseline, evidence, facts: stream.facts };
  } catch (error) {
    await spool.close();
    throw error;
  }

  /** Its pairs are others: what a pair does among many is not mixed with what it does alone. */
  function pushQuiet(block: number): Promise<void> | undefined {
    spool.buffer.set(quietRow, spool.offset);
    const { initiator } = extractor.context;
    return spool.push(extractor.context.clockUs, ~initiator.hashLow, ~initiator.hashHigh, ~pair.low, ~pair.high, block);
  }

  function flush(): void {
    baseline.observe(batch);
    for (let k = 0; k < batch.count; k++) evidence.observe(batch, k, blockOf(batch.frame[k] - 1));
    batch.clear();
  }
}

/** The records that are to be left out, by number from 0: one more reading, with what the extractor has learned of them. */
export async function recordsOf<R>(
  source: Source<R>,
  { extractor }: GatheredRows<R>,
  leftOut: LeftOut,
  signal?: AbortSignal,
): Promise<Set<number>> {
  const found = new Set<number>();
  const row = new Float32Array(extractor.schema.columns.length);
  const one = new FeatureBatch(1, 0, 0);
  extractor.restart();
  await read(source, signal, (record, index) => {
    extractor.transform(record, row, 0);
    one.clear();
    one.add(extractor.context, NO_COUNTS, index + 1);
    if (leftOut.has(one, 0)) found.add(index);
    return undefined;
  });
  return found;
}
