/** From records to scored batches and incidents: extractor, net, score, detector, joined. */
import { createHash } from 'node:crypto';
import { AnomalyError } from '../base/errors.js';
import { Detector } from '../detect/detector.js';
import type { DetectorOptions } from '../detect/detector-options.js';
import type { Allows } from '../detect/incidents/dealing.js';
import { Knowledge } from '../detect/knowledge.js';
import { ScoredBatch } from '../detect/score/scored-batch.js';
import type { FeatureSchema } from '../features/extractor.js';
import type { Engine, Net } from '../model/autoencoder.js';
import { type Bundle, requireSchema, schemaHash } from '../model/bundle.js';
import { requireScores } from '../model/check.js';
import { RobustScaler } from '../model/scaler.js';
import { Scorer } from '../model/score.js';
import { type ClockFacts, type Featurer, FeaturerHere, type OnRecord } from './featurer.js';
import { FeaturerAside, worthAThread } from './featurer-aside.js';
import { isInner } from './inner-headers.js';
import { newId } from './new-id.js';
import { RecordIds } from './record-ids.js';
import type { Extractor, RecordKindOf, RecordStream } from './record-kind.js';

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
  readonly detector: Detector;
  private readonly extractor: Extractor<R>;
  private readonly ids: RecordIds | undefined;
  private featurer: Featurer | undefined;
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
    this.net = engine.create(bundle.spec, bundle.weights, bundle.scaler.columns);
    this.ids = kind.idOf && new RecordIds();
    this.scorer = this.scorerOf(bundle, this.net);
    this.detector = new Detector(this.detectorOptions(bundle));
  }

  get bundle(): Bundle {
    return this.model;
  }

  get schema(): FeatureSchema {
    return this.extractor.schema;
  }

  /** of the records */
  get clock(): ClockFacts {
    return this.featurer?.clock ?? this.extractor.clock;
  }

  /** how many records stopped early, by `reason:layer` */
  get stops(): ReadonlyMap<string, number> {
    return this.featurer?.stops ?? new Map();
  }

  /** Whether every record that has features was judged, so that another model may take over. */
  get idle(): boolean {
    return this.featurer?.idle ?? true;
  }

  /**
   * What makes batches with features of the records of `stream`, once.
   * @param thread with a thread of its own; default: where that pays
   * @param onRecord prevents such a thread
   */
  async featurerOf(stream: RecordStream<R>, onRecord?: OnRecord<R>, thread = worthAThread(stream)): Promise<Featurer> {
    const { kind, extractor, ids, engine, options } = this;
    const countWidth = kind.counts.length;
    const shape = { capacity: BATCH, width: extractor.schema.columns.length, countWidth };
    if (thread && !onRecord && kind.kind === 'packet') {
      const { local } = options;
      this.featurer = await FeaturerAside.start(stream, this.model, shape, { local, scores: engine.name === 'simd' });
    }
    if (!this.featurer) {
      const batch = new ScoredBatch(shape.capacity, shape.width, countWidth);
      this.featurer = new FeaturerHere({ kind, extractor, batch, ids }, stream, onRecord);
    }
    return this.featurer;
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
    const net = this.engine.create(bundle.spec, bundle.weights, bundle.scaler.columns);
    const scorer = this.scorerOf(bundle, net);
    try {
      if (this.featurer) this.featurer.adopt(bundle, learned);
      else this.extractor.adopt(learned);
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

  /** Scores and judges a batch with features; the results are in it and in `detector.events`. */
  judge(batch: ScoredBatch): void {
    const { scorer } = this;
    if (!batch.scored) {
      scorer.run(batch.rows, batch.count);
      batch.setScores(0, batch.count, scorer);
    }
    this.detector.process(batch);
  }

  async close(): Promise<void> {
    await this.featurer?.close();
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
