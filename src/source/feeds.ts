/** Sources as feeds of a merge: each is looked at for its first time, then closed until that time comes. */

import { type Input, originOf } from './input.js';
import { type OriginFile, Origins } from './origins.js';
import type { SourceFacts } from './packet-source.js';
import { Damages, PassedOver } from './passed-over.js';
import type { Feed, TimedBatch } from './runs.js';

/** What merging needs of a source. */
export interface Mergeable<B extends TimedBatch> extends AsyncIterable<B> {
  readonly facts: SourceFacts;
  close(): Promise<void>;
}

export type Opener<B extends TimedBatch> = (path: string) => Promise<{ source: Mergeable<B>; input: Input }>;

export interface Feeds<B extends TimedBatch> {
  readonly feeds: Feed<B>[];
  readonly facts: SourceFacts;
  /** to be told of each run that is merged */
  readonly origins: Origins;
  /** Takes over what the sources noted of themselves so far. */
  settle(): void;
  /** @throws PartlyReadError where one of them is damaged in its midst */
  throwDamage(): void;
  close(): Promise<void>;
}

/** @throws what `open` throws for any of the paths, and what reading their first batches does */
export async function openFeeds<B extends TimedBatch>(
  paths: readonly string[],
  open: Opener<B>,
  signal?: AbortSignal,
): Promise<Feeds<B>> {
  const sources = new Set<Mergeable<B>>();
  const feeds: Feed<B>[] = [];
  const files: OriginFile[] = [];
  const passed = new PassedOver(paths);
  const notes: string[] = [];
  const damages = new Damages();
  let inner = false;
  const close = async (): Promise<void> => {
    for (const source of sources) await source.close();
  };
  try {
    for (const path of paths) {
      signal?.throwIfAborted();
      const opened = await passed.leaveOut(() => open(path));
      if (!opened) continue;
      const { source, input } = opened;
      const iterator = source[Symbol.asyncIterator]();
      const first = await passed.leaveOut(() => iterator.next());
      if (!first) {
        await source.close();
        continue;
      }
      const { done, value } = first;
      files.push(originOf(input));
      inner ||= input.inner;
      if (done) notes.push(`${source.facts.name}: holds no packet`);
      const firstUs = done || value.count === 0 ? Number.POSITIVE_INFINITY : value.timestampUs[0];
      if (input.repeatable && !done) {
        await iterator.return?.();
        await source.close();
        feeds.push({
          firstUs,
          async open() {
            const again = (await open(path)).source;
            sources.add(again);
            return damages.until(again);
          },
        });
      } else {
        sources.add(source);
        feeds.push({ firstUs, open: async () => (done ? iterator : damages.until(replay(value, iterator))) });
      }
    }
  } catch (error) {
    await close();
    throw error;
  }
  notes.push(...passed.warnings);
  const origins = new Origins(files);
  const facts: SourceFacts = {
    name: files.map((file) => file.name).join(', '),
    format: [...new Set(files.map((file) => file.format))].join(', '),
    origins,
    received: 0,
    gaps: [],
    warnings: notes,
    ...(inner && { inner }),
  };
  return {
    feeds,
    origins,
    facts,
    close,
    settle() {
      for (const { facts: own } of sources) {
        facts.warnings.push(...own.warnings);
        facts.gaps.push(...own.gaps);
        if (own.dropped !== undefined) facts.dropped = (facts.dropped ?? 0) + own.dropped;
      }
      sources.clear();
    },
    throwDamage: () => damages.throw(),
  };
}

async function* replay<B>(first: B, rest: AsyncIterator<B>): AsyncGenerator<B> {
  yield first;
  for (;;) {
    const { done, value } = await rest.next();
    if (done) return;
    yield value;
  }
}
