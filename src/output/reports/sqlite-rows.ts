/** The tables of the .sqlite report, and rows for them. */
import type { Incident } from '../../detect/incident.js';
import { cleanIncident, cleanReport } from '../../report/clean.js';
import { finite, isoTime } from '../../report/format.js';
import { INCIDENT_COLUMNS, incidentCells } from '../../report/incident-columns.js';
import { unseenLines } from '../../report/power/lines.js';
import type { RunReport } from '../../report/run-report.js';
import { unlistedTotal } from '../../report/unlisted.js';
import type { ReportContext } from './context.js';
import type { Database } from './database.js';

/** One record that was flagged. */
export interface FlaggedRecord {
  /** 1-based number in the input */
  readonly frame: number;
  readonly timestampUs: number;
  readonly loss: number;
  readonly score: number;
  readonly smoothed: number;
  /** the feature that stands out most */
  readonly reason: string;
}

export const SCHEMA_VERSION = 2;

/**
 * A run has no outcome while it goes on: `done`, `rotated` or `moved` (it went on in another file), or `cut off` where a later
 * run found that it had ended without its end.
 */
export const SCHEMA = `
CREATE TABLE runs (run TEXT PRIMARY KEY, sensor TEXT NOT NULL, version TEXT NOT NULL, kind TEXT NOT NULL, started TEXT NOT NULL,
  ended TEXT, outcome TEXT, sources TEXT NOT NULL, first TEXT, last TEXT, records INTEGER NOT NULL, bytes INTEGER NOT NULL,
  flagged INTEGER NOT NULL, flagged_not_kept INTEGER NOT NULL, threshold REAL, promise TEXT NOT NULL,
  suppressed_incidents INTEGER NOT NULL, unlisted_incidents INTEGER NOT NULL, model TEXT NOT NULL);
CREATE TABLE incidents (uuid TEXT PRIMARY KEY, run TEXT NOT NULL REFERENCES runs,
  ${INCIDENT_COLUMNS.map(({ name, type }) => `"${name}" ${type}`).join(', ')});
CREATE INDEX incidents_by_number ON incidents (incident);
CREATE TABLE reasons (uuid TEXT NOT NULL REFERENCES incidents, incident INTEGER NOT NULL, rank INTEGER NOT NULL, feature TEXT NOT NULL,
  value REAL, expected REAL, share REAL, text TEXT NOT NULL, PRIMARY KEY (uuid, rank)) WITHOUT ROWID;
CREATE TABLE flagged (run TEXT NOT NULL REFERENCES runs, frame INTEGER NOT NULL, time TEXT NOT NULL, loss REAL, score REAL,
  smoothed REAL, reason TEXT NOT NULL, PRIMARY KEY (run, frame)) WITHOUT ROWID;`;

const marks = (count: number): string => new Array(count).fill('?').join(', ');

export class SqliteRows {
  private readonly putRun;
  private readonly putFacts;
  private readonly putEnd;
  private readonly putIncident;
  private readonly dropReasons;
  private readonly putReason;
  private readonly putFlagged;

  constructor(
    private readonly database: Database,
    private readonly context: ReportContext,
  ) {
    this.putRun = database.prepare(
      `INSERT OR IGNORE INTO runs VALUES (${marks(5)}, NULL, NULL, '[]', NULL, NULL, 0, 0, 0, 0, NULL, '', 0, 0, ?)`,
    );
    this.putFacts = database.prepare(
      `UPDATE runs SET sources = ?, first = ?, last = ?, records = ?, bytes = ?, flagged = ?, flagged_not_kept = ?,
        threshold = ?, promise = ?, suppressed_incidents = ?, unlisted_incidents = ?, model = ? WHERE run = ?`,
    );
    this.putEnd = database.prepare('UPDATE runs SET ended = ?, outcome = ? WHERE run = ?');
    this.putIncident = database.prepare(
      `INSERT OR REPLACE INTO incidents VALUES (${marks(2 + INCIDENT_COLUMNS.length)})`,
    );
    this.dropReasons = database.prepare('DELETE FROM reasons WHERE uuid = ?');
    this.putReason = database.prepare(`INSERT INTO reasons VALUES (${marks(8)})`);
    this.putFlagged = database.prepare(`INSERT OR REPLACE INTO flagged VALUES (${marks(7)})`);
  }

  beginRun(): void {
    const { who, started } = this.context;
    this.putRun(who.run, who.sensor, who.version, who.kind, started.toISOString(), JSON.stringify(who.model));
  }

  runFacts(raw: RunReport, notKept: number): void {
    const { facts, power } = cleanReport(raw);
    const examined = facts.records > 0;
    this.putFacts(
      JSON.stringify(facts.sources.map((source) => source.name)),
      examined ? isoTime(facts.firstUs) : null,
      examined ? isoTime(facts.lastUs) : null,
      facts.records,
      facts.bytes,
      facts.anomalous,
      notKept,
      finite(facts.threshold),
      facts.promise,
      facts.suppressed.incidents,
      unlistedTotal(facts),
      JSON.stringify({
        ...facts.model,
        ...(facts.unscored !== undefined && { unscored: facts.unscored }),
        ...(power && { unseen: unseenLines(power) }),
      }),
      this.context.who.run,
    );
  }

  /** The run's last word in this file. */
  endRun(outcome: 'done' | 'rotated' | 'moved'): void {
    this.putEnd(new Date().toISOString(), outcome, this.context.who.run);
  }

  /** A run that told nothing leaves no trace. */
  forgetRun(): void {
    this.database.prepare('DELETE FROM runs WHERE run = ?')(this.context.who.run);
  }

  /** As it stands now, instead of what was there of it. */
  incident(raw: Incident): void {
    const incident = cleanIncident(raw);
    const { uuid, id } = incident;
    this.dropReasons(uuid);
    this.putIncident(uuid, this.context.who.run, ...incidentCells(incident));
    incident.reasons.forEach((r, rank) => {
      this.putReason(uuid, id, rank + 1, r.feature, finite(r.value), finite(r.expected), finite(r.share), r.text);
    });
  }

  flagged({ frame, timestampUs, loss, score, smoothed, reason }: FlaggedRecord): void {
    const { run } = this.context.who;
    this.putFlagged(run, frame, isoTime(timestampUs), finite(loss), finite(score), finite(smoothed), reason);
  }
}
