/** The .jsonl report: a line each time that an incident opens, changes or closes, in the file at once. */
import { AnomalyError } from '../../base/errors.js';
import { identityOfFd } from '../../base/own-file.js';
import { printable } from '../../base/text.js';
import type { DetectorEvent } from '../../detect/detector-event.js';
import type { Incident } from '../../detect/incident.js';
import type { RunFacts } from '../../detect/run-facts.js';
import { cleanFacts } from '../../report/clean.js';
import { counted } from '../../report/format.js';
import { unlistedLine } from '../../report/json.js';
import { incidentJson } from '../json-lines.js';
import { isDue, type ReportContext } from './context.js';
import { moveToDated, prune } from './dated.js';
import { aboutRunBefore, lastNumber, mend } from './jsonl-before.js';
import { LineFile } from './line-file.js';
import { LineQueue } from './line-queue.js';
import { readMarker, removeMarker, writeMarker } from './run-marker.js';
import { attempt, Trouble } from './trouble.js';

export class JsonlReport {
  /** byte of the file where this run's lines begin */
  private from = 0;
  private readonly queue: LineQueue;
  /** with the file that has the name now, while lines go on into the one before */
  private readonly naming: Trouble;

  private constructor(
    private readonly file: LineFile,
    private readonly context: ReportContext,
    /** the number of the last incident that earlier runs told */
    readonly lastNumber: number,
    /** what the run before left, in one line; empty: it ended as it should */
    readonly before: string,
  ) {
    this.queue = new LineQueue(file, context.note);
    this.naming = new Trouble(printable(file.path), context.note);
  }

  /**
   * Goes on where an earlier run left off, whose torn last line is mended.
   * @throws AnomalyError CANNOT_CREATE: not ours, no JSON lines, …; WRITE_FAILED
   */
  static async open(path: string, context: ReportContext): Promise<JsonlReport> {
    const file = LineFile.open(path);
    try {
      const mended = mend(file.fd, path);
      const before = aboutRunBefore(path, readMarker(path), file.fd, mended);
      const report = new JsonlReport(file, context, lastNumber(file.fd, path), before);
      await report.mark();
      return report;
    } catch (error) {
      file.discard();
      throw error;
    }
  }

  get path(): string {
    return this.file.path;
  }

  /** What happened to an incident. Throws nothing: what cannot be written waits. */
  incident(event: DetectorEvent): void {
    this.put(event);
    this.tick(Date.now());
  }

  /** Looks after the file: lines that wait, its name, its age, the disk. */
  tick(nowMs: number): void {
    const look = this.file.due(nowMs);
    if (!this.queue.isEmpty && (look || !this.queue.failing)) this.queue.drain();
    if (!look) return;
    this.reopen();
    this.rotate(nowMs);
    this.file.sync();
  }

  /** Goes on in a new file of the name where the current one was moved away. */
  reopen(): void {
    if (this.file.inPlace()) return;
    attempt(this.naming, () => {
      this.file.reopen();
      mend(this.file.fd, this.path);
      this.markLater();
      this.naming.over();
    });
  }

  /** The run ends: those incidents that go on get a last line, and one says how many had none. @throws AnomalyError WRITE_FAILED */
  finish(incidents: readonly Incident[], facts: RunFacts): void {
    for (const incident of incidents) {
      this.put({ type: 'updated', incident, atUs: facts.lastUs });
      if (!this.queue.failing) this.queue.drain();
    }
    const unlisted = unlistedLine(cleanFacts(facts), this.context.ecs);
    if (unlisted) this.queue.put(`${JSON.stringify(unlisted)}\n`);
    this.queue.drain();
    if (!this.queue.isEmpty) {
      const lost = counted(this.queue.unwritten, 'line');
      throw new AnomalyError('WRITE_FAILED', `${printable(this.path)}: ${lost} could not be written`);
    }
    this.file.close();
    removeMarker(this.path);
  }

  /** Gives up. What was told stays, and with it the sign that the run did not end. */
  discard(): void {
    this.queue.drain();
    if (this.file.written === 0) removeMarker(this.path);
    this.file.discard();
  }

  /** After an end that failed: gives back what this run's lines take of the disk. @returns whether it did */
  giveBack(): boolean {
    this.file.giveBack(this.from);
    removeMarker(this.path);
    return true;
  }

  private put(event: DetectorEvent): void {
    const { who, ecs } = this.context;
    this.queue.put(incidentJson(event, who, { ecs }));
  }

  private rotate(nowMs: number): void {
    if (!isDue(this.context, this.file.begunMs, nowMs) || this.file.bytes === 0 || !this.queue.isEmpty) return;
    attempt(this.naming, () => {
      moveToDated(this.path);
      this.file.reopen();
      prune(this.path, this.context.keep);
      this.markLater();
      this.naming.over();
    });
  }

  private mark(): Promise<void> {
    const { started, who } = this.context;
    const file = identityOfFd(this.file.fd);
    this.from = this.file.bytes;
    return writeMarker(this.path, { run: who.run, started: started.toISOString(), file, from: this.from });
  }

  private markLater(): void {
    this.mark().catch((error: unknown) => this.naming.failed(error));
  }
}
