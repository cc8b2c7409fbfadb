/** The report files of a run: those that grow while it goes on, and those that are written whole. */
import { resolve } from 'node:path';
import { AnomalyError } from '../base/errors.js';
import { checkTarget, replaceFile } from '../base/new-file.js';
import { printable } from '../base/text.js';
import type { DetectorEvent } from '../detect/detector-event.js';
import type { RunReport } from '../report/run-report.js';
import { JSONL, kindOf, type ReportOptions, render, SQLITE } from './report-kinds.js';
import type { ReportContext } from './reports/context.js';
import { JsonlReport } from './reports/jsonl.js';
import { Snapshots, type Unwritten } from './reports/snapshots.js';
import { SqliteReport } from './reports/sqlite.js';
import type { FlaggedRecord } from './reports/sqlite-rows.js';

/** Growing files are looked after so often: lines that wait, commits, names, ages. */
const TICK_MS = 200;

export class ReportFiles {
  private readonly timer: NodeJS.Timeout;

  private constructor(
    private readonly lines: readonly JsonlReport[],
    private readonly databases: readonly SqliteReport[],
    private readonly snapshots: Snapshots,
    private readonly context: ReportContext,
  ) {
    this.timer = setInterval(() => this.tick(Date.now()), TICK_MS).unref();
  }

  /**
   * Opens what grows, where earlier runs left off, and looks at the places of the others, so that a run does not fail at its end.
   * @throws AnomalyError USAGE for an unknown extension or a name given twice; CANNOT_CREATE
   */
  static async open(paths: readonly string[], context: ReportContext): Promise<ReportFiles> {
    check(paths);
    const lines: JsonlReport[] = [];
    const databases: SqliteReport[] = [];
    try {
      for (const path of paths) {
        if (kindOf(path) === JSONL) lines.push(await JsonlReport.open(path, context));
        if (kindOf(path) === SQLITE) databases.push(await SqliteReport.open(path, context));
      }
    } catch (error) {
      for (const report of [...lines, ...databases]) report.discard();
      throw error;
    }
    const whole = paths.filter((path) => kindOf(path) !== JSONL && kindOf(path) !== SQLITE);
    return new ReportFiles(lines, databases, new Snapshots(whole, context), context);
  }

  /** The highest number of an incident that earlier runs told in these files; 0: none. */
  get lastNumber(): number {
    return Math.max(0, ...this.growing.map(({ lastNumber }) => lastNumber));
  }

  /** What runs before left behind that did not end, a line a file. */
  get before(): string[] {
    return this.growing.map(({ before }) => before).filter((line) => line !== '');
  }

  /** Whether `flagged` goes anywhere. */
  get wantsFlagged(): boolean {
    return this.databases.length > 0;
  }

  /** One flagged record, while the run goes on. Throws nothing. */
  flagged(record: FlaggedRecord): void {
    for (const database of this.databases) database.flagged(record);
  }

  /** What happened to an incident is in the growing files at once. Throws nothing: what cannot be written waits. */
  incident(event: DetectorEvent): void {
    for (const file of this.lines) file.incident(event);
    for (const database of this.databases) database.incident(event.incident);
  }

  /** Whether whole reports are to be written again, given how many records were taken in. */
  due(records: number, nowMs = Date.now()): boolean {
    return this.snapshots.due(records, nowMs);
  }

  /** Writes the whole reports as they stand, in the background. Throws nothing. */
  async write(report: RunReport): Promise<void> {
    for (const database of this.databases) database.report(report);
    await this.snapshots.write(report);
  }

  /** Goes on in new files of the same names where growing ones were moved away. */
  reopen(): void {
    for (const report of this.growing) report.reopen();
  }

  /** Writes everything. One file that fails does not keep the others from being written. @returns what is not as it should be */
  async finish(report: RunReport): Promise<readonly Unwritten[]> {
    clearInterval(this.timer);
    const open = report.incidents.filter(({ closed }) => !closed);
    const unwritten: Unwritten[] = [];
    const tryIt = async (path: string, work: () => unknown): Promise<void> => {
      try {
        await work();
      } catch (error) {
        unwritten.push({ path, error });
      }
    };
    for (const file of this.lines) await tryIt(file.path, () => file.finish(open, report.facts));
    for (const database of this.databases) await tryIt(database.path, () => database.finish(report, open));
    const failed = new Set(unwritten.map(({ path }) => path));
    const halves = this.growing.filter(({ path }) => failed.has(path));
    let whole = await this.snapshots.finish(report);
    // what is not complete gives its place on the disk to the reports that are
    const lacksRoom = whole.some(({ error }) => error instanceof AnomalyError && error.code === 'WRITE_FAILED');
    if (lacksRoom && halves.filter((file) => this.giveBack(file)).length > 0)
      whole = await this.snapshots.finish(report);
    return [...unwritten, ...whole];
  }

  private giveBack(file: JsonlReport | SqliteReport): boolean {
    const gave = file.giveBack();
    if (gave) this.context.note(`warning: ${printable(file.path)}: dropped, to make room for the reports`);
    return gave;
  }

  /** Gives up: what was told stays, and nothing else is left behind. */
  async discard(): Promise<void> {
    clearInterval(this.timer);
    for (const report of this.growing) report.discard();
    await this.snapshots.discard();
  }

  private get growing(): readonly (JsonlReport | SqliteReport)[] {
    return [...this.lines, ...this.databases];
  }

  private tick(nowMs: number): void {
    for (const report of this.growing) report.tick(nowMs);
  }
}

function check(paths: readonly string[]): void {
  const seen = new Set<string>();
  for (const path of paths) {
    kindOf(path);
    if (seen.has(resolve(path))) throw new AnomalyError('USAGE', `--out ${printable(path)} is given twice`);
    seen.add(resolve(path));
    checkTarget(path);
  }
}

/**
 * All reports of a finished run at once. Files are replaced, but for a .sqlite, where the run is added to those that are there.
 * One file that fails does not keep the others from being written.
 * @throws AnomalyError USAGE, CANNOT_CREATE, WRITE_FAILED
 */
export async function writeReports(
  paths: readonly string[],
  report: RunReport,
  options: ReportOptions & { readonly flagged?: Iterable<FlaggedRecord> } = {},
): Promise<void> {
  check(paths);
  const errors: unknown[] = [];
  for (const path of paths) {
    try {
      const content = await render(path, report, options);
      if (content !== undefined) await replaceFile(path, content);
      else await addToDatabase(path, report, options.flagged ?? []);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

async function addToDatabase(path: string, report: RunReport, flagged: Iterable<FlaggedRecord>): Promise<void> {
  const { facts } = report;
  const alone = { ecs: false, live: false, rotateHours: undefined, keep: undefined, note: () => undefined };
  const database = await SqliteReport.open(path, { who: facts, started: new Date(), ...alone });
  for (const record of flagged) database.flagged(record);
  await database.finish(report, report.incidents);
}
