/**
 * A block of the training in memory, and a detector to which all of it is new: who is there, who deals with whom, which
 * services and names there are, all learned from the other blocks in one reading. How much of everything is usual is the
 * whole training's, and out of fold anyway where alarms are calibrated: to learn that anew takes longer than all else.
 */
import { TIME_BLOCKS, timeBlockOf } from '../../base/time-blocks.js';
import { Relations } from '../../detect/evidence/relations.js';
import { RolesBuilder } from '../../detect/evidence/roles.js';
import type { EvidenceState } from '../../detect/evidence/state.js';
import { FeatureBatch } from '../../detect/feature-batch.js';
import type { Bundle } from '../../model/bundle.js';
import { type Parties, PartySurvey } from '../../power/parties.js';
import type { Source } from '../record-kind.js';
import { type Block, batchesOfAll, noRecords } from './folds.js';
import { HeldRecords } from './held.js';

/** times kept of the whole training */
const MOST_MARKS = 8192;
/** as many as the pipeline judges at once */
const BATCH = 1024;
const NO_COUNTS = new Float64Array(0);

export interface Unseen<R> {
  readonly parties: Parties;
  readonly block: Block;
  readonly held: HeldRecords<R>;
  readonly fold: Bundle;
}

export interface UnseenOptions {
  readonly local?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Of the longest block; where it has more records than memory is for, its beginning. */
export async function unseenOf<R>(
  source: Source<R>,
  bundle: Bundle,
  { local, signal }: UnseenOptions,
): Promise<Unseen<R>> {
  const { kind } = source;
  const { total, longest } = await longestBlock(source, signal);
  const weaver = await kind.weaver();
  const survey = new PartySurvey();
  const novelty = bundle.schema.columns.some(({ group }) => group === 'novelty');
  const extractor = kind.extractor({ novelty, ...(local && { local }) });
  const relations = new Relations();
  const roles = new RolesBuilder();
  const record = kind.newRecord();
  const held = new HeldRecords(kind.newRecord());
  const one = new FeatureBatch(1, 0, 0);
  let index = 0;
  for await (const batch of batchesOfAll(source, signal)) {
    for (let k = 0; k < batch.count; k++, index++) {
      batch.read(k, record);
      weaver.survey(record, survey);
      const number = timeBlockOf(index, total);
      if (number === longest) {
        held.add(record, weaver.timeUs(record));
        continue;
      }
      extractor.learn(record, number);
      one.clear();
      one.add(extractor.context, NO_COUNTS, index + 1);
      relations.observe(one, 0, number);
      roles.observe(one, 0);
    }
  }
  relations.freeze();
  extractor.freeze();
  const state = bundle.detectorState as { readonly evidence: EvidenceState };
  const evidence = { ...state.evidence, relations: relations.state(), roles: roles.state() };
  return {
    parties: survey.finish(),
    block: blockOf(held, longest),
    held,
    fold: {
      ...bundle,
      weights: bundle.folds?.[longest] ?? bundle.weights,
      extractorState: extractor.state(),
      detectorState: { ...state, evidence },
    },
  };
}

/** What is held of block `number`. */
export function blockOf<R>(held: HeldRecords<R>, number: number): Block {
  const { count } = held;
  return { number, from: 0, to: count, firstUs: held.timeUs(0), lastUs: held.timeUs(count - 1) };
}

/** Counts the records; times are looked at once a batch, for a record that is not asked for is not decoded. */
async function longestBlock<R>(
  source: Source<R>,
  signal: AbortSignal | undefined,
): Promise<{ total: number; longest: number }> {
  const weaver = await source.kind.weaver();
  const record = source.kind.newRecord();
  let marks: { readonly index: number; readonly timeUs: number }[] = [];
  let total = 0;
  for await (const batch of batchesOfAll(source, signal)) {
    if (batch.count === 0) continue;
    batch.read(0, record);
    marks.push({ index: total, timeUs: weaver.timeUs(record) });
    total += batch.count;
    batch.read(batch.count - 1, record);
    marks.push({ index: total - 1, timeUs: weaver.timeUs(record) });
    // a few more or less do not change which block is the longest
    if (marks.length > MOST_MARKS) marks = marks.filter((_mark, i) => i % 2 === 0);
  }
  if (total === 0) throw noRecords(source);
  const lengths = Array.from({ length: TIME_BLOCKS }, (_, number) => {
    const within = marks.filter(({ index }) => timeBlockOf(index, total) === number);
    return within.length > 0 ? within[within.length - 1].timeUs - within[0].timeUs : 0;
  });
  return { total, longest: lengths.indexOf(Math.max(...lengths)) };
}

/** What is held, as a source like any other. */
export function heldSource<R>(source: Source<R>, held: HeldRecords<R>): Source<R> {
  return {
    ...source,
    open: async () => ({
      facts: { name: source.names.join(', '), format: 'memory', received: held.count, gaps: [], warnings: [] },
      batches: batchesOf(held),
      stops: new Map(),
      close: async () => undefined,
    }),
    close: async () => undefined,
  };
}

async function* batchesOf<R>(held: HeldRecords<R>) {
  for (let from = 0; from < held.count; from += BATCH) {
    const count = Math.min(BATCH, held.count - from);
    yield {
      count,
      read: (k: number, into: R) => held.read(from + k, into),
      timeUs: (k: number) => held.timeUs(from + k),
    };
  }
}
