/** Earlier files beside a report, named by the time they were last written: report-20261126T171018Z.txt. */
import { linkSync, lstatSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { writeError } from '../../base/files.js';
import { stampOf } from '../../base/time.js';
import { rotatedPath } from '../../table/rotation.js';

const STAMP = /^\d{8}T\d{6}Z(\.\d{4,})?$/;

/** The dated files of `path`, the oldest first. */
export function datedFiles(path: string): string[] {
  const extension = extname(path);
  const stem = `${basename(path, extension)}-`;
  try {
    return readdirSync(dirname(path))
      .filter((name) => name.startsWith(stem) && name.endsWith(extension))
      .map((name) => name.slice(stem.length, name.length - extension.length))
      .filter((stamp) => STAMP.test(stamp))
      .sort()
      .map((stamp) => join(dirname(path), `${stem}${stamp}${extension}`));
  } catch {
    return [];
  }
}

/** A name of its own for what `path` is now. */
function datedName(path: string): string {
  const extension = extname(path);
  const written = lstatSync(path).mtime;
  const dated = join(dirname(path), `${basename(path, extension)}-${stampOf(written)}${extension}`);
  for (let number = 1; ; number++) {
    const name = rotatedPath(dated, number);
    if (!lstatSync(name, { throwIfNoEntry: false })) return name;
  }
}

/**
 * Moves the file at `path` to a dated name.
 * @returns that name
 * @throws AnomalyError CANNOT_CREATE, WRITE_FAILED
 */
export function moveToDated(path: string): string {
  try {
    const name = datedName(path);
    renameSync(path, name);
    return name;
  } catch (cause) {
    throw writeError(path, cause);
  }
}

/** Gives the file at `path` a dated name too, so that what replaces it leaves no moment without a report. */
export function keepDated(path: string): void {
  try {
    const name = datedName(path);
    try {
      linkSync(path, name);
    } catch {
      // a file system without hard links
      renameSync(path, name);
    }
  } catch (cause) {
    throw writeError(path, cause);
  }
}

/** Deletes the oldest, so that `keep` are left, the current one counted. */
export function prune(path: string, keep: number | undefined): void {
  if (keep === undefined) return;
  const files = datedFiles(path);
  for (const name of files.slice(0, Math.max(0, files.length - Math.max(0, keep - 1)))) rmSync(name, { force: true });
}
