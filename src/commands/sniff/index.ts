/** sniff: packets of an interface or of files into a packet table, a capture file, or both. */
import { EXIT_DONE, EXIT_INTERRUPTED } from '../../base/errors.js';
import { isReaderGone } from '../../base/standard-streams.js';
import type { ClockStep } from '../../base/time.js';
import { turn } from '../../base/turns.js';
import { StatusLine, type Terminal } from '../../output/status-line.js';
import { stepText } from '../../report/clock.js';
import { defaultInterface, type LiveOptions, listInterfaces, openLive } from '../../source/live/index.js';
import { openRecords, type RecordHooks, type RecordSource, recordsOf } from '../../source/open.js';
import type { PacketBatch } from '../../source/packet-source.js';
import { PacketRecord, type RecordBatch } from '../../table/record.js';
import { unlessStopped } from '../first-byte.js';
import { giveUpRoot } from '../give-up-root.js';
import { keepInputs } from '../kept-inputs.js';
import { ServiceManager } from '../service-manager.js';
import { handleSignals } from '../signals.js';
import { stopAfter } from '../stop-after.js';
import { type SniffFileOptions, SniffFiles } from './files.js';
import {
  countersText,
  interfaceLines,
  progressText,
  type SniffState,
  STEPS_SHOWN,
  serviceStatus,
  summaryLines,
} from './text.js';

export interface SniffOptions extends SniffFileOptions {
  /** default: the default route's */
  interface?: string | undefined;
  /** files to read instead of an interface; `-` is standard input */
  read?: readonly string[] | undefined;
  /** a live capture ends after so many hours */
  hours: number;
  /** the table is of the innermost packets of tunnels */
  inner?: boolean | undefined;
  filter?: string | undefined;
  /** end after so many packets */
  count?: number | undefined;
  /** bytes kept of each packet */
  snaplen?: number | undefined;
  promiscuous?: boolean | undefined;
  driver?: LiveOptions['driver'] | undefined;
  user?: string | undefined;
  listInterfaces?: boolean | undefined;
  quiet?: boolean | undefined;
}

/** What is needed of the two standard streams. */
export interface SniffIo {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: Terminal;
}

const TICK_MS = 1000;

/**
 * Runs until the input ends, the hours are over, enough packets came, or a signal says so: SIGINT and SIGTERM finish
 * (a second one interrupts), SIGHUP begins new files where the current ones were moved away, SIGUSR1 prints counters.
 *
 * @returns the exit code: 0, or 130 when interrupted
 * @throws AnomalyError with the reason why it could not begin or go on; what was written until then is complete
 */
export async function sniff(options: SniffOptions, io: SniffIo): Promise<number> {
  if (options.listInterfaces) return list(io);
  keepInputs(options.read ?? [], [options.out, options.write]);
  const run = new Sniff(options, io);
  return new Promise((resolve, reject) => {
    const release = handleSignals({
      onStop: () => run.stop(),
      onInterrupt: () => {
        run.abandon();
        resolve(EXIT_INTERRUPTED);
      },
      onReopen: () => run.reopen(),
      onReport: () => run.report(),
    });
    run
      .run()
      .finally(release)
      .then(() => resolve(EXIT_DONE), reject);
  });
}

function list(io: SniffIo): number {
  let chosen: string | undefined;
  try {
    chosen = defaultInterface();
  } catch {
    // none: the list shows why
  }
  for (const line of interfaceLines(listInterfaces(), chosen)) io.stdout.write(`${line}\n`);
  return EXIT_DONE;
}

class Sniff {
  /** monotonic ms when the input was open */
  private start = performance.now();
  private readonly live: boolean;
  private records: RecordSource | undefined;
  private files: SniffFiles | undefined;
  /** why it cannot go on */
  private failure: unknown;
  private stopping = false;
  /** of an input that is still being opened */
  private readonly ending = new AbortController();
  private abandoned = false;
  private appending = false;
  private reopenWanted = false;
  private reopening: Promise<void> | undefined;
  private readonly line: StatusLine;
  private readonly manager: ServiceManager;
  /** packets a second, of late */
  private rate = 0;
  private shownWritten = 0;
  private shownAt = this.start;
  private toldSteps = 0;
  /** packets taken from the input, to compare with `count` */
  private taken = 0;

  constructor(
    private readonly options: SniffOptions,
    io: SniffIo,
  ) {
    this.live = options.read === undefined;
    this.line = new StatusLine(io.stderr, options.quiet);
    this.manager = new ServiceManager({
      status: () => serviceStatus(this.state(), this.rate, this.records?.health?.()),
      stuck: () => this.records?.health?.().stuck,
      note: (line) => this.line.say(line),
    });
  }

  async run(): Promise<void> {
    const records = await this.open();
    if (!records) return this.line.say(`ended before ${this.waitsFor}: nothing was written`);
    this.records = records;
    this.start = this.shownAt = performance.now();
    const timers: NodeJS.Timeout[] = [];
    let forgetLimit = (): void => undefined;
    try {
      this.files = await SniffFiles.open({ ...this.options, inner: records.facts.inner });
      for (const line of this.files.before) this.line.say(line);
      this.introduce();
      if (this.live) {
        forgetLimit = stopAfter(this.options.hours, () => this.stop());
        timers.push(setInterval(() => void this.checkFiles(), TICK_MS));
      }
      timers.push(
        setInterval(() => this.showProgress(), TICK_MS),
        setInterval(() => this.tellSteps(), TICK_MS),
      );
      this.manager.ready();
      if (this.stopping) this.stopInput();
      await this.copy(records);
    } catch (error) {
      this.failure ??= error;
    } finally {
      for (const timer of timers) clearInterval(timer);
      forgetLimit();
    }
    try {
      await this.finish();
    } finally {
      await this.manager.end();
    }
  }

  private get waitsFor(): string {
    return this.options.read?.includes('-') ? 'standard input sent a byte' : 'the input was open';
  }

  /** Finishes: what was captured is written. */
  stop(): void {
    this.manager.stopping();
    this.stopping = true;
    this.ending.abort();
    this.stopInput();
  }

  /** Ends at once. */
  abandon(): void {
    this.abandoned = true;
    this.stopInput();
  }

  report(): void {
    this.line.answer(countersText(this.state()));
  }

  /** At once where nothing is being written, else between two batches. */
  reopen(): void {
    if (this.appending || this.reopening) {
      this.reopenWanted = true;
      return;
    }
    this.reopenWanted = false;
    this.reopening = this.reopenFiles().finally(() => {
      this.reopening = undefined;
    });
  }

  /** Undefined: told to stop before there was anything. */
  private async open(): Promise<RecordSource | undefined> {
    const { read, write, interface: name, filter, count, snaplen, promiscuous, driver = 'auto', user } = this.options;
    const needsPackets = write !== undefined || snaplen !== undefined;
    const { inner } = this.options;
    const hooks: RecordHooks = { inner, ...(needsPackets && { onPackets: (batch) => this.takePackets(batch) }) };
    const { signal } = this.ending;
    const notice = (line: string): void => this.line.say(line);
    if (read) {
      giveUpRoot({ user, paths: read, note: notice });
      return unlessStopped(openRecords(read, { ...hooks, signal }), signal);
    }
    return recordsOf(
      await openLive({ interface: name, filter, count, snaplen, promiscuous, driver, user, notice }),
      hooks,
    );
  }

  /** Sees the captured bytes of each batch, before its records. */
  private takePackets(batch: PacketBatch): Promise<void> | undefined {
    if (this.live) return this.files?.appendPackets(batch);
    const { snaplen, count } = this.options;
    if (snaplen !== undefined) {
      for (let k = 0; k < batch.count; k++) batch.capLen[k] = Math.min(batch.capLen[k], snaplen);
    }
    const left = count === undefined ? batch.count : count - this.taken;
    const { data, offset, capLen, wireLen, timestampUs, linkType } = batch;
    return this.files?.appendPackets(
      left >= batch.count ? batch : { count: left, data, offset, capLen, wireLen, timestampUs, linkType },
    );
  }

  private async copy(records: RecordSource): Promise<void> {
    const record = new PacketRecord();
    const limit = this.options.count ?? Number.POSITIVE_INFINITY;
    for await (const batch of records.batches) {
      if (this.abandoned) return;
      await this.reopening;
      this.appending = true;
      const count = Math.min(batch.count, limit - this.taken);
      this.taken += count;
      if (this.files?.wantsRecords) await this.append(batch, count, record);
      this.appending = false;
      const due = turn();
      if (due) await due;
      if (this.reopenWanted) this.reopen();
      // a live capture ends by itself, with what was on its way when it was asked to
      if (this.taken >= limit || (this.stopping && !this.live)) return;
    }
  }

  private async append(batch: RecordBatch, count: number, record: PacketRecord): Promise<void> {
    const files = this.files as SniffFiles;
    for (let k = 0; k < count; k++) {
      batch.read(k, record);
      const full = files.appendRecord(record);
      if (full) await full;
    }
  }

  private async finish(): Promise<void> {
    await this.reopening;
    await this.records?.close().catch(() => undefined);
    try {
      await this.files?.close();
    } catch (error) {
      this.failure ??= error;
    }
    if (this.abandoned) return;
    this.line.clear();
    if (this.files) for (const line of summaryLines(this.state())) this.line.say(line);
    // nothing is wrong when who reads our standard output had enough
    if (this.failure !== undefined && !isReaderGone(this.failure)) throw this.failure;
  }

  /** A full disk or a reader that went is noticed even when no packet comes. */
  private async checkFiles(): Promise<void> {
    if (this.appending || this.reopening || this.failure !== undefined) return;
    try {
      await this.files?.flush();
    } catch (error) {
      this.failure ??= error;
      this.stopInput();
    }
  }

  private async reopenFiles(): Promise<void> {
    try {
      await this.files?.reopen();
      this.line.say(`writing into ${this.files?.names.at(-1) ?? 'nothing yet'}`);
    } catch (error) {
      this.line.answer(`warning: ${(error as Error).message}; going on in the old file`);
    }
  }

  private stopInput(): void {
    void this.records?.close().catch(() => undefined);
  }

  private state(): SniffState {
    const { records, files, live } = this;
    return {
      facts: records?.facts ?? { name: '', format: '', received: 0, gaps: [], warnings: [] },
      live,
      elapsed: (performance.now() - this.start) / 1000,
      written: files?.written ?? 0,
      bytes: files?.bytes ?? 0,
      skipped: files?.skipped ?? 0,
      files: files?.names ?? [],
      stops: records?.stops ?? new Map(),
    };
  }

  private introduce(): void {
    const { facts } = this.records as RecordSource;
    const into = (this.files as SniffFiles).names.join(' and ');
    if (!this.live) this.line.say(`reading ${facts.name} into ${into}`);
    else this.line.say(`capturing on ${facts.name} with ${facts.driver} into ${into}; Ctrl+C ends it`);
  }

  /** The clock that stamps the packets was set: the first times are told at once, the others at the end. */
  private tellSteps(): void {
    const steps = this.records?.facts.clockSteps ?? [];
    for (; this.toldSteps < Math.min(steps.length, STEPS_SHOWN); this.toldSteps++) {
      this.line.say(`note: ${stepText(steps[this.toldSteps] as ClockStep)}`);
    }
  }

  private showProgress(): void {
    const state = this.state();
    const now = performance.now();
    const rate = (state.written - this.shownWritten) / ((now - this.shownAt) / 1000);
    this.rate = rate;
    this.shownWritten = state.written;
    this.shownAt = now;
    this.line.show(() => progressText(state, rate));
  }
}
