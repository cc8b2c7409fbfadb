/** The .sqlite report: incidents as they stand, flagged records and the run's facts, committed while the run goes on. */
import { lstatSync } from 'node:fs';
import { identityOf } from '../../base/files.js';
import { printable } from '../../base/text.js';
import type { Incident } from '../../detect/incident.js';
import type { RunReport } from '../../report/run-report.js';
import { isDue, type ReportContext } from './context.js';
import { Database, removeDatabase } from './database.js';
import { moveToDated, prune } from './dated.js';
import { diedText } from './run-marker.js';
import { type FlaggedRecord, SCHEMA, SCHEMA_VERSION, SqliteRows } from './sqlite-rows.js';
import { attempt, Trouble } from './trouble.js';

/** Events of so long a time share a commit: a flood must not spend its time on the disk. */
const COMMIT_MS = 200;
/** Commits go from the log of changes into the file, and onto the disk, once in so long. */
const CHECKPOINT_MS = 1000;
/** A flood of flagged records must not fill the disk: later ones of a file are only counted. */
const MAX_FLAGGED = 1_000_000;
/** Flagged records share a commit, and wait in memory where it fails. */
const ROWS_PER_COMMIT = 5000;
const MAX_WAITING = 20 * ROWS_PER_COMMIT;

export class SqliteReport {
  private readonly changed = new Map<string, Incident>();
  private flaggedWaiting: FlaggedRecord[] = [];
  private facts: RunReport | undefined;
  private kept = 0;
  private notKept = 0;
  private told = 0;
  private committedMs = 0;
  private checkpointMs = 0;
  private identity: string | undefined;
  private begunMs: number;
  private rows: SqliteRows;
  private readonly trouble: Trouble;
  private reopening: Promise<void> | undefined;

  private constructor(
    readonly path: string,
    private database: Database,
    private readonly context: ReportContext,
    /** the number of the last incident that earlier runs told */
    readonly lastNumber: number,
    /** what the run before left, in one line; empty: it ended as it should */
    readonly before: string,
  ) {
    this.trouble = new Trouble(printable(path), context.note);
    this.rows = new SqliteRows(database, context);
    this.begunMs = this.begin();
  }

  /** Goes on where an earlier run left off. @throws AnomalyError CANNOT_CREATE, WRITE_FAILED */
  static async open(path: string, context: ReportContext): Promise<SqliteReport> {
    const database = await Database.open(path, SCHEMA, SCHEMA_VERSION);
    try {
      const last = Number(database.one('SELECT max(incident) AS n FROM incidents').n ?? 0);
      return new SqliteReport(path, database, context, last, aboutRunBefore(database));
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /** An incident as it stands now is in the file a fifth of a second later. Throws nothing: what cannot be written waits. */
  incident(incident: Incident): void {
    this.told++;
    this.changed.set(incident.uuid, incident);
    this.tick(Date.now());
  }

  flagged(record: FlaggedRecord): void {
    if (this.kept >= MAX_FLAGGED || this.flaggedWaiting.length >= MAX_WAITING) {
      this.notKept++;
      return;
    }
    this.kept++;
    this.flaggedWaiting.push(record);
    if (this.flaggedWaiting.length % ROWS_PER_COMMIT === 0) attempt(this.trouble, () => this.commit());
  }

  /** Facts of the run so far. */
  report(report: RunReport): void {
    this.facts = report;
    this.tick(Date.now());
  }

  tick(nowMs: number): void {
    if (this.reopening || nowMs - this.committedMs < COMMIT_MS) return;
    this.committedMs = nowMs;
    attempt(this.trouble, () => this.commit());
    if (nowMs - this.checkpointMs < CHECKPOINT_MS) return;
    this.checkpointMs = nowMs;
    attempt(this.trouble, () => this.database.checkpoint());
    this.reopen();
    if (isDue(this.context, this.begunMs, nowMs) && !this.trouble.now) this.goOn('rotated');
  }

  /** Goes on in a new file of the name where the current one was moved away. */
  reopen(): void {
    if (this.reopening || (this.database.isOpen && identityOf(this.path) === this.identity)) return;
    this.goOn('moved');
  }

  /** The run ends. `incidents`: those that are not in the file as they are. @throws AnomalyError WRITE_FAILED */
  async finish(report: RunReport, incidents: readonly Incident[]): Promise<void> {
    await this.reopening;
    for (const incident of incidents) this.changed.set(incident.uuid, incident);
    this.facts = report;
    try {
      this.commit();
      this.database.transaction(() => this.rows.endRun('done'));
    } finally {
      this.database.close();
    }
  }

  /** Gives up. What was told stays; a file that this run made, and told nothing in, goes. */
  discard(): void {
    attempt(this.trouble, () => this.commit());
    if (this.told === 0 && this.kept === 0) this.rows.forgetRun();
    this.database.close();
    if (this.told === 0 && this.kept === 0 && this.database.created) removeDatabase(this.path);
  }

  /** After an end that failed: gives back what a file of this run alone takes of the disk. @returns whether it did */
  giveBack(): boolean {
    if (!this.database.created || identityOf(this.path) !== this.identity) return false;
    removeDatabase(this.path);
    return true;
  }

  private begin(): number {
    this.identity = this.database.identity;
    this.database.transaction(() => this.rows.beginRun());
    this.kept = Number(this.database.one('SELECT count(*) AS n FROM flagged').n);
    return lstatSync(this.path).birthtimeMs;
  }

  private commit(): void {
    const { changed, flaggedWaiting, facts } = this;
    if (changed.size === 0 && flaggedWaiting.length === 0 && !facts) return;
    this.database.transaction(() => {
      for (const incident of changed.values()) this.rows.incident(incident);
      for (const record of flaggedWaiting) this.rows.flagged(record);
      if (facts) this.rows.runFacts(facts, this.notKept);
    });
    changed.clear();
    this.flaggedWaiting = [];
    this.facts = undefined;
    this.trouble.over();
  }

  /** Ends the current file and begins a new one; what comes meanwhile waits. */
  private goOn(outcome: 'moved' | 'rotated'): void {
    const turn = async (): Promise<void> => {
      // closed where a new file could not be begun before
      if (this.database.isOpen) {
        this.database.transaction(() => this.rows.endRun(outcome));
        this.database.close();
        if (outcome === 'rotated') moveToDated(this.path);
      }
      this.database = await Database.open(this.path, SCHEMA, SCHEMA_VERSION);
      this.rows = new SqliteRows(this.database, this.context);
      this.begunMs = this.begin();
      prune(this.path, this.context.keep);
    };
    this.reopening = turn()
      .catch((error: unknown) => this.trouble.failed(error))
      .finally(() => {
        this.reopening = undefined;
      });
  }
}

/** Marks runs that did not end, and says so. */
function aboutRunBefore(database: Database): string {
  const open = 'SELECT count(*) FROM incidents i WHERE i.run = r.run AND i.closed = 0';
  const died = database.all(
    `SELECT run, started, (${open}) AS open FROM runs r WHERE outcome IS NULL ORDER BY started`,
  );
  if (died.length === 0) return '';
  database.transaction(() => database.exec("UPDATE runs SET outcome = 'cut off' WHERE outcome IS NULL"));
  const parts = died.map(({ run, started, open: n }) => diedText(String(started), String(run), Number(n)));
  return printable(`${database.path}: ${parts.join('; ')}`);
}
