/** detect: records, live or from files, through a model; incidents on the console, in reports and for programs. */
import { existsSync } from 'node:fs';
import { AnomalyError, EXIT_ANOMALIES_FOUND, EXIT_DONE, EXIT_INTERRUPTED, systemCode } from '../../base/errors.js';
import { printable } from '../../base/text.js';
import { VERSION } from '../../base/version.js';
import { Evaluator, type Labels } from '../../detect/evaluation.js';
import type { Incident } from '../../detect/incident.js';
import { AllowList } from '../../detect/incidents/allow.js';
import type { Report } from '../../detect/run-facts.js';
import type { ScoredBatch } from '../../detect/score/scored-batch.js';
import { readLabels } from '../../engine/labels.js';
import { Pipeline } from '../../engine/pipeline.js';
import { FirstLook, PACKETS, type RecordKindOf, type RecordStream } from '../../engine/record-kind.js';
import { RunTally } from '../../engine/run-tally.js';
import type { RecordKind } from '../../features/extractor.js';
import type { Engine } from '../../model/autoencoder.js';
import { type Bundle, loadBundle } from '../../model/bundle.js';
import { thresholdFor } from '../../model/calibration.js';
import { chooseEngine } from '../../model/engine.js';
import type { DetectOptions } from '../../options.js';
import { readAllowList } from '../../output/allow-file.js';
import { LiveConsole } from '../../output/console.js';
import { openLive } from '../../source/live/index.js';
import { recordsOf } from '../../source/open.js';
import type { PacketSource } from '../../source/packet-source.js';
import type { PacketRecord } from '../../table/record.js';
import { handleSignals } from '../signals.js';
import { DetectOutputs } from './outputs.js';
import { modelLine, summaryLines } from './text.js';

const MS_PER_HOUR = 3600e3;

/** @returns the exit code: 0, 3 with --fail-on-anomaly and incidents above notice, 130 when interrupted twice */
export async function detect(options: DetectOptions): Promise<number> {
  const bundle = await loadModel(options.modelDir);
  const look = new FirstLook();
  const engine = await chooseEngine(options.engine, { threads: 1 });
  try {
    const kind = options.read ? await look.kind(options.read[0]) : options.follow ? 'connection' : 'packet';
    const expectations = {
      labels: await labelsFor(options, kind),
      allowed: options.allow === undefined ? undefined : new AllowList(await readAllowList(options.allow)),
    };
    if (kind === 'packet') return await new Detection(PACKETS, options, bundle, engine, expectations).run(look);
    const { CONNECTIONS } = await import('../../engine/connections.js');
    return await new Detection(CONNECTIONS, options, bundle, engine, expectations).run(look);
  } finally {
    await look.close();
    await engine.dispose();
  }
}

/** From --labels, else a labelled log's own. */
async function labelsFor(options: DetectOptions, kind: RecordKind): Promise<Labels | undefined> {
  if (options.labels !== undefined) return readLabels(options.labels);
  if (kind === 'packet' || !options.read) return undefined;
  return (await import('../../engine/log-labels.js')).labelsOfLogs(options.read);
}

async function loadModel(dir: string): Promise<Bundle> {
  try {
    return await loadBundle(dir);
  } catch (error) {
    if (!(error instanceof AnomalyError) || systemCode(error.cause) !== 'ENOENT' || error.code !== 'NO_INPUT')
      throw error;
    const name = printable(dir);
    throw new AnomalyError(
      'NO_INPUT',
      `${name}: no model there; learn one with 'anomaly train', or name its folder with --model`,
      {
        cause: error,
      },
    );
  }
}

/** What the user knows beforehand. */
interface Expectations {
  readonly labels: Labels | undefined;
  readonly allowed: AllowList | undefined;
}

/** One run. */
class Detection<R> {
  private readonly console: LiveConsole;
  private readonly pipeline: Pipeline<R>;
  private readonly tally: RunTally;
  private stream: RecordStream<R> | undefined;
  private readonly evaluator: Evaluator | undefined;
  private outputs: DetectOutputs | undefined;
  private stopping = false;
  private frame = 0;

  constructor(
    private readonly kind: RecordKindOf<R>,
    private readonly options: DetectOptions,
    bundle: Bundle,
    engine: Engine,
    { labels, allowed }: Expectations,
  ) {
    if (labels) this.evaluator = new Evaluator(labels);
    const threshold =
      options.alertsPerDay === undefined
        ? bundle.threshold
        : thresholdFor(bundle.calibration, { alertsPerDay: options.alertsPerDay });
    this.console = new LiveConsole({
      stdout: process.stdout,
      stderr: process.stderr,
      version: VERSION,
      kind: kind.kind,
      live: options.read === undefined,
      quiet: options.quiet,
      verbose: options.verbose,
      json: options.json,
      ecs: options.ecs,
      color: options.color,
    });
    this.pipeline = new Pipeline(kind, bundle, engine, {
      dir: options.modelDir,
      threshold: threshold.value,
      ...(options.local && { local: options.local }),
      ...(allowed && { allows: (incident: Incident) => allowed.allows(incident) }),
    });
    this.tally = new RunTally(this.pipeline, threshold, options.modelDir, allowed);
  }

  /** Until the input ends, or a signal or a limit says so; reports are written whatever ended it. */
  async run(look: FirstLook): Promise<number> {
    let interrupt: (code: number) => void = () => undefined;
    const interrupted = new Promise<number>((resolve) => {
      interrupt = resolve;
    });
    const release = handleSignals({
      onStop: () => this.stop(),
      onInterrupt: () => interrupt(EXIT_INTERRUPTED),
      onReopen: () => this.reportNow(),
      onReport: () => this.console.note(this.counters()),
    });
    try {
      return await Promise.race([this.follow(look), interrupted]);
    } finally {
      release();
      this.console.finish();
      await this.outputs?.discard();
      this.pipeline.dispose();
    }
  }

  /** Reports of what was found so far, while the run goes on. */
  private reportNow(): void {
    const { outputs, stream, pipeline } = this;
    if (!outputs || !stream) return;
    pipeline.detector.refresh();
    outputs.report(this.report(stream)).catch((error: unknown) => {
      this.console.note(error instanceof Error ? error.message : String(error));
    });
  }

  private report(stream: RecordStream<R>): Report {
    const { incidents } = this.pipeline.detector;
    const evaluation = this.evaluator && { evaluation: this.evaluator.finish(incidents) };
    return { facts: { ...this.tally.facts([stream.facts], stream.stops), ...evaluation }, incidents };
  }

  private stop(): void {
    this.stopping = true;
    this.stream?.close().catch(() => undefined);
  }

  private counters(): string {
    return `${this.frame} records, ${this.pipeline.detector.anomalous} flagged, ${this.openIncidents()} open incidents`;
  }

  private openIncidents(): number {
    let open = 0;
    for (const incident of this.pipeline.detector.incidents) if (!incident.closed) open++;
    return open;
  }

  private async follow(look: FirstLook): Promise<number> {
    const { options, pipeline } = this;
    const { stream, outputs } = await this.open(look);
    this.stream = stream;
    const timer =
      options.hours === undefined
        ? undefined
        : setTimeout(() => this.stop(), Math.min(options.hours * MS_PER_HOUR, 2 ** 31 - 1));
    this.console.note(modelLine(this.tally.facts([stream.facts], stream.stops)));
    const { name, driver } = stream.facts;
    if (driver !== undefined)
      this.console.note(`capturing on ${name} with ${driver}; Ctrl+C ends it and writes the report`);
    if (options.follow) {
      const there = existsSync(options.follow) ? 'following' : 'does not exist yet, waiting for it:';
      this.console.note(`${there} ${name}; Ctrl+C ends it and writes the report`);
    }
    let failure: unknown;
    try {
      await this.consume(stream, outputs);
    } catch (error) {
      // what was examined until then is reported all the same
      failure = error;
    } finally {
      clearTimeout(timer);
      await stream.close();
    }
    const { detector } = pipeline;
    detector.finish();
    const report = this.report(stream);
    await outputs.finish(report);
    for (const incident of detector.incidents) if (!incident.closed) this.console.closed(incident);
    this.console.finish();
    for (const line of summaryLines(report, outputs.names)) this.console.note(line);
    if (failure) throw failure;
    const alarms = detector.incidents.some((incident) => incident.severity !== 'notice');
    return options.failOnAnomaly && alarms ? EXIT_ANOMALIES_FOUND : EXIT_DONE;
  }

  /** A live capture is opened first: it drops root's rights, and files are to belong to the user it becomes. */
  private async open(look: FirstLook): Promise<{ stream: RecordStream<R>; outputs: DetectOutputs }> {
    const { options, kind } = this;
    const live = options.read || options.follow ? undefined : await this.openLive();
    try {
      const outputs = await DetectOutputs.open(options, kind.kind, (line) => this.console.note(line));
      this.outputs = outputs;
      const stream = live
        ? (recordsOf(live, outputs.hooks) as unknown as RecordStream<R>)
        : options.follow
          ? ((await import('../../zeek/follow.js')).followConnLog(options.follow) as unknown as RecordStream<R>)
          : await kind.open(options.read as string[], outputs.hooks, look.open);
      return { stream, outputs };
    } catch (error) {
      await live?.close();
      throw error;
    }
  }

  private openLive(): Promise<PacketSource> {
    const { interface: name, filter, count, promiscuous, driver, user } = this.options;
    const notice = (line: string): void => this.console.note(line);
    return openLive({ interface: name, filter, count, promiscuous, driver, user, notice });
  }

  private async consume(stream: RecordStream<R>, outputs: DetectOutputs): Promise<void> {
    const { pipeline, options } = this;
    const record = this.kind.newRecord();
    const most = options.count ?? Number.POSITIVE_INFINITY;
    for await (const batch of stream.batches) {
      for (let k = 0; k < batch.count && this.frame < most; k++) {
        batch.read(k, record);
        const full = pipeline.push(record, ++this.frame);
        const wait = outputs.record(record as unknown as PacketRecord);
        if (wait) await wait;
        if (full) this.score(outputs);
      }
      if (pipeline.batch.count > 0) this.score(outputs);
      this.console.status({
        records: this.frame,
        rate: this.tally.rate(),
        dropped: stream.facts.dropped,
        scored: this.frame,
        openIncidents: this.openIncidents(),
      });
      if (this.stopping || this.frame >= most) return;
    }
  }

  private score(outputs: DetectOutputs): void {
    const { pipeline, tally } = this;
    pipeline.score();
    tally.observe(pipeline.batch);
    this.evaluate(pipeline.batch);
    const opened = pipeline.detector.events.filter(({ type }) => type === 'opened').map(({ incident }) => incident);
    outputs.scored(pipeline.batch, opened, pipeline.bundle.schema, pipeline.threshold);
    for (const { type, incident } of pipeline.detector.events) {
      if (type === 'closed') this.console.closed(incident);
      else if (type === 'opened') this.console.opened(incident);
      outputs.incident(incident);
    }
    pipeline.next();
  }

  private evaluate(batch: ScoredBatch): void {
    const { evaluator } = this;
    if (!evaluator) return;
    for (let k = 0; k < batch.count; k++) {
      evaluator.add(batch.frame[k], batch.timestampUs[k], batch.score[k], batch.anomaly[k] === 1);
    }
  }
}
