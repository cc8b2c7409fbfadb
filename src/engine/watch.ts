/** Detection: records through a model, as events; the facts of the run with all incidents at the end. */

import { hostname } from 'node:os';
import { printable } from '../base/text.js';
import { turn } from '../base/turns.js';
import { VERSION } from '../base/version.js';
import type { DetectorEvent } from '../detect/detector-event.js';
import { Evaluator, type Labels } from '../detect/evaluation.js';
import type { Budget } from '../detect/evidence/budget.js';
import type { Incident } from '../detect/incident.js';
import type { AllowList } from '../detect/incidents/allow.js';
import type { InputChange } from '../detect/input/change.js';
import type { ModelFacts, RunIdentity } from '../detect/run-facts.js';
import type { RunFigures } from '../detect/run-figures.js';
import type { ScoredBatch } from '../detect/score/scored-batch.js';
import type { ClockEvent } from '../features/clock.js';
import type { Engine } from '../model/autoencoder.js';
import type { Bundle } from '../model/bundle.js';
import type { Threshold } from '../model/calibration.js';
import { chooseEngine, type EngineChoice } from '../model/engine.js';
import type { RunReport } from '../report/run-report.js';
import type { OnRecord } from './featurer.js';
import { requireHeaders } from './inner-headers.js';
import { newId } from './new-id.js';
import { Pipeline } from './pipeline.js';
import { placesOf } from './places.js';
import type { RecordKindOf, RecordStream, Source } from './record-kind.js';
import { RunTally } from './run-tally.js';

export type WatchEvent =
  /** Records scored and judged; `batch` is overwritten by the next ones. `opened`: incidents that it opened. */
  | { readonly type: 'scored'; readonly batch: ScoredBatch; readonly opened: readonly Incident[] }
  /** `updated`: grown tenfold, or worse than it was told to be. The same object each time, which goes on changing. */
  | DetectorEvent
  /** the records' clock was set, stood still for long, or a record's time cannot be believed */
  | { readonly type: 'clock'; readonly event: ClockEvent }
  /** the input became of another kind than the one that was learned, or, with an end, is so no more */
  | { readonly type: 'input'; readonly change: InputChange }
  /** the last event: what was found, also where the input failed midway */
  | { readonly type: 'summary'; readonly report: RunReport };

export interface WatchOptions {
  /** false alarms that may come in a day, all kinds together; default: as trained */
  readonly alertsPerDay?: number | undefined;
  /** the monitored host's own addresses; default: as trained */
  readonly local?: readonly string[] | undefined;
  /** what is expected and not told; another one may take its place, see `allow` */
  readonly allowed?: AllowList | undefined;
  /** by record number; adds an evaluation to the report */
  readonly labels?: Labels | undefined;
  /** default auto */
  readonly engine?: EngineChoice | undefined;
  /** ends after so many records */
  readonly count?: number | undefined;
  /** who watches, in every output; default: the host's name */
  readonly sensor?: string | undefined;
  /** reports name files by their whole path, for commands that are run in another folder */
  readonly wholePaths?: boolean | undefined;
  /** the model's folder, for messages and the model card */
  readonly modelDir?: string | undefined;
  /** a thread of its own for the features of captures; default: where it pays, which a record heard by `onRecord` prevents */
  readonly thread?: boolean | undefined;
  /** ends the run: what was read is judged, and the summary follows */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Events of `input`, which is closed at the end, judged by `bundle`; the summary last. An input that fails midway throws
 * after the summary, one that fails before its first record throws without.
 * @throws AnomalyError BAD_MODEL where the model is for other records; what the input throws
 */
export async function* watch<R>(
  input: Source<R>,
  bundle: Bundle,
  options: WatchOptions = {},
  onRecord?: OnRecord<R>,
): AsyncGenerator<WatchEvent> {
  try {
    const run = await Watch.begin(input.kind, bundle, options);
    try {
      yield* run.over(await input.open(), onRecord);
    } finally {
      await run.close();
    }
  } finally {
    await input.close();
  }
}

/** One run, for callers that want to look into it while it goes on. */
export class Watch<R> {
  /** records judged */
  records = 0;
  /** said when another engine works than was asked for */
  readonly engineNote: string | undefined;
  private readonly pipeline: Pipeline<R>;
  private readonly tally: RunTally;
  private readonly evaluator: Evaluator | undefined;
  private stream: RecordStream<R> | undefined;
  private toldOfClock = 0;
  private stopping = false;
  private closed = false;
  private allowed: AllowList | undefined;
  /** what waits for the end of the batches in work */
  private readonly turns: (() => void)[] = [];
  private readonly onAbort = (): void => this.stop();

  private constructor(
    kind: RecordKindOf<R>,
    bundle: Bundle,
    private readonly engine: Engine,
    private readonly options: WatchOptions,
  ) {
    const { alertsPerDay, allowed, labels, local, modelDir = 'model', sensor = hostname() } = options;
    this.allowed = allowed;
    this.engineNote = engine.instead && `engine: ${engine.note}`;
    this.pipeline = new Pipeline(kind, bundle, engine, {
      dir: modelDir,
      alertsPerDay,
      local,
      allows: allowed && ((dealing, atMs) => this.allowed?.covering(dealing, atMs)),
    });
    const identity = { version: VERSION, sensor: printable(sensor), run: newId(Date.now()) };
    this.tally = new RunTally(this.pipeline, identity, modelDir, () => this.allowed);
    if (labels) this.evaluator = new Evaluator(labels);
    options.signal?.addEventListener('abort', this.onAbort, { once: true });
    if (options.signal?.aborted) this.stop();
  }

  /** @throws AnomalyError BAD_MODEL, TypeError for a budget that is none */
  static async begin<R>(kind: RecordKindOf<R>, bundle: Bundle, options: WatchOptions = {}): Promise<Watch<R>> {
    const engine = await chooseEngine(options.engine ?? 'auto', { threads: 1 });
    try {
      return new Watch(kind, bundle, engine, options);
    } catch (error) {
      await engine.dispose();
      throw error;
    }
  }

  /** The events of a stream, which is closed at its end; once. */
  async *over(stream: RecordStream<R>, onRecord?: OnRecord<R>): AsyncGenerator<WatchEvent> {
    this.stream = stream;
    try {
      requireHeaders(this.pipeline.bundle, stream.facts, this.options.modelDir ?? 'model');
    } catch (error) {
      await stream.close();
      throw error;
    }
    // told to stop while the stream was being opened
    if (this.stopping) await stream.close();
    let failure: unknown;
    try {
      yield* this.events(stream, onRecord);
    } catch (error) {
      // what was examined until then is told all the same
      failure = error;
    } finally {
      await stream.close();
    }
    // an input that cannot be read at all was not examined: a report would say that nothing was found
    if (failure && this.records === 0) throw failure;
    yield* this.clockEvents();
    this.pipeline.detector.finish();
    yield { type: 'summary', report: this.facts(stream) };
    if (failure) throw failure;
  }

  private async *events(stream: RecordStream<R>, onRecord: OnRecord<R> | undefined): AsyncGenerator<WatchEvent> {
    const featurer = await this.pipeline.featurerOf(stream, onRecord, this.options.thread);
    const run = {
      most: this.options.count ?? Number.POSITIVE_INFINITY,
      isOver: () => this.isOver(stream),
      isAwaited: () => this.turns.length > 0,
    };
    try {
      for await (const batch of featurer.batches(run)) {
        this.records += batch.count;
        yield* this.clockEvents();
        yield* this.judge(batch);
        const due = turn();
        if (due) await due;
      }
    } finally {
      featurer.finish();
    }
  }

  /** Told to stop; a live capture ends by itself, with what was on its way when it was asked to. */
  private isOver({ facts }: RecordStream<R>): boolean {
    return this.stopping && facts.driver === undefined;
  }

  private *clockEvents(): Generator<WatchEvent> {
    const { events } = this.pipeline.clock;
    for (; this.toldOfClock < events.length; this.toldOfClock++) {
      const event = events[this.toldOfClock];
      if (event) yield { type: 'clock', event };
    }
  }

  private *judge(batch: ScoredBatch): Generator<WatchEvent> {
    const { pipeline, tally } = this;
    const { detector } = pipeline;
    pipeline.judge(batch);
    tally.observe(batch);
    this.evaluator?.observe(batch);
    const opened = detector.events.filter(({ type }) => type === 'opened').map(({ incident }) => incident);
    yield { type: 'scored', batch, opened };
    for (const change of detector.inputEvents) yield { type: 'input', change };
    yield* detector.events;
    batch.clear();
    this.turn();
  }

  private turn(): void {
    if (!this.pipeline.idle) return;
    for (const turn of this.turns.splice(0)) turn();
  }

  /**
   * Goes on with another model of the same features, between two batches: records, incidents and all that was counted stay; what
   * goes on is judged by that model from then on.
   * @throws AnomalyError BAD_MODEL, with nothing changed, where it is damaged, or for other records or features
   */
  async adopt(bundle: Bundle): Promise<void> {
    const adopt = (): void => {
      this.pipeline.adopt(bundle);
      this.tally.adopt();
    };
    if (this.pipeline.idle) return adopt();
    // batches in work are scored as they were made
    await new Promise<void>((resolve, reject) => {
      this.turns.push(() => {
        try {
          resolve(adopt());
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  /** From the next record on this list says what is expected, where the run began with one. */
  allow(list: AllowList): void {
    this.allowed = list;
  }

  /** Ends the run soon; what was read is judged, and the summary follows. */
  stop(): void {
    this.stopping = true;
    this.stream?.close().catch(() => undefined);
  }

  /** What was found so far, with reasons brought up to date; undefined before there is a stream. */
  report(): RunReport | undefined {
    this.pipeline.detector.refresh();
    return this.stream && this.facts(this.stream);
  }

  /** The same without what takes long: comparing with labels, and finding records in several files. */
  glance(): RunReport | undefined {
    const { stream } = this;
    if (!stream) return undefined;
    const { detector, bundle } = this.pipeline;
    const { power } = bundle;
    detector.refresh(true);
    return {
      facts: this.tally.facts([stream.facts], this.pipeline.stops),
      incidents: detector.incidents,
      ...(power && { power }),
    };
  }

  /** The figures so far, cheap to ask for; undefined before there is a stream. */
  figures(): RunFigures | undefined {
    return this.stream && this.tally.figures(this.stream.facts);
  }

  private facts(stream: RecordStream<R>): RunReport {
    const { incidents } = this.pipeline.detector;
    const evaluation = this.evaluator && { evaluation: this.evaluator.finish(incidents) };
    const { origins } = stream.facts;
    const places = origins && placesOf(incidents, origins, this.options.wholePaths);
    const { power } = this.pipeline.bundle;
    return {
      facts: { ...this.tally.facts([stream.facts], this.pipeline.stops), ...places, ...evaluation },
      incidents,
      ...(power && { power }),
    };
  }

  /** Numbers of incidents go on after `number`, the last of an earlier run; before the first record. */
  continueAfter(number: number): void {
    this.pipeline.detector.continueAfter(number);
  }

  /** Who says what is found. */
  get identity(): RunIdentity {
    return this.tally.identity;
  }

  get threshold(): Threshold {
    return this.pipeline.bundle.threshold;
  }

  /** of false alarms */
  get budget(): Budget {
    return this.pipeline.detector.budget;
  }

  /** the model card */
  get model(): ModelFacts {
    return this.tally.model;
  }

  /** records flagged so far */
  get anomalous(): number {
    return this.pipeline.detector.anomalous;
  }

  /** incidents that are going on */
  get openIncidents(): number {
    let open = 0;
    for (const incident of this.pipeline.detector.incidents) if (!incident.closed) open++;
    return open;
  }

  /** records a second, of late */
  get rate(): number {
    return this.tally.rate();
  }

  /** Frees net and engine; idempotent. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    // a signal may outlive many runs
    this.options.signal?.removeEventListener('abort', this.onAbort);
    await this.pipeline.close();
    await this.engine.dispose();
  }
}
