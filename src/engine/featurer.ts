/** From the records of a stream to batches with features, which the model scores and detection judges. */
import type { ScoredBatch } from '../detect/score/scored-batch.js';
import type { ClockEvent, ClockTotals } from '../features/clock.js';
import type { Bundle } from '../model/bundle.js';
import type { RecordIds } from './record-ids.js';
import type { Batch, Extractor, RecordKindOf, RecordStream } from './record-kind.js';

/** Hears each record, in input order; a promise is awaited before the next. */
export type OnRecord<R> = (record: R) => Promise<void> | undefined;

/** What there is to say of the records' clock so far. */
export interface ClockFacts {
  readonly events: readonly ClockEvent[];
  readonly totals: ClockTotals;
}

export interface FeaturerRun {
  /** records at most */
  readonly most: number;
  /** what was read is to be judged, and no more */
  isOver(): boolean;
  /** Whether somebody waits for it to be idle. */
  isAwaited(): boolean;
}

/** Makes features of one stream. */
export interface Featurer {
  readonly clock: ClockFacts;
  /** all records that have features were judged: another model may take over */
  readonly idle: boolean;
  /** how many records stopped early, by `reason:layer` */
  readonly stops: ReadonlyMap<string, number>;
  /** In input order; a batch is valid until the next is asked for. @throws what the stream throws, after all records before it */
  batches(run: FeaturerRun): AsyncGenerator<ScoredBatch>;
  /** Goes on with what another training learned, where it is idle. */
  adopt(bundle: Bundle, learned: unknown): void;
  /** The stream ended: the clock says what it still has to say. */
  finish(): void;
  close(): Promise<void>;
}

/** Parts of a pipeline that records become features with. */
export interface FeaturerParts<R> {
  readonly kind: RecordKindOf<R>;
  readonly extractor: Extractor<R>;
  /** empty */
  readonly batch: ScoredBatch;
  readonly ids: RecordIds | undefined;
}

/** In this thread. */
export class FeaturerHere<R> implements Featurer {
  private records = 0;

  constructor(
    private readonly parts: FeaturerParts<R>,
    private readonly stream: RecordStream<R>,
    private readonly onRecord?: OnRecord<R>,
  ) {}

  get clock(): ClockFacts {
    return this.parts.extractor.clock;
  }

  get idle(): boolean {
    return this.parts.batch.count === 0;
  }

  get stops(): ReadonlyMap<string, number> {
    return this.stream.stops;
  }

  async *batches(run: FeaturerRun): AsyncGenerator<ScoredBatch> {
    const { batch } = this.parts;
    const record = this.parts.kind.newRecord();
    let failure: unknown;
    try {
      for await (const records of this.stream.batches) {
        for (let k = 0; k < records.count && this.records < run.most; k++) {
          const wait = this.take(records, k, record);
          if (wait) await wait;
          if (batch.count < batch.capacity) continue;
          yield batch;
          batch.clear();
          if (run.isOver()) return;
        }
        if (batch.count > 0) yield batch;
        batch.clear();
        if (run.isOver() || this.records >= run.most) return;
      }
    } catch (error) {
      failure = error;
    }
    if (batch.count > 0) yield batch;
    batch.clear();
    if (failure) throw failure;
  }

  private take(records: Batch<R>, k: number, record: R): Promise<void> | undefined {
    const { batch, extractor, ids, kind } = this.parts;
    records.read(k, record);
    const frame = ++this.records;
    extractor.transform(record, batch.rows, batch.count * batch.width);
    batch.add(extractor.context, extractor.counts, frame);
    if (ids && kind.idOf) ids.add(frame, kind.idOf(record));
    return this.onRecord?.(record);
  }

  adopt(_bundle: Bundle, learned: Extractor<R>): void {
    this.parts.extractor.adopt(learned);
  }

  finish(): void {
    this.parts.extractor.clock.finish();
  }

  async close(): Promise<void> {}
}
