/** From records to scored batches and incidents: extractor, net, score, detector, joined. */
import { createHash } from 'node:crypto';
import { AnomalyError } from '../base/errors.js';
import { Detector } from '../detect/detector.js';
import type { DetectorOptions } from '../detect/detector-options.js';
import type { Allows } from '../detect/incidents/dealing.js';
import { Knowledge } from '../detect/knowledge.js';
import { ScoredBatch } from '../detect/score/scored-batch.js';
import type { Engine, Net } from '../model/autoencoder.js';
import { type Bundle, requireSchema, schemaHash } from '../model/bundle.js';
import { requireScores } from '../model/check.js';
import { RobustScaler } from '../model/scaler.js';
import { Scorer } from '../model/score.js';
import { isInner } from './inner-headers.js';
import { newId } from './new-id.js';
import { RecordIds } from './record-ids.js';
import type { Extractor, RecordKindOf } from './record-kind.js';

/** records scored at once; on a live capture fewer, when a tenth of a second has passed */
export const BATCH = 1024;

export interface PipelineOptions {
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
  private readonly ids: RecordIds | undefined;
  private model: Bundle;
  private net: Net;
  private scorer: Scorer;

  /** @throws AnomalyError BAD_MODEL where the model is for other records or features, or does not score as it should */
  constructor(
    private readonly kind: RecordKindOf<R>,
    bundle: Bundle,
    private readonly engine: Engine,
    private readonly options: PipelineOptions,
  ) {
    this.model = bundle;
    this.extractor = extractorOf(kind, bundle, options);
    this.batch = new ScoredBatch(BATCH, this.extractor.schema.columns.length, kind.counts.length);
    this.net = engine.create(bundle.spec, bundle.weights);
    this.ids = kind.idOf && new RecordIds();
    this.scorer = this.scorerOf(bundle, this.net);
    this.detector = new Detector(this.detectorOptions(bundle));
  }

  get bundle(): Bundle {
    return this.model;
  }

  /** @throws AnomalyError BAD_MODEL, with the net disposed of, where it does not score the bundle's check rows as it should */
  private scorerOf(bundle: Bundle, net: Net): Scorer {
    const { scaler, residualWeights } = bundle;
    const scorer = new Scorer(net, new RobustScaler(scaler), residualWeights, BATCH);
    try {
      requireScores(bundle, scorer, this.engine.name);
    } catch (error) {
      net.dispose();
      throw error;
    }
    return scorer;
  }

  private detectorOptions(bundle: Bundle): DetectorOptions {
    const { ids } = this;
    const { alertsPerDay, allows } = this.options;
    return {
      schema: this.extractor.schema,
      countNames: this.kind.counts.map((count) => count.name),
      reference: bundle.reference,
      threshold: bundle.threshold.value,
      smoothing: bundle.calibration.smoothing,
      state: bundle.detectorState,
      alertsPerDay,
      sha1,
      newId,
      ...(ids && { idOf: (frame: number) => ids.text(frame) }),
      ...(allows && { allows }),
    };
  }

  /**
   * Goes on with another model, between two batches; what was counted stays.
   * @throws AnomalyError BAD_MODEL, with nothing changed, where it is damaged, or for other records or features
   */
  adopt(bundle: Bundle): void {
    const learned = extractorOf(this.kind, bundle, this.options);
    if (schemaHash(learned.schema) !== schemaHash(this.extractor.schema))
      throw new AnomalyError('BAD_MODEL', 'the model has other features than the one in use (--no-novelty)');
    if (isInner(bundle) !== isInner(this.model)) {
      const how = isInner(bundle)
        ? 'with --inner, and the one in use without'
        : 'without --inner, and the one in use with it';
      throw new AnomalyError('BAD_MODEL', `the model was trained ${how}`);
    }
    const known = new Knowledge(this.detectorOptions(bundle));
    const net = this.engine.create(bundle.spec, bundle.weights);
    const scorer = this.scorerOf(bundle, net);
    try {
      this.extractor.adopt(learned);
    } catch (error) {
      net.dispose();
      throw error;
    }
    this.detector.adopt(known);
    this.net.dispose();
    this.model = bundle;
    this.net = net;
    this.scorer = scorer;
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
