/** Records of training -> feature rows, learned vocabularies and the baseline, in three readings of the input. */
import { AnomalyError } from '../base/errors.js';
import { BaselineBuilder } from '../detect/baseline.js';
import { ScoredBatch } from '../detect/batch.js';
import { Key } from '../features/hash.js';
import { Spool } from '../model/spool.js';
import type { SourceFacts } from '../source/types.js';
import type { Extractor, ExtractorOptions, RecordKindOf } from './record-kind.js';

/** of cross-fitting and of the vocabularies that leave a block out */
const BLOCKS = 5;
const BATCH = 1024;

export interface GatherOptions<R> extends ExtractorOptions {
  readonly paths: readonly string[];
  /** false: the record is no part of the training data */
  readonly accept?: (record: R, extractor: Extractor<R>) => boolean;
  /** called with each record and its row, `row[at..]`, in time order */
  readonly onRow?: (record: R, row: Float32Array, at: number) => void;
  readonly onProgress?: (stage: string, records: number, of: number) => void;
  readonly signal?: AbortSignal;
}

export interface GatheredRows<R> {
  readonly spool: Spool;
  readonly extractor: Extractor<R>;
  readonly baseline: BaselineBuilder;
  readonly facts: SourceFacts;
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
  const stream = await kind.open(options.paths);
  let count = 0;
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
  if (total === 0) throw new AnomalyError('BAD_DATA', 'the training data hold no record; capture some traffic first');
  const blockOf = (index: number): number => Math.min(BLOCKS - 1, Math.floor((BLOCKS * index) / total));
  const extractor = kind.extractor(options);
  const accepted = (record: R): boolean => options.accept?.(record, extractor) ?? true;

  await read(kind, options, (record, index) => {
    if (index % 65_536 === 0) options.onProgress?.('learning vocabularies', index, total);
    if (accepted(record)) extractor.learn(record, blockOf(index));
    return undefined;
  });
  extractor.freeze();

  const width = extractor.schema.columns.length;
  const spool = new Spool(width);
  const baseline = new BaselineBuilder(kind.counts.length);
  const pair = new Key();
  const batch = new ScoredBatch(BATCH, width, kind.counts.length);
  try {
    const facts = await read(kind, options, (record, index) => {
      if (index % 65_536 === 0) options.onProgress?.('computing features', index, total);
      if (!accepted(record)) return undefined;
      const at = batch.count * width;
      extractor.transform(record, batch.rows, at, blockOf(index));
      batch.add(extractor.context, extractor.counts, index + 1);
      options.onRow?.(record, batch.rows, at);
      const { buffer, offset } = spool;
      for (let j = 0; j < width; j++) buffer[offset + j] = batch.rows[at + j] as number;
      const { initiator, responder, timestampUs } = extractor.context;
      pair.start(0).addPair(initiator.hashLow, initiator.hashHigh).addPair(responder.hashLow, responder.hashHigh);
      if (batch.count === BATCH) flush();
      return spool.push(timestampUs, pair.low, pair.high, blockOf(index));
    });
    flush();
    await spool.finish();
    return { spool, extractor, baseline, facts };
  } catch (error) {
    await spool.close();
    throw error;
  }

  function flush(): void {
    baseline.observe(batch);
    batch.clear();
  }
}
