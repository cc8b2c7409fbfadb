/** One run of detect: events of the watch to the console, into files, to receivers and readers; what signals ask for. */
import { existsSync } from 'node:fs';
import { ERRORS, EXIT_ANOMALIES_FOUND, EXIT_DONE, EXIT_INTERRUPTED } from '../../base/errors.js';
import { toJournal } from '../../base/journal.js';
import { standardError, standardOutput } from '../../base/standard-streams.js';
import { printable } from '../../base/text.js';
import type { AllowEntry } from '../../detect/allow-entry.js';
import type { AllowList } from '../../detect/incidents/allow.js';
import type { Report } from '../../detect/run-facts.js';
import { isInner } from '../../engine/inner-headers.js';
import type { RecordKindOf, RecordStream, Source } from '../../engine/record-kind.js';
import { noRecords } from '../../engine/source.js';
import type { Watch, WatchEvent } from '../../engine/watch.js';
import type { Bundle } from '../../model/bundle.js';
import type { DetectRun } from '../../options.js';
import { LiveConsole } from '../../output/console.js';
import type { Listener } from '../../output/listen/server.js';
import type { NamedReceiver } from '../../output/notify/receiver-words.js';
import { ClockNotes } from '../../report/clock.js';
import { counted } from '../../report/format.js';
import { inputLine } from '../../report/input.js';
import type { RecordHooks } from '../../source/open.js';
import { ServiceManager } from '../service-manager.js';
import { handleSignals } from '../signals.js';
import { stopAfter } from '../stop-after.js';
import type { Allowed } from './allowed.js';
import { loadModel } from './model.js';
import type { Notes } from './notes.js';
import { DetectOutputs } from './outputs.js';
import { listenLine, modelLine, serviceStatus, summaryLines, takenLine } from './text.js';

/** So often it is asked whether reports are to be written again. */
const REPORT_CLOCK_MS = 1000;

/** What a run is made of. */
export interface Parts {
  readonly options: DetectRun;
  readonly bundle: Bundle;
  readonly kind: RecordKindOf<unknown>;
  readonly watch: Watch<unknown>;
  readonly allowed: Allowed;
  readonly receivers: readonly NamedReceiver[];
  readonly listener: Listener | undefined;
  readonly notes: Notes;
  /** of an input that is still being opened */
  readonly ending: AbortController;
}

export class Detection {
  private readonly console: LiveConsole;
  private readonly clock: ClockNotes;
  private readonly manager: ServiceManager;
  private stream: RecordStream | undefined;
  private outputs: DetectOutputs | undefined;
  private code: number = EXIT_DONE;
  private taking: Promise<void> = Promise.resolve();

  private readonly options: DetectRun;
  private readonly kind: RecordKindOf<unknown>;
  private readonly watch: Watch<unknown>;
  private readonly listener: Listener | undefined;

  constructor(private readonly parts: Parts) {
    const { options, kind, watch, listener } = parts;
    this.options = options;
    this.kind = kind;
    this.watch = watch;
    this.listener = listener;
    this.clock = new ClockNotes(kind);
    const { quiet, verbose, json, ecs, color } = options;
    this.console = new LiveConsole({
      stdout: toJournal(standardOutput()),
      stderr: toJournal(standardError()),
      who: watch.identity,
      kind: kind.kind,
      live: options.read === undefined,
      ...{ quiet, verbose, json, ecs, color },
    });
    this.manager = new ServiceManager({
      status: () => (this.stream ? serviceStatus(watch, this.stream, kind.noun) : ''),
      stuck: () => this.stream?.health?.().stuck,
      note: (line) => this.console.note(line),
    });
  }

  /** Until the input ends, or a signal or a limit says so; reports are written whatever ended it. */
  async run(source: Source): Promise<number> {
    this.parts.notes.to((line) => this.console.note(line));
    let interrupt: (code: number) => void = () => undefined;
    const interrupted = new Promise<number>((resolve) => {
      interrupt = resolve;
    });
    const release = handleSignals({
      onStop: () => this.stop(),
      onInterrupt: () => interrupt(EXIT_INTERRUPTED),
      onReopen: () => {
        this.manager.reload(() => this.reopen()).catch((error: unknown) => this.trouble(error));
      },
      onReport: () => this.console.note(this.counters()),
    });
    if (this.parts.ending.signal.aborted) this.stop();
    try {
      return await Promise.race([this.examine(source), interrupted]);
    } finally {
      release();
      this.console.finish();
      await this.outputs?.discard();
      await this.manager.end();
    }
  }

  private stop(): void {
    this.manager.stopping();
    this.parts.ending.abort();
    this.watch.stop();
  }

  /** SIGHUP: files that people changed or moved away are opened again, and reports say what was found so far, while the run goes on. */
  private async reopen(): Promise<void> {
    await this.rereadAllowList().catch((error: unknown) =>
      this.trouble(error, '; what was read before stays in force'),
    );
    await this.takeModel().catch((error: unknown) => this.trouble(error, '; the model before stays in use'));
    this.outputs?.reopen();
    await this.reportNow();
  }

  /** Whole reports as they stand. */
  private async reportNow(): Promise<void> {
    const report = this.outputs && this.watch.report();
    if (report) await this.outputs?.report(report);
  }

  /** The model in use on disk, where it is another one by now. One signal after the other, or an older one might win. */
  private takeModel(): Promise<void> {
    const { watch } = this;
    const taken = this.taking.then(async () => {
      const bundle = await loadModel(this.options.modelDir, this.parts.notes.note);
      if (bundle.id === watch.model.id) return;
      await watch.adopt(bundle);
      this.console.note(takenLine(watch, this.kind.kind));
    });
    this.taking = taken.catch(() => undefined);
    return taken;
  }

  private async rereadAllowList(): Promise<void> {
    const { allowed, notes } = this.parts;
    const entries = await allowed.reread(notes.note);
    const { list } = allowed;
    if (entries === undefined || !list) return;
    this.watch.allow(list);
    this.console.note(
      `allow-list read again: ${counted(entries, 'entry', 'entries')} in ${printable(this.options.allow ?? '')}`,
    );
    this.tellExpired(list);
  }

  /** What the fleet's owner allows everywhere; none: nothing any more. */
  private takeAllowed(entries: readonly AllowEntry[]): void {
    const { allowed } = this.parts;
    allowed.take(entries);
    if (allowed.list) this.watch.allow(allowed.list);
  }

  /** Entries that are void today; of what happened earlier they may still speak. */
  private tellExpired(list: AllowList): void {
    for (const entry of list.expired(Date.now())) this.console.note(`allow-list: no longer in force: ${entry}`);
  }

  private trouble(error: unknown, more = ''): void {
    this.console.note((error instanceof Error ? error.message : String(error)) + more);
  }

  private counters(): string {
    const { records, anomalous, openIncidents } = this.watch;
    return `${records} records, ${anomalous} flagged, ${openIncidents} open incidents`;
  }

  private async examine(source: Source): Promise<number> {
    const { watch, options } = this;
    const { stream, outputs } = await this.open(source);
    const forgetLimit = options.hours === undefined ? undefined : stopAfter(options.hours, () => this.stop());
    this.introduce(stream);
    for (const line of outputs.before) if (line !== '') this.console.note(line);
    watch.continueAfter(outputs.lastNumber);
    await this.listener?.show({
      figures: () => {
        const figures = watch.figures();
        return figures && { ...figures, ...outputs.queues };
      },
      report: () => watch.glance(),
    });
    const clock = setInterval(() => {
      if (outputs.reportDue(watch.records)) this.reportNow().catch((error: unknown) => this.trouble(error));
    }, REPORT_CLOCK_MS);
    this.manager.ready();
    try {
      for await (const event of watch.over(stream, outputs.onRecord)) {
        await this.take(event, stream, outputs);
      }
    } finally {
      clearInterval(clock);
      forgetLimit?.();
    }
    return this.code;
  }

  private async open(source: Source): Promise<{ stream: RecordStream; outputs: DetectOutputs }> {
    const { options, kind } = this;
    // packets are seen once there are outputs: nothing is read before
    const { signal } = this.parts.ending;
    const inner = isInner(this.parts.bundle);
    const hooks: RecordHooks = {
      signal,
      inner,
      ...(options.pcapOut !== undefined && { onPackets: (batch) => this.outputs?.packetsOf(batch) }),
    };
    let stream: RecordStream | undefined;
    try {
      stream = await source.open(hooks).catch(async (error: unknown) => {
        if (!signal.aborted) throw error;
        return (await noRecords(kind.kind, source.names, inner)).open();
      });
      this.stream = stream;
      const wanted = {
        ...options,
        inner: stream.facts.inner === true,
        receivers: this.parts.receivers,
        figures: () => this.watch.figures(),
        onAllow: (entries: readonly AllowEntry[]) => this.takeAllowed(entries),
      };
      const outputs = await DetectOutputs.open(wanted, kind, this.watch.identity, (line) => this.console.note(line));
      this.outputs = outputs;
      return { stream, outputs };
    } catch (error) {
      await (stream ?? source).close();
      throw error;
    }
  }

  private introduce(stream: RecordStream): void {
    this.console.note(modelLine(this.watch));
    const allowed = this.parts.allowed.list;
    if (allowed && this.options.read === undefined) this.tellExpired(allowed);
    if (this.watch.engineNote) this.console.note(this.watch.engineNote);
    if (this.listener) this.console.note(listenLine(this.listener.address));
    const { name, driver } = stream.facts;
    if (driver !== undefined)
      this.console.note(`capturing on ${name} with ${driver}; Ctrl+C ends it and writes the report`);
    if (this.options.follow !== undefined) {
      const there = existsSync(this.options.follow) ? 'following' : 'does not exist yet, waiting for it:';
      this.console.note(`${there} ${name}; Ctrl+C ends it and writes the report`);
    }
  }

  private async take(event: WatchEvent, stream: RecordStream, outputs: DetectOutputs): Promise<void> {
    const { watch } = this;
    switch (event.type) {
      case 'scored': {
        outputs.scored(event.batch, event.opened, this.parts.bundle.schema, watch.threshold.value);
        const { records, rate, openIncidents } = watch;
        this.console.status({ records, rate, dropped: stream.facts.dropped, scored: records, openIncidents });
        return;
      }
      case 'clock':
        for (const line of this.clock.lines(event.event, stream.facts.clockSteps)) this.console.note(`note: ${line}`);
        return;
      case 'input':
        return this.console.note(inputLine(event.change, this.kind.kind));
      case 'summary':
        return this.end(event.report, outputs);
      default:
        this.console.incident(event);
        outputs.incident(event);
        // packets of an interface do not wait for who reads slowly, files do
        if (this.options.read !== undefined) await standardOutput().room();
    }
  }

  private async end(report: Report, outputs: DetectOutputs): Promise<void> {
    const [first, ...others] = await outputs.finish(report);
    await this.listener?.close(report);
    const { facts, incidents } = report;
    for (const incident of incidents) if (!incident.closed) this.console.unfinished(incident, facts.lastUs);
    this.console.unlisted(facts);
    this.console.evaluation(facts);
    this.console.finish();
    const { written, unwritten } = outputs.names;
    for (const line of summaryLines(report, written, unwritten)) this.console.note(line);
    const alarms = report.incidents.some((incident) => incident.severity !== 'notice');
    if (this.options.failOnAnomaly && alarms) this.code = EXIT_ANOMALIES_FOUND;
    if (outputs.dropped) this.code = ERRORS.WRITE_FAILED.exit;
    for (const error of others) this.trouble(error);
    if (first !== undefined) throw first;
  }
}
