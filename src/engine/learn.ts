/** Training: records to features, features to a model, with everything that detection needs of them. */
import { ALERTS_PER_DAY, TRAINING } from '../base/defaults.js';
import { AnomalyError } from '../base/errors.js';
import { printable } from '../base/text.js';
import { TIME_BLOCKS } from '../base/time-blocks.js';
import { inTurns } from '../base/turns.js';
import { VERSION } from '../base/version.js';
import type { BaseRates } from '../detect/evidence/base-rates.js';
import { CERTAIN } from '../detect/evidence/budget.js';
import type { TrainingFinding } from '../detect/evidence/found.js';
import type { Learned } from '../detect/evidence/learn.js';
import { mixturesOf } from '../detect/input/learned.js';
import type { RecordContext } from '../features/extractor.js';
import { RECORD_KINDS } from '../features/record-kinds.js';
import type { Bundle } from '../model/bundle.js';
import { highestPercentile } from '../model/calibration.js';
import { chooseEngine, type EngineChoice } from '../model/engine.js';
import { RobustScaler } from '../model/scaler.js';
import { Scorer } from '../model/score.js';
import type { Spool } from '../model/spool.js';
import { trainModel } from '../model/train.js';
import { TRAIN_DEFAULTS, type TrainOptions, type TrainProgress } from '../model/train-options.js';
import type { TrainedModel } from '../model/trained.js';
import { linesOfClock } from '../report/clock.js';
import { evidenceWarnings } from '../report/evidence.js';
import { ExplorationCollector } from '../report/explore/collector.js';
import type { ExplorationData } from '../report/explore/data.js';
import type { Summarise } from '../report/explore/summary.js';
import { viewTraining } from '../report/explore/training.js';
import { count, counted } from '../report/format.js';
import { mixtureLine } from '../report/input.js';
import type { SourceFacts } from '../source/packet-source.js';
import { ownBaseRates } from './base-rates.js';
import { LabelFilter } from './label-filter.js';
import type { Source } from './record-kind.js';
import { filterSource } from './source.js';
import { type GatheredRows, type GatherProgress, gatherRows, Interrupted, recordsOf } from './training-rows.js';

/** after so many rounds what is still found is part of this network's life */
const MOST_TRIMS = 3;
/** below this there are too few records to learn anything from, and training refuses */
const LEAST_PERCENTILE = 99;

export interface LearnOptions {
  /** default 50; fewer when the validation loss stops falling */
  readonly epochs?: number | undefined;
  /** encoder sizes, the last is the bottleneck; none: a PCA alone; default 48, 16 */
  readonly layers?: readonly number[] | undefined;
  readonly batchSize?: number | undefined;
  readonly learningRate?: number | undefined;
  /** same seed, engine and data: same bits; default 1 */
  readonly seed?: number | undefined;
  readonly engine?: EngineChoice | undefined;
  /** of the smoothed out-of-fold scores; default: 99.9, or the highest that so few records support */
  readonly percentile?: number | undefined;
  /** false alarms that may come in a day, all kinds together; default 1 */
  readonly alertsPerDay?: number | undefined;
  /** with the features about addresses never seen before; default true */
  readonly novelty?: boolean | undefined;
  /** leaves out what may be an attack, and learns again, up to three times */
  readonly trim?: boolean | undefined;
  /** only records with this label of a labelled log, case ignored */
  readonly trainOnLabel?: string | undefined;
  /** what harmless traffic is like elsewhere; default: in the networks that come with the program */
  readonly baseRates?: BaseRates | undefined;
  /** the monitored host's own addresses, addresses or CIDR ranges; default: private ranges */
  readonly local?: readonly string[] | undefined;
  /** file that is replaced after each epoch */
  readonly checkpoint?: string | undefined;
  /** go on from `checkpoint` */
  readonly resume?: boolean | undefined;
  /** ends soon, with the best so far; before there is any, `learn` throws Interrupted */
  readonly signal?: AbortSignal | undefined;
  /** what the exploration calls the model */
  readonly modelName?: string | undefined;
}

export interface LearnHooks<R = unknown> {
  /** hears each record with its features, in input order; context and row are overwritten by the next */
  readonly onRow?: ((record: R, context: RecordContext, row: Float32Array) => void) | undefined;
  readonly onProgress?: ((progress: GatherProgress | TrainProgress) => void) | undefined;
  /** the records that the model is learned from: without what `trim` and `trainOnLabel` leave out */
  readonly onSource?: ((source: Source<R>) => void) | undefined;
  /** what `trim` leaves out, and how many records of it */
  readonly onLeftOut?: ((findings: readonly TrainingFinding[], records: number) => void) | undefined;
  /** what may be an attack and was learned all the same: without `trim`, whose last round finds but the life of this network */
  readonly onFindings?: ((findings: readonly TrainingFinding[]) => void) | undefined;
  /** what the training data look like, and what the model makes of them; worked out only where somebody hears it */
  readonly onExploration?: ((data: ExplorationData) => void) | undefined;
  /** another way to the statistics of the exploration's columns; asked for when the model is there, for packages may be large */
  readonly summarise?: (() => Promise<Summarise | undefined>) | undefined;
}

/**
 * Learns what is normal in `source`, which is read three times or more and stays open.
 * @returns the model, as `saveModel` keeps it and `watch` takes it
 * @throws AnomalyError BAD_DATA where there is too little to learn from, USAGE for options that the data or the source cannot
 *   support, and what the source throws; Interrupted
 */
export async function learn<R>(
  source: Source<R>,
  options: LearnOptions = {},
  hooks: LearnHooks<R> = {},
): Promise<Bundle> {
  if (!source.repeatable) {
    throw new AnomalyError(
      'USAGE',
      `${source.names.join(', ')}: training reads its input several times; write it into a file first`,
    );
  }
  const { alertsPerDay = TRAINING.alertsPerDay } = options;
  if (!(alertsPerDay > 0)) throw new AnomalyError('USAGE', 'the number of alerts per day must be above 0');
  const run = new Learning(source, options, hooks);
  const material = await run.material().catch((error: unknown) => {
    // what reads ends with the reason of the signal, whatever that is
    throw options.signal?.aborted && error === options.signal.reason ? new Interrupted() : error;
  });
  const { spool, explored, findings, extractorState, detectorState } = material;
  try {
    if (!options.trim) hooks.onFindings?.(findings);
    const model = await run.fit(material);
    if (hooks.onExploration) hooks.onExploration(await run.explore(model, explored, findings));
    return {
      ...model,
      extractorState,
      detectorState,
      sources: source.names,
      versions: { anomaly: VERSION, node: process.version },
    };
  } finally {
    await spool.close();
  }
}

/** What the net is trained on, and what the model holds beside it. The tables it was counted in, most of the memory, are not kept. */
interface Material<R> extends Pick<Bundle, 'extractorState' | 'detectorState' | 'schema'> {
  readonly spool: Spool;
  readonly options: TrainOptions;
  readonly explored: ExplorationCollector<R> | undefined;
  readonly evidence: Learned['facts'];
  readonly findings: Learned['findings'];
  readonly inner: boolean;
}

interface Gathered<R> extends GatheredRows<R> {
  readonly explored: ExplorationCollector<R> | undefined;
  readonly learned: Learned;
}

class Learning<R> {
  private readonly chosen: Source<R>;
  private readonly labels: LabelFilter<R> | undefined;

  constructor(
    source: Source<R>,
    private readonly options: LearnOptions,
    private readonly hooks: LearnHooks<R>,
  ) {
    if (options.trainOnLabel !== undefined) this.labels = new LabelFilter(source, options.trainOnLabel);
    this.chosen = this.labels?.source ?? source;
  }

  /** What is learned from. With `trim`, without what may be an attack. */
  private async gather(): Promise<Gathered<R>> {
    const { options, hooks } = this;
    const leftOut = new Set<number>();
    for (let round = 0; ; round++) {
      const source = this.without(leftOut);
      // where something is left out the rest looks odder than it is: from then on only what is certain is found
      const gathered = await this.rows(source, round === 0 ? 1 : CERTAIN);
      const { findings, leftOut: theirs } = gathered.learned;
      hooks.onSource?.(source);
      if (!options.trim || findings.length === 0 || round === MOST_TRIMS) return gathered;
      try {
        const found = await recordsOf(source, gathered, theirs, options.signal);
        if (found.size === 0) return gathered;
        hooks.onLeftOut?.(findings, found.size);
        leaveOut(leftOut, found, gathered.records);
      } catch (error) {
        await gathered.spool.close();
        throw error;
      }
      await gathered.spool.close();
    }
  }

  private without(leftOut: ReadonlySet<number>): Source<R> {
    const { chosen } = this;
    return leftOut.size > 0 ? filterSource(chosen, (_record, index) => !leftOut.has(index)) : chosen;
  }

  private async rows(source: Source<R>, rarer: number): Promise<Gathered<R>> {
    const { options, hooks } = this;
    const seed = options.seed ?? TRAIN_DEFAULTS.seed;
    let explored: ExplorationCollector<R> | undefined;
    let width = 0;
    const gathered = await gatherRows(
      source,
      { novelty: options.novelty ?? true, ...(options.local && { local: options.local }) },
      {
        onProgress: hooks.onProgress,
        onSchema: (schema) => {
          width = schema.columns.length;
          if (hooks.onExploration) explored = new ExplorationCollector(schema, source.kind.explored, { seed });
        },
        onRow: (record, context, row, at) => {
          explored?.add(record, context, row, at);
          hooks.onRow?.(record, context, row.subarray(at, at + width));
        },
      },
      options.signal,
      () => this.labels?.whyNone(),
    );
    try {
      return {
        ...gathered,
        explored,
        learned: await inTurns(
          gathered.evidence.finish(options.baseRates ?? ownBaseRates(), options.alertsPerDay, rarer),
        ),
      };
    } catch (error) {
      await gathered.spool.close();
      throw error;
    }
  }

  async material(): Promise<Material<R>> {
    const gathered = await this.gather();
    const { spool, explored, extractor, baseline, learned, facts } = gathered;
    try {
      return {
        spool,
        explored,
        schema: extractor.schema,
        options: this.trainOptions(gathered),
        extractorState: extractor.state(),
        detectorState: { ...baseline.state(), evidence: learned.state },
        evidence: learned.facts,
        findings: learned.findings,
        inner: facts.inner === true,
      };
    } catch (error) {
      await spool.close();
      throw error;
    }
  }

  async fit({ spool, schema, options, evidence, inner }: Material<R>): Promise<TrainedModel> {
    const model = await trainModel(spool, schema, options, this.hooks.onProgress);
    return { ...model, facts: { ...model.facts, evidence, ...(inner && { inner: true }) } };
  }

  private trainOptions({ records, facts, extractor, baseline, learned }: Gathered<R>): TrainOptions {
    const { options } = this;
    const { kind } = this.chosen.kind;
    const mixtures = mixturesOf(baseline.input.state(), kind).map((mixture) => mixtureLine(mixture, kind));
    const { percentile, remarks } = percentileFor(options, records);
    return {
      ...TRAIN_DEFAULTS,
      epochs: options.epochs ?? TRAIN_DEFAULTS.epochs,
      layers: options.layers ?? TRAIN_DEFAULTS.layers,
      batchSize: options.batchSize ?? TRAIN_DEFAULTS.batchSize,
      learningRate: options.learningRate ?? TRAIN_DEFAULTS.learningRate,
      seed: options.seed ?? TRAIN_DEFAULTS.seed,
      engine: options.engine ?? TRAIN_DEFAULTS.engine,
      percentile,
      warnings: [
        ...inputWarnings(facts),
        ...mixtures,
        ...linesOfClock(extractor.clock, RECORD_KINDS[extractor.schema.kind]),
        ...remarks,
        ...evidenceWarnings(learned),
      ],
      records,
      checkpoint: options.checkpoint,
      resume: options.resume === true,
      signal: options.signal,
    };
  }

  async explore(
    model: TrainedModel,
    explored: ExplorationCollector<R> | undefined,
    findings: Learned['findings'],
  ): Promise<ExplorationData> {
    const collector = explored as ExplorationCollector<R>;
    const engine = await chooseEngine(this.options.engine ?? TRAIN_DEFAULTS.engine, { threads: 1 });
    const net = engine.create(model.spec, model.weights);
    const training = viewTraining(
      collector,
      model,
      new Scorer(net, new RobustScaler(model.scaler), model.residualWeights),
    );
    net.dispose();
    await engine.dispose();
    const about = { model: printable(this.options.modelName ?? 'model'), sources: this.chosen.names };
    const { warnings, evidence } = model.facts;
    const { alertsPerDay = ALERTS_PER_DAY } = this.options;
    const budget = evidence && { alertsPerDay, trainingS: evidence.trainingS };
    const alarms = evidence && budget && { budget, evidence, findings: findings.length };
    const summary = await this.hooks.summarise?.();
    return { ...collector.data(summary), ...about, warnings, ...(alarms && { alarms }), training };
  }
}

/**
 * Adds what was found among the records that are still there.
 * @param leftOut numbers of records of the whole source, from 0
 * @param found numbers among the others, of which there are so many
 */
function leaveOut(leftOut: Set<number>, found: ReadonlySet<number>, others: number): void {
  const before = new Set(leftOut);
  for (let index = 0, other = 0; other < others; index++) {
    if (before.has(index)) continue;
    if (found.has(other++)) leftOut.add(index);
  }
}

/** What was asked for; where nothing was, the usual percentile, or the highest that so few records support. */
function percentileFor({ percentile }: LearnOptions, rows: number): { percentile: number; remarks: string[] } {
  if (percentile !== undefined) return { percentile, remarks: [] };
  const highest = highestPercentile(Math.floor(rows / TIME_BLOCKS));
  if (highest >= TRAINING.percentile || highest <= LEAST_PERCENTILE)
    return { percentile: TRAINING.percentile, remarks: [] };
  const remark = `${count(rows)} records support the percentile ${highest} at most, which is used instead of ${TRAINING.percentile}: expect more notices, or capture for longer`;
  return { percentile: highest, remarks: [remark] };
}

/** What the capture says against itself. */
function inputWarnings(facts: SourceFacts): string[] {
  const lost = facts.dropped
    ? [`the capture lost ${counted(facts.dropped, 'packet')}; the model may take that for normal`]
    : [];
  return [...facts.warnings, ...lost];
}
