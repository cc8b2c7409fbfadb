/** Records of training -> feature rows, learned vocabularies and the baseline, in three readings of the input. */
import { AnomalyError } from '../base/errors.js';
import { Key } from '../base/hash.js';
import { timeBlockOf } from '../base/time-blocks.js';
import { BaselineBuilder } from '../detect/rules/baseline.js';
import { ScoredBatch } from '../detect/score/scored-batch.js';
import type { FeatureSchema, RecordContext } from '../features/extractor.js';
import { Spool } from '../model/spool.js';
import type { SourceFacts } from '../source/packet-source.js';
import { PairNames, pairKey, whoIsWho } from './pair-names.js';
import type { Extractor, ExtractorOptions, RecordKindOf } from './record-kind.js';

const BATCH = 1024;

export interface GatherOptions<R> extends ExtractorOptions {
  readonly paths: readonly string[];
  /** false: record number `index`, from 0, is no part of the training data */
  readonly accept?: (record: R, index: number) => boolean;
  /** why no record was accepted, and what to do, when that is so */
  readonly whyNone?: () => string;
  /** called before the first row */
  readonly onSchema?: (schema: FeatureSchema) => void;
  /** called with each record and its row, `row[at..]`, in time order */
  readonly onRow?: (record: R, context: RecordContext, row: Float32Array, at: number) => void;
  readonly onProgress?: (stage: string, records: number, of: number) => void;
  readonly signal?: AbortSignal;
}

export interface GatheredRows<R> {
  readonly spool: Spool;
  readonly extractor: Extractor<R>;
  readonly baseline: BaselineBuilder;
  readonly facts: SourceFacts;
  readonly peers: PairNames;
}

/** Thrown into the reading when it is interrupted before there is anything to keep. */
export class Interrupted extends Error {}

type Visit<R> = (record: R, index: number) => Promise<void> | undefined;

async function read<R>(kind: RecordKindOf<R>, options: GatherOptions<R>, visit: Visit<R>): Promise<SourceFacts> {
  const stream = await kind.open(options.paths);
  const record = kind.newRecord();
  let index = 0;
  try {
    for await (const batch of stream.batches) {
      if (options.signal?.aborted) throw new Interrupted();
      for (let k = 0; k < batch.count; k++) {
        batch.read(k, record);
        const wait = visit(record, index++);
        if (wait) await wait;
      }
    }
  } finally {
    await stream.close();
  }
  return stream.facts;
}

/** Counting needs no cell of any record, except where some are left out by what they hold. */
async function countRecords<R>(kind: RecordKindOf<R>, options: GatherOptions<R>): Promise<number> {
  let count = 0;
  const { accept } = options;
  if (accept) {
    await read(kind, options, (record, index) => {
      if (accept(record, index)) count++;
      return undefined;
    });
    return count;
  }
  const stream = await kind.open(options.paths);
  try {
    for await (const batch of stream.batches) {
      if (options.signal?.aborted) throw new Interrupted();
      count += batch.count;
    }
  } finally {
    await stream.close();
  }
  return count;
}

/**
 * First reading: how many records, to cut five blocks of time. Second: vocabularies. Third: rows, into the spool.
 * The spool is the caller's to close. Throws BAD_DATA where there is no record.
 */
export async function gatherRows<R>(kind: RecordKindOf<R>, options: GatherOptions<R>): Promise<GatheredRows<R>> {
  const total = await countRecords(kind, options);
  if (total === 0) {
    const why = options.whyNone?.() ?? 'the training data hold no record; capture some traffic first';
    throw new AnomalyError('BAD_DATA', why);
  }
  const blockOf = (index: number): number => timeBlockOf(index, total);
  const extractor = kind.extractor(options);
  const accepted = (record: R, index: number): boolean => options.accept?.(record, index) ?? true;

  let learned = 0;
  await read(kind, options, (record, index) => {
    if (!accepted(record, index)) return undefined;
    if (learned % 65_536 === 0) options.onProgress?.('learning vocabularies', learned, total);
    extractor.learn(record, blockOf(learned++));
    return undefined;
  });
  extractor.freeze();

  options.onSchema?.(extractor.schema);
  const width = extractor.schema.columns.length;
  const spool = new Spool(width);
  const baseline = new BaselineBuilder(kind.counts.length, kind.kind);
  const pair = new Key();
  const peers = new PairNames();
  const batch = new ScoredBatch(BATCH, width, kind.counts.length);
  try {
    const facts = await read(kind, options, (record, index) => {
      if (!accepted(record, index)) return undefined;
      if (spool.rows % 65_536 === 0) options.onProgress?.('computing features', spool.rows, total);
      const block = blockOf(spool.rows);
      const at = batch.count * width;
      extractor.transform(record, batch.rows, at, block);
      batch.add(extractor.context, extractor.counts, index + 1);
      options.onRow?.(record, extractor.context, batch.rows, at);
      const { buffer, offset } = spool;
      for (let j = 0; j < width; j++) buffer[offset + j] = batch.rows[at + j];
      const { context } = extractor;
      pairKey(pair, context);
      if (!peers.has(pair)) peers.set(pair, whoIsWho(context));
      if (batch.count === BATCH) flush();
      const { hashLow, hashHigh } = context.initiator;
      return spool.push(context.timestampUs, hashLow, hashHigh, pair.low, pair.high, block);
    });
    flush();
    await spool.finish();
    return { spool, extractor, baseline, facts, peers };
  } catch (error) {
    await spool.close();
    throw error;
  }

  function flush(): void {
    baseline.observe(batch);
    batch.clear();
  }
}

/** Which records belong to one of these pairs, by number from 0: one more reading, with what the extractor has learned. */
export async function recordsOfPairs<R>(
  kind: RecordKindOf<R>,
  options: GatherOptions<R>,
  extractor: Extractor<R>,
  pairs: ReadonlySet<string>,
): Promise<Set<number>> {
  const found = new Set<number>();
  const row = new Float32Array(extractor.schema.columns.length);
  const pair = new Key();
  extractor.restart();
  await read(kind, options, (record, index) => {
    if (!(options.accept?.(record, index) ?? true)) return undefined;
    extractor.transform(record, row, 0);
    pairKey(pair, extractor.context);
    if (pairs.has(PairNames.id(pair.low, pair.high))) found.add(index);
    return undefined;
  });
  return found;
}
