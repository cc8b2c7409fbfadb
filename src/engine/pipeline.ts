/** From records to scored batches and incidents: extractor, net, score, detector, joined. */
import { createHash } from 'node:crypto';
import { Detector } from '../detect/detector.js';
import type { Allows } from '../detect/incidents/dealing.js';
import { ScoredBatch } from '../detect/score/scored-batch.js';
import type { Engine, Net } from '../model/autoencoder.js';
import { type Bundle, requireSchema } from '../model/bundle.js';
import { RobustScaler } from '../model/scaler.js';
import { Scorer } from '../model/score.js';
import { newId } from './new-id.js';
import { RecordIds } from './record-ids.js';
import type { Extractor, RecordKindOf } from './record-kind.js';

/** records scored at once; on a live capture fewer, when a tenth of a second has passed */
export const BATCH = 1024;

export interface PipelineOptions {
  /** of the smoothed score; default: as trained */
  readonly threshold?: number;
  /** false alarms that may come in a day; default: as trained */
  readonly alertsPerDay?: number | undefined;
  /** the monitored host's own addresses; default: as trained */
  readonly local?: readonly string[] | undefined;
  readonly allows?: Allows | undefined;
  /** the model's folder, for messages */
  readonly dir: string;
}

export class Pipeline<R> {
  readonly batch: ScoredBatch;
  readonly detector: Detector;
  readonly extractor: Extractor<R>;
  readonly threshold: number;
  private readonly net: Net;
  private readonly ids: RecordIds | undefined;
  private readonly scorer: Scorer;

  /** @throws AnomalyError BAD_MODEL where the model is for other records or features */
  constructor(
    private readonly kind: RecordKindOf<R>,
    readonly bundle: Bundle,
    engine: Engine,
    options: PipelineOptions,
  ) {
    this.extractor = extractorOf(kind, bundle, options);
    const { schema } = this.extractor;
    this.threshold = options.threshold ?? bundle.threshold.value;
    this.batch = new ScoredBatch(BATCH, schema.columns.length, kind.counts.length);
    this.net = engine.create(bundle.spec, bundle.weights);
    this.scorer = new Scorer(this.net, new RobustScaler(bundle.scaler), bundle.residualWeights, BATCH);
    const ids = kind.idOf && new RecordIds();
    this.ids = ids;
    this.detector = new Detector({
      schema,
      countNames: kind.counts.map((count) => count.name),
      reference: bundle.reference,
      threshold: this.threshold,
      smoothing: bundle.calibration.smoothing,
      state: bundle.detectorState,
      alertsPerDay: options.alertsPerDay,
      sha1,
      newId,
      ...(ids && { idOf: (frame: number) => ids.text(frame) }),
      ...(options.allows && { allows: options.allows }),
    });
  }

  /** Takes in a record; true when the batch is full and `score` is due. */
  push(record: R, frame: number): boolean {
    const { batch, extractor } = this;
    extractor.transform(record, batch.rows, batch.count * batch.width);
    batch.add(extractor.context, extractor.counts, frame);
    if (this.ids && this.kind.idOf) this.ids.add(frame, this.kind.idOf(record));
    return batch.count === BATCH;
  }

  /** Scores and judges what was pushed; the results are in `batch` and `detector.events`. `next` empties the batch. */
  score(): void {
    const { batch, scorer } = this;
    scorer.run(batch.rows, batch.count);
    batch.setScores(0, batch.count, scorer);
    this.detector.process(batch);
  }

  next(): void {
    this.batch.clear();
  }

  dispose(): void {
    this.net.dispose();
  }
}

/**
 * The extractor that the model was trained with, before its first record.
 * @throws AnomalyError BAD_MODEL where the model is for other records or features
 */
export function extractorOf<R>(
  kind: RecordKindOf<R>,
  bundle: Bundle,
  { local, dir }: Pick<PipelineOptions, 'local' | 'dir'>,
): Extractor<R> {
  if (bundle.schema.kind !== kind.kind) requireSchema(bundle, { kind: kind.kind, columns: [] }, dir);
  const novelty = bundle.schema.columns.some((column) => column.group === 'novelty');
  const extractor = kind.extractor({ novelty, ...(local && { local }) }, bundle.extractorState);
  requireSchema(bundle, extractor.schema, dir);
  return extractor;
}

/** As Community IDs need it. */
function sha1(bytes: Uint8Array): Uint8Array {
  return createHash('sha1').update(bytes).digest();
}
