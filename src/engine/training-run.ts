/** One training run: rows, model, exploration, bundle. */
import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { printable } from '../base/text.js';
import { TIME_BLOCKS } from '../base/time-blocks.js';
import { VERSION } from '../base/version.js';
import type { TrainCommandOptions } from '../commands/train/index.js';
import type { Inputs } from '../commands/train/inputs.js';
import { progressText } from '../commands/train/text.js';
import { extremePairs, type PairPeak, PairPeaks } from '../detect/hygiene.js';
import { type Bundle, saveBundle } from '../model/bundle.js';
import { highestPercentile } from '../model/calibration.js';
import { chooseEngine } from '../model/engine.js';
import { RobustScaler } from '../model/scaler.js';
import { Scorer } from '../model/score.js';
import type { Spool } from '../model/spool.js';
import { trainModel } from '../model/train.js';
import { TRAIN_DEFAULTS, type TrainOptions } from '../model/train-options.js';
import type { TrainedModel } from '../model/trained.js';
import { danfoSummary, loadDanfo } from '../output/danfo.js';
import type { StatusLine } from '../output/status-line.js';
import { ExplorationCollector, renderExploration, viewTraining } from '../report/explore/index.js';
import { count, counted } from '../report/format.js';
import type { SourceFacts } from '../source/packet-source.js';
import { PairNames } from './pair-names.js';
import type { RecordKindOf } from './record-kind.js';
import { type GatheredRows, type GatherOptions, gatherRows, recordsOfPairs } from './training-rows.js';

const PERCENTILE = 99.9;
/** labels named where none is the one asked for */
const MOST_LABELS_NAMED = 8;
/** below this there are too few records to learn anything from, and training refuses */
const LEAST_PERCENTILE = 99;

export interface Fitted<R> extends GatheredRows<R> {
  readonly spool: Spool;
  readonly model: TrainedModel;
  readonly explored: ExplorationCollector<R>;
  /** pairs that stand far apart from all others, and their hashes */
  readonly extreme: readonly PairPeak[];
  readonly extremeIds: ReadonlySet<string>;
}

export class TrainingRun<R> {
  readonly sources: readonly string[];
  private readonly checkpoint: string;

  constructor(
    private readonly kind: RecordKindOf<R>,
    private readonly options: TrainCommandOptions,
    private readonly inputs: Inputs,
    private readonly status: StatusLine,
    private readonly signal: AbortSignal,
  ) {
    this.sources = inputs.names.map(printable);
    const { modelDir } = options;
    this.checkpoint = join(dirname(modelDir), `.${basename(modelDir)}.checkpoint`);
  }

  /** @param leftOut numbers of records, from 0, that are no part of the training data */
  async fit(leftOut: ReadonlySet<number> = new Set()): Promise<Fitted<R>> {
    const { kind, options, status, signal } = this;
    let explored: ExplorationCollector<R> | undefined;
    const gathered = await gatherRows(kind, {
      ...this.gathering(),
      ...this.filter(leftOut),
      onSchema: (schema) => {
        explored = new ExplorationCollector(schema, kind.explored, { seed: options.seed });
      },
      onRow: (record, context, row, at) => explored?.add(record, context, row, at),
    });
    const peaks = new PairPeaks();
    const { threshold, remarks } = thresholdRequest(options, gathered.spool.rows);
    try {
      const model = await trainModel(
        gathered.spool,
        gathered.extractor.schema,
        {
          ...TRAIN_DEFAULTS,
          epochs: options.epochs,
          layers: options.layers,
          batchSize: options.batchSize,
          learningRate: options.learningRate,
          seed: options.seed,
          engine: options.engine,
          threshold,
          warnings: [...inputWarnings(gathered.facts), ...remarks],
          checkpoint: this.checkpoint,
          resume: options.resume && leftOut.size === 0,
          signal,
          onOutOfFold: (low, high, smoothed) => peaks.add(PairNames.id(low, high), smoothed),
        },
        (progress) => status.show(() => progressText(progress)),
      );
      const extreme = extremePairs(peaks.all());
      const named = extreme.map((pair) => ({ ...pair, name: gathered.peers.get(pair.name) ?? 'a pair of hosts' }));
      return {
        ...gathered,
        model: options.trim ? model : withWarnings(model, named),
        explored: explored as ExplorationCollector<R>,
        extreme: named,
        extremeIds: new Set(extreme.map((pair) => pair.name)),
      };
    } catch (error) {
      await gathered.spool.close();
      throw error;
    }
  }

  /** Numbers of the records of the extreme pairs. */
  recordsOf({ extractor, extremeIds }: Fitted<R>): Promise<Set<number>> {
    return recordsOfPairs(this.kind, { ...this.gathering(), ...this.filter() }, extractor, extremeIds);
  }

  /** Writes the bundle with the exploratory report. */
  async save(fitted: Fitted<R>): Promise<void> {
    const { model, extractor, baseline } = fitted;
    const bundle: Bundle = {
      ...model,
      extractorState: extractor.state(),
      detectorState: baseline.state(),
      sources: this.sources,
      versions: { anomaly: VERSION, node: process.version },
    };
    await saveBundle(this.options.modelDir, bundle, await this.explore(fitted));
    await rm(this.checkpoint, { force: true });
  }

  private async explore({ model, explored }: Fitted<R>): Promise<string> {
    const engine = await chooseEngine(this.options.engine, { threads: 1 });
    const net = engine.create(model.spec, model.weights);
    const scorer = new Scorer(net, new RobustScaler(model.scaler), model.residualWeights);
    const training = viewTraining(explored, model, scorer);
    net.dispose();
    await engine.dispose();
    const about = { model: printable(basename(this.options.modelDir)), sources: this.sources };
    const danfo = await loadDanfo();
    const data = danfo ? explored.data((...column) => danfoSummary(danfo, ...column)) : explored.data();
    return renderExploration({ ...data, ...about, warnings: model.facts.warnings, training });
  }

  /** Nothing where every record is wanted: then records are counted without being read. */
  private filter(leftOut: ReadonlySet<number> = new Set()): Pick<GatherOptions<R>, 'accept' | 'whyNone'> {
    const label = this.options.trainOnLabel?.toLowerCase();
    if (label === undefined && leftOut.size === 0) return {};
    const { kind } = this;
    if (label === undefined) return { accept: (_record, index) => !leftOut.has(index) };
    const others = new Set<string>();
    const accept = (record: R, index: number): boolean => {
      const own = kind.labelOf?.(record) ?? '';
      if (own.toLowerCase() === label) return !leftOut.has(index);
      if (own !== '' && others.size < MOST_LABELS_NAMED) others.add(own);
      return false;
    };
    const whyNone = (): string => {
      const found = others.size > 0 ? `there are ${[...others].map(printable).join(', ')}` : 'they have no labels';
      return `no record has the label "${printable(label)}" of --train-on-label; ${found}`;
    };
    return { accept, whyNone };
  }

  private gathering(): GatherOptions<R> {
    const { kind, options, status, signal, inputs } = this;
    return {
      paths: inputs.paths,
      novelty: options.novelty,
      signal,
      onProgress: (stage, records, of) => status.show(() => `${stage}  ${counted(records, kind.kind)} of ${count(of)}`),
      ...(options.local && { local: options.local }),
    };
  }
}

function withWarnings(model: TrainedModel, extreme: readonly PairPeak[]): TrainedModel {
  if (extreme.length === 0) return model;
  const pairs = extreme.map(({ name, records }) => `${name} (${counted(records, 'record')})`).join(', ');
  const warning = `this looks like an attack in the training data, and is now taken for normal: ${pairs}; look into it, and train with --trim to leave it out`;
  return { ...model, facts: { ...model.facts, warnings: [...model.facts.warnings, warning] } };
}

interface Request {
  readonly threshold: TrainOptions['threshold'];
  readonly remarks: readonly string[];
}

/** What was asked for; where nothing was, the usual percentile, or the highest that so few records support. */
function thresholdRequest({ alertsPerDay, percentile }: TrainCommandOptions, rows: number): Request {
  if (alertsPerDay !== undefined) return { threshold: { alertsPerDay }, remarks: [] };
  if (percentile !== undefined) return { threshold: { percentile }, remarks: [] };
  const highest = highestPercentile(Math.floor(rows / TIME_BLOCKS));
  if (highest >= PERCENTILE || highest <= LEAST_PERCENTILE)
    return { threshold: { percentile: PERCENTILE }, remarks: [] };
  const remark = `${count(rows)} records support the percentile ${highest} at most, which is used instead of ${PERCENTILE}: expect more false alarms, or capture for longer`;
  return { threshold: { percentile: highest }, remarks: [remark] };
}

/** What the capture says against itself. */
function inputWarnings(facts: SourceFacts): string[] {
  const lost = facts.dropped
    ? [`the capture lost ${counted(facts.dropped, 'packet')}; the model may take that for normal`]
    : [];
  return [...facts.warnings, ...lost];
}
