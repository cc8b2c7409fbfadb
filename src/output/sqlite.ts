/** The .sqlite report: flagged records are inserted while the run goes on, incidents and the run's facts at its end. */

import { rmSync } from 'node:fs';
import sqlite from 'node-sqlite3-wasm';
import { writeError } from '../base/files.js';
import { cleanReport } from '../report/clean.js';
import { isoTime } from '../report/format.js';
import { INCIDENT_COLUMNS, incidentCells } from '../report/incident-columns.js';
import { unseenLines } from '../report/power/lines.js';
import type { RunReport } from '../report/run-report.js';
import { PartFile, partName } from './part-file.js';

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

/** A flood of flagged records must not fill the disk: later ones are only counted. */
const MAX_FLAGGED = 1_000_000;
const ROWS_PER_COMMIT = 2000;

const quoted = (name: string): string => `"${name}"`;

const SCHEMA = `
CREATE TABLE runs (version TEXT NOT NULL, kind TEXT NOT NULL, sources TEXT NOT NULL, first TEXT, last TEXT,
  records INTEGER NOT NULL, bytes INTEGER NOT NULL, flagged INTEGER NOT NULL, flagged_not_kept INTEGER NOT NULL,
  threshold REAL, promise TEXT NOT NULL, suppressed_incidents INTEGER NOT NULL, model TEXT NOT NULL);
CREATE TABLE incidents (${INCIDENT_COLUMNS.map((c) => `${quoted(c.name)} ${c.type}`).join(', ')}, PRIMARY KEY (incident));
CREATE TABLE reasons (incident INTEGER NOT NULL REFERENCES incidents, rank INTEGER NOT NULL, feature TEXT NOT NULL,
  value REAL, expected REAL, share REAL, text TEXT NOT NULL, PRIMARY KEY (incident, rank)) WITHOUT ROWID;
CREATE TABLE flagged (frame INTEGER PRIMARY KEY, time TEXT NOT NULL, loss REAL, score REAL, smoothed REAL, reason TEXT NOT NULL);`;

const real = (value: number): number | null => (Number.isFinite(value) ? value : null);
const marks = (count: number): string => new Array(count).fill('?').join(', ');

export class SqliteReport {
  private readonly file: PartFile;
  private readonly database: InstanceType<typeof sqlite.Database>;
  private readonly insert: ReturnType<InstanceType<typeof sqlite.Database>['prepare']>;
  private kept = 0;
  private notKept = 0;

  /** Creates NAME.part (0600). Throws CANNOT_CREATE. */
  constructor(readonly path: string) {
    this.file = new PartFile(path);
    try {
      // what a killed run may have left beside the file
      rmSync(`${partName(path)}.lock`, { force: true, recursive: true });
      this.database = new sqlite.Database(partName(path));
      // the file takes its name only when it is complete, so a crash needs no journal
      this.database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;');
      this.database.exec(SCHEMA);
      this.insert = this.database.prepare('INSERT OR REPLACE INTO flagged VALUES (?, ?, ?, ?, ?, ?)');
      this.database.exec('BEGIN');
    } catch (cause) {
      this.file.discard();
      throw writeError(path, cause);
    }
  }

  /** Takes in one flagged record. Throws WRITE_FAILED. */
  flagged(record: FlaggedRecord): void {
    if (this.kept >= MAX_FLAGGED) {
      this.notKept++;
      return;
    }
    this.attempt(() => {
      const { frame, timestampUs, loss, score, smoothed, reason } = record;
      this.insert.run([frame, isoTime(timestampUs), real(loss), real(score), real(smoothed), reason]);
      if (++this.kept % ROWS_PER_COMMIT === 0) this.database.exec('COMMIT; BEGIN');
    });
  }

  /** Writes incidents, reasons and facts; the file takes its name. Throws WRITE_FAILED. */
  finish(raw: RunReport): void {
    const report = cleanReport(raw);
    this.attempt(() => {
      this.writeRun(report);
      this.writeIncidents(report);
      this.insert.finalize();
      this.database.exec('COMMIT');
      this.database.close();
    });
    this.file.finish();
  }

  /** Gives up and removes what was written. */
  discard(): void {
    if (this.database.isOpen) this.database.close();
    this.file.discard();
  }

  private writeRun({ facts, power }: RunReport): void {
    const examined = facts.records > 0;
    this.database.run(`INSERT INTO runs VALUES (${marks(13)})`, [
      facts.version,
      facts.kind,
      JSON.stringify(facts.sources.map((source) => source.name)),
      examined ? isoTime(facts.firstUs) : null,
      examined ? isoTime(facts.lastUs) : null,
      facts.records,
      facts.bytes,
      facts.anomalous,
      this.notKept,
      real(facts.threshold),
      facts.promise,
      facts.suppressed.incidents,
      JSON.stringify({ ...facts.model, ...(power && { unseen: unseenLines(power) }) }),
    ]);
  }

  private writeIncidents({ incidents }: RunReport): void {
    const incident = this.database.prepare(`INSERT INTO incidents VALUES (${marks(INCIDENT_COLUMNS.length)})`);
    const reason = this.database.prepare(`INSERT INTO reasons VALUES (${marks(7)})`);
    for (const item of incidents) {
      incident.run(incidentCells(item));
      item.reasons.forEach((r, rank) => {
        reason.run([item.id, rank + 1, r.feature, real(r.value), real(r.expected), real(r.share), r.text]);
      });
    }
    incident.finalize();
    reason.finalize();
  }

  private attempt(work: () => void): void {
    try {
      work();
    } catch (cause) {
      throw writeError(this.path, cause);
    }
  }
}
