/** A SQLite database that a run writes while others read it, and that the next run goes on with. */
import { closeSync, rmSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import { AnomalyError } from '../../base/errors.js';
import { identityOfFd, openOwn } from '../../base/own-file.js';
import { printable } from '../../base/text.js';
import { checkSides, OpenedFiles, SIDES } from './database-files.js';

/** What a database is for; a file of one use is not taken for the other. */
export interface DatabaseUse {
  /** PRAGMA application_id */
  readonly application: number;
  /** FULL: what was committed survives a loss of power (PRAGMA synchronous) */
  readonly synchronous: 'NORMAL' | 'FULL';
  /** what such a file is, to whoever opens it as something else */
  readonly is: string;
}

/** By name: "anom" and "anof". */
export const DATABASE_USES = {
  report: { application: 0x616e6f6d, synchronous: 'NORMAL', is: "a report of one sensor's incidents" },
  fleet: {
    application: 0x616e6f66,
    synchronous: 'FULL',
    is: "a fleet's database, which only reading from a hub goes on with",
  },
} as const satisfies Record<string, DatabaseUse>;

/** A reader that writes, or one on a file system without shared memory, holds a commit up for so long at most. */
const BUSY_MS = 100;

export type Value = string | number | null;
export type Row = Readonly<Record<string, unknown>>;

export class Database {
  private constructor(
    readonly path: string,
    private readonly handle: DatabaseSyncInstance,
    /** it was not there before */
    readonly created: boolean,
    /** which file it is */
    readonly identity: string,
  ) {}

  /**
   * @param schema statements that make the tables of a new one
   * @param version of the schema
   * @param use what it is for
   * @throws AnomalyError CANNOT_CREATE: not ours, of something else or of another version, no SQLite for this processor
   */
  static async open(
    path: string,
    schema: string,
    version: number,
    use: DatabaseUse = DATABASE_USES.report,
  ): Promise<Database> {
    const name = printable(path);
    const sqlite = await import('@photostructure/sqlite').catch((cause: unknown) => {
      const what = `there is no SQLite for ${process.platform} on ${process.arch}; .jsonl has the same incidents`;
      throw new AnomalyError('CANNOT_CREATE', `${name}: ${what}`, { cause });
    });
    checkSides(path);
    // SQLite gives its own files beside it the mode of this one
    const { fd, created } = openOwn(path);
    const identity = identityOfFd(fd);
    let database: Database | undefined;
    try {
      const files = new OpenedFiles(path);
      try {
        // by its name, and without making one: what has the name by now may be another file
        const name = `${pathToFileURL(path).href}?mode=rw`;
        database = new Database(path, new sqlite.DatabaseSync(name, { timeout: BUSY_MS }), created, identity);
        files.require(identity);
      } finally {
        // before SQLite locks anything: the locks of a file go with any descriptor of it that is closed
        closeSync(fd);
      }
      const empty = database.one('SELECT count(*) AS n FROM sqlite_schema').n === 0;
      if (empty) database.exec(`PRAGMA application_id = ${use.application}; PRAGMA user_version = ${version}`);
      else if (database.one('PRAGMA application_id').application_id !== use.application)
        throw new AnomalyError('CANNOT_CREATE', `${name}: is ${database.whatElse()}; name another file`);
      else if (database.one('PRAGMA user_version').user_version !== version)
        throw new AnomalyError('CANNOT_CREATE', `${name}: is of another version of anomaly; name another file`);
      // readers and this writer do not wait for each other; where a file system cannot do that it stays as it was
      database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${use.synchronous}`);
      if (empty) database.exec(`BEGIN; ${schema} COMMIT`);
      else database.one('SELECT count(*) FROM sqlite_schema');
      // by now it has them open, and nothing of this run is in them
      files.requireSides();
      return database;
    } catch (cause) {
      database?.handle.close();
      if (created) removeDatabase(path);
      throw cause instanceof AnomalyError
        ? cause
        : new AnomalyError('CANNOT_CREATE', `${name}: ${openingText(cause)}; name another file`, { cause });
    }
  }

  get isOpen(): boolean {
    return this.handle.isOpen;
  }

  /** @returns what executes it, and says how many rows it changed */
  prepare(sql: string): (...values: readonly Value[]) => number {
    const statement = this.handle.prepare(sql);
    return (...values) => Number(statement.run(...values).changes);
  }

  /** @returns what executes it, and gives its first row */
  prepareOne(sql: string): (...values: readonly Value[]) => Row | undefined {
    const statement = this.handle.prepare(sql);
    return (...values) => statement.get(...values) as Row | undefined;
  }

  /** @returns what executes it, and gives all its rows */
  prepareAll(sql: string): (...values: readonly Value[]) => readonly Row[] {
    const statement = this.handle.prepare(sql);
    return (...values) => statement.all(...values) as Row[];
  }

  /** The first row; empty where there is none. */
  one(sql: string, ...values: readonly Value[]): Row {
    return (this.handle.prepare(sql).get(...values) ?? {}) as Record<string, unknown>;
  }

  all(sql: string, ...values: readonly Value[]): readonly Row[] {
    return this.handle.prepare(sql).all(...values) as Row[];
  }

  exec(sql: string): void {
    this.handle.exec(sql);
  }

  private whatElse(): string {
    const { application_id: found } = this.one('PRAGMA application_id');
    return (
      Object.values(DATABASE_USES).find(({ application }) => application === found)?.is ??
      'a database of something else'
    );
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

  /** Brings what was committed into the file itself and onto the disk. @throws AnomalyError WRITE_FAILED */
  checkpoint(): void {
    try {
      this.handle.exec('PRAGMA wal_checkpoint(PASSIVE)');
    } catch (cause) {
      throw new AnomalyError('WRITE_FAILED', `${printable(this.path)}: ${messageOf(cause)}`, { cause });
    }
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

/** Removes a database with the files beside it. */
export function removeDatabase(path: string): void {
  for (const end of ['', ...SIDES]) rmSync(path + end, { force: true });
}

/** SQLite says no more than that where it cannot make room for the index of its log. */
function openingText(cause: unknown): string {
  const text = messageOf(cause);
  return /I\/O error/.test(text) ? `${text}, as on a full disk` : text;
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
