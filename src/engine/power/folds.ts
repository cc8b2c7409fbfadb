/** The training's blocks of time, and a detector that has not seen one of them. */

import { AnomalyError } from '../../base/errors.js';
import { TIME_BLOCKS, timeBlockOf } from '../../base/time-blocks.js';
import { inTurns, turn } from '../../base/turns.js';
import type { BaseRates } from '../../detect/evidence/base-rates.js';
import type { Bundle } from '../../model/bundle.js';
import { type Parties, PartySurvey } from '../../power/parties.js';
import type { Batch, Source } from '../record-kind.js';
import { filterSource } from '../source.js';
import { gatherRows, Interrupted, openUnless } from '../training-rows.js';
import type { Range } from './weave.js';

export interface Block extends Range {
  readonly number: number;
  readonly firstUs: number;
  readonly lastUs: number;
}

export interface Surveyed {
  readonly parties: Parties;
  readonly blocks: readonly Block[];
}

/** All batches of one reading; Interrupted at the signal. */
export async function* batchesOfAll<R>(source: Source<R>, signal: AbortSignal | undefined): AsyncGenerator<Batch<R>> {
  const stream = await openUnless(source, signal);
  try {
    for await (const batch of stream.batches) {
      if (signal?.aborted) throw new Interrupted();
      yield batch;
      const due = turn();
      if (due) await due;
    }
  } catch (error) {
    // what ends at the signal looks cut off
    throw signal?.aborted ? new Interrupted() : error;
  } finally {
    await stream.close();
  }
  if (signal?.aborted) throw new Interrupted();
}

export function noRecords({ names }: Source): AnomalyError {
  return new AnomalyError('BAD_DATA', `${names.join(', ')}: no record to weave attacks into`);
}

/** Two readings: how many records there are, then who takes part in them and when. */
export async function surveyOf<R>(source: Source<R>, signal?: AbortSignal): Promise<Surveyed> {
  let total = 0;
  for await (const batch of batchesOfAll(source, signal)) total += batch.count;
  if (total === 0) throw noRecords(source);
  const weaver = await source.kind.weaver();
  const parties = new PartySurvey();
  const record = source.kind.newRecord();
  const blocks = Array.from({ length: TIME_BLOCKS }, (_, number) => {
    return { number, from: total, to: 0, firstUs: Number.POSITIVE_INFINITY, lastUs: Number.NEGATIVE_INFINITY };
  });
  let index = 0;
  for await (const batch of batchesOfAll(source, signal)) {
    for (let k = 0; k < batch.count; k++, index++) {
      batch.read(k, record);
      weaver.survey(record, parties);
      const block = blocks[timeBlockOf(index, total)];
      const timeUs = weaver.timeUs(record);
      block.from = Math.min(block.from, index);
      block.to = index + 1;
      block.firstUs = Math.min(block.firstUs, timeUs);
      block.lastUs = Math.max(block.lastUs, timeUs);
    }
  }
  return { parties: parties.finish(), blocks: blocks.filter(({ from, to }) => from < to) };
}

export interface FoldOptions {
  readonly baseRates: BaseRates;
  readonly alertsPerDay: number;
  readonly local?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * All that detection knows, learned from the other blocks. The scale of the score is the whole training's: a score flags
 * records and explains, and raises no alarm.
 */
export async function foldWithout<R>(
  source: Source<R>,
  bundle: Bundle,
  block: Block,
  { baseRates, alertsPerDay, local, signal }: FoldOptions,
): Promise<Bundle> {
  const others = filterSource(source, (_record, index) => index < block.from || index >= block.to);
  const novelty = bundle.schema.columns.some(({ group }) => group === 'novelty');
  const gathered = await gatherRows(others, { novelty, ...(local && { local }) }, {}, signal);
  await gathered.spool.close();
  const { extractor, baseline, evidence } = gathered;
  const { state } = await inTurns(evidence.finish(baseRates, alertsPerDay));
  return {
    ...bundle,
    weights: bundle.folds?.[block.number] ?? bundle.weights,
    extractorState: extractor.state(),
    detectorState: { ...baseline.state(), evidence: state },
  };
}
