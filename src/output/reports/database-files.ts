/**
 * SQLite opens its files by name, the database and those beside it, and so may be given others than those that were looked at: by
 * somebody who changes the names meanwhile. What it has opened is looked at again, before anything of a run is written.
 */
import { fstatSync, lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { AnomalyError } from '../../base/errors.js';
import { identityIn, identityOf, writeError } from '../../base/files.js';
import { objection } from '../../base/own-file.js';
import { printable } from '../../base/text.js';

/** Ends of the names of the files beside a database. */
export const SIDES = ['-journal', '-wal', '-shm'] as const;
const ALL_WRITE = 0o002;
/** in such a folder, as /tmp is, nobody removes or renames what is another's */
const STICKY = 0o1000;
const DESCRIPTORS = '/proc/self/fd';

/**
 * Looks at what is beside a database that is to be opened: what others left there, SQLite would believe.
 * @throws AnomalyError CANNOT_CREATE
 */
export function checkSides(path: string): void {
  const name = printable(path);
  try {
    const { mode } = statSync(dirname(path));
    if ((mode & ALL_WRITE) !== 0 && (mode & STICKY) === 0) {
      const why = 'everybody may change what is in its folder, also what SQLite has there and believes';
      throw new AnomalyError('CANNOT_CREATE', `${name}: ${why}; name a file in a folder of your own`);
    }
    for (const side of SIDES) {
      const stats = lstatSync(path + side, { throwIfNoEntry: false });
      const wrong = stats && objection(stats);
      if (wrong !== undefined) throw new AnomalyError('CANNOT_CREATE', `${name}${side}: ${wrong}`);
    }
  } catch (cause) {
    throw writeError(path, cause);
  }
}

/** Which files this process opens from now on. */
export class OpenedFiles {
  private readonly before: ReadonlySet<string>;

  constructor(private readonly path: string) {
    this.before = new Set(descriptors());
  }

  /** @param identity of the file that SQLite is to have opened @throws AnomalyError CANNOT_CREATE: it has opened another */
  require(identity: string): void {
    const opened = this.opened();
    // a system without a list of descriptors: what the name means now
    const found = opened.length === 0 ? [identityOf(this.path)] : opened.map((fd) => identityIn(fstatSync(fd)));
    if (!found.includes(identity)) throw this.raced();
  }

  /** @throws AnomalyError CANNOT_CREATE: a file beside the database is not ours alone */
  requireSides(): void {
    const names = new Set(SIDES.map((side) => basename(this.path) + side));
    for (const fd of this.opened()) {
      const name = basename(linkOf(fd)).replace(/ \(deleted\)$/, '');
      if (names.has(name) && objection(fstatSync(fd)) !== undefined) throw this.raced();
    }
  }

  /** Those of files: another thread may open and close its own meanwhile. */
  private opened(): number[] {
    return descriptors()
      .filter((fd) => !this.before.has(fd))
      .map(Number)
      .filter(isOpen);
  }

  private raced(): AnomalyError {
    const what = 'somebody else changes what is in its folder; name a file in a folder of your own';
    return new AnomalyError('CANNOT_CREATE', `${printable(this.path)}: ${what}`);
  }
}

function descriptors(): string[] {
  try {
    return readdirSync(DESCRIPTORS);
  } catch {
    return [];
  }
}

function isOpen(fd: number): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch {
    return false;
  }
}

/** Empty for one that is closed by now, as the one that read the list. */
function linkOf(fd: number): string {
  try {
    return readlinkSync(`${DESCRIPTORS}/${fd}`);
  } catch {
    return '';
  }
}
