/**
 * Names of what a run makes only for itself, beside its outputs and in the system's folder for temporary files. The name holds the
 * number of the process, so that the next run knows what a killed one left: `.anomaly-PID-RANDOM`.
 */
import { randomBytes } from 'node:crypto';
import { lstatSync, readdirSync, rmSync, type Stats } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { systemCode } from './errors.js';
import { printable } from './text.js';

const ASIDE = /^\.?anomaly-(\d+)-[0-9A-Za-z]{6,12}$/;
const LOCK = /^\..+\.lock$/;
const SHOWN = 3;

/** A name for a file or folder that gets its real name later; short, so that it fits wherever the real one does. */
export function asideName(): string {
  return `.anomaly-${process.pid}-${randomBytes(6).toString('hex')}`;
}

/** A folder of this process alone (0700) for what is needed while it runs. */
export function makeTemporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), `anomaly-${process.pid}-`));
}

/** Whether a file is one of those that runs make beside their outputs: nobody's input. */
export function isAside(path: string): boolean {
  const name = basename(path);
  return ASIDE.test(name) || LOCK.test(name);
}

/** Whether such a process runs, as whomever. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

/**
 * Removes what killed runs of this user left in `folders` and in the system's folder for temporary files: only what has our
 * kind of name, is ours, and whose process is gone.
 * @returns one line that says so; empty: nothing
 */
export function sweepLeftOvers(folders: Iterable<string>): string {
  return removedText([...new Set([...folders, tmpdir()])].flatMap(sweepFolder));
}

/** The same in one folder. @returns the paths of what is gone */
export function sweepFolder(folder: string): string[] {
  const paths = namesIn(folder)
    .filter((name) => {
      const pid = ASIDE.exec(name)?.[1];
      return pid !== undefined && !isRunning(Number(pid));
    })
    .map((name) => join(folder, name));
  return paths.filter(removeOurs);
}

export function removedText(removed: readonly string[]): string {
  if (removed.length === 0) return '';
  const more = removed.length > SHOWN ? ` and ${removed.length - SHOWN} more` : '';
  return `removed what killed runs left: ${removed.slice(0, SHOWN).map(printable).join(', ')}${more}`;
}

/** Removes a file or a folder that is ours. @returns whether it is gone */
export function removeOurs(path: string): boolean {
  try {
    if (!isOurs(lstatSync(path))) return false;
    rmSync(path, { recursive: true, force: true });
    return true;
  } catch {
    // it stays for the next run
    return false;
  }
}

export function isOurs({ uid }: Stats): boolean {
  const own = process.geteuid?.();
  return own === undefined || uid === own;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder === '' ? '.' : folder);
  } catch {
    return [];
  }
}
