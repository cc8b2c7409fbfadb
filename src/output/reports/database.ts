/** A SQLite database that a run writes while others read it, and that the next run goes on with. */
import { closeSync, rmSync } from 'node:fs';
import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import { AnomalyError } from '../../base/errors.js';
import { printable } from '../../base/text.js';
import { openOwn } from './own-file.js';

/** "anom": whose database it is (PRAGMA application_id) */
const APPLICATION = 0x616e6f6d;
/** A reader that writes, or one on a file system without shared memory, holds a commit up for so long at most. */
const BUSY_MS = 100;

type Value = string | number | null;

export class Database {
  private constructor(
    readonly path: string,
    private readonly handle: DatabaseSyncInstance,
    /** it was not there before */
    readonly created: boolean,
  ) {}

  /**
   * @param schema statements that make the tables of a new one
   * @param version of the schema
   * @throws AnomalyError CANNOT_CREATE: not ours, of something else or of another version, no SQLite for this processor
   */
  static async open(path: string, schema: string, version: number): Promise<Database> {
    const name = printable(path);
    const sqlite = await import('@photostructure/sqlite').catch((cause: unknown) => {
      const what = `there is no SQLite for ${process.platform} on ${process.arch}; .jsonl has the same incidents`;
      throw new AnomalyError('CANNOT_CREATE', `${name}: ${what}`, { cause });
    });
    // SQLite gives its own files beside it the mode of this one
    const { fd, created } = openOwn(path);
    closeSync(fd);
    let database: Database | undefined;
    try {
      database = new Database(path, new sqlite.DatabaseSync(path, { timeout: BUSY_MS }), created);
      const empty = database.one('SELECT count(*) AS n FROM sqlite_schema').n === 0;
      if (empty) database.exec(`PRAGMA application_id = ${APPLICATION}; PRAGMA user_version = ${version}`);
      else if (database.one('PRAGMA application_id').application_id !== APPLICATION)
        throw new AnomalyError('CANNOT_CREATE', `${name}: is a database of something else; name another file`);
      else if (database.one('PRAGMA user_version').user_version !== version)
        throw new AnomalyError('CANNOT_CREATE', `${name}: is of another version of anomaly; name another file`);
      // readers and this writer do not wait for each other; where a file system cannot do that it stays as it was
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
      if (empty) database.exec(`BEGIN; ${schema} COMMIT`);
      return database;
    } catch (cause) {
      database?.handle.close();
      if (created) for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true });
      throw cause instanceof AnomalyError
        ? cause
        : new AnomalyError('CANNOT_CREATE', `${name}: ${messageOf(cause)}; name another file`, { cause });
    }
  }

  get isOpen(): boolean {
    return this.handle.isOpen;
  }

  prepare(sql: string): (...values: readonly Value[]) => void {
    const statement = this.handle.prepare(sql);
    return (...values) => {
      statement.run(...values);
    };
  }

  /** The first row; empty where there is none. */
  one(sql: string, ...values: readonly Value[]): Readonly<Record<string, unknown>> {
    return (this.handle.prepare(sql).get(...values) ?? {}) as Record<string, unknown>;
  }

  all(sql: string, ...values: readonly Value[]): readonly Readonly<Record<string, unknown>>[] {
    return this.handle.prepare(sql).all(...values) as Record<string, unknown>[];
  }

  exec(sql: string): void {
    this.handle.exec(sql);
  }

  /** All of it or nothing. @throws AnomalyError WRITE_FAILED */
  transaction(work: () => void): void {
    try {
      this.handle.exec('BEGIN IMMEDIATE');
      try {
        work();
        this.handle.exec('COMMIT');
      } catch (error) {
        if (this.handle.isTransaction) this.handle.exec('ROLLBACK');
        throw error;
      }
    } catch (cause) {
      throw new AnomalyError('WRITE_FAILED', `${printable(this.path)}: ${messageOf(cause)}`, { cause });
    }
  }

  /** Brings what was committed into the file itself and onto the disk. */
  checkpoint(): void {
    this.handle.exec('PRAGMA wal_checkpoint(PASSIVE)');
  }

  /** Afterwards the file stands alone and can be read from a disk that nobody writes to, unless somebody reads it just now. */
  close(): void {
    if (!this.handle.isOpen) return;
    try {
      this.handle.exec('PRAGMA journal_mode = DELETE');
    } catch {
      // a reader holds it: it stays as it is, and the next run goes on with it
    }
    this.handle.close();
  }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
