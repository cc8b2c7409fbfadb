/** What the system says of a file, as an error in one line with the right exit code; and which file it is. */

import { lstatSync, type Stats } from 'node:fs';
import { AnomalyError, systemCode, TOO_MANY_OPEN, tooManyOpen } from './errors.js';
import { whoseRights } from './privileges.js';
import { printable } from './text.js';

/** The error for a failed read of `path`: NO_INPUT or NO_PERMISSION. */
export function readError(path: string, cause: unknown): AnomalyError {
  if (cause instanceof AnomalyError) return cause;
  const name = printable(path);
  const code = systemCode(cause);
  if (code !== undefined && TOO_MANY_OPEN.has(code)) return tooManyOpen(cause);
  switch (code) {
    case 'ENOENT':
      return new AnomalyError('NO_INPUT', `${name}: no such file`, { cause });
    case 'EISDIR':
      return new AnomalyError('NO_INPUT', `${name}: is a folder, not a file`, { cause });
    case 'EACCES':
    case 'EPERM':
      return new AnomalyError('NO_PERMISSION', `${name}: no permission to read it${whoseRights()}`, { cause });
    case 'ENXIO':
      return new AnomalyError('NO_INPUT', `${name}: is a socket or a device without a driver, not a file`, { cause });
    case 'ENAMETOOLONG':
      return new AnomalyError('NO_INPUT', 'a name is longer than the file system allows', { cause });
    default:
      return new AnomalyError('NO_INPUT', `${name}: cannot be read (${systemCode(cause) ?? String(cause)})`, { cause });
  }
}

/**
 * The error for a failed creation of or write to `path`: CANNOT_CREATE, NO_PERMISSION or WRITE_FAILED.
 * @param left what became of what was written before, where there was something
 */
export function writeError(path: string, cause: unknown, left = ''): AnomalyError {
  if (cause instanceof AnomalyError) return cause;
  const name = printable(path);
  const code = systemCode(cause);
  if (code !== undefined && TOO_MANY_OPEN.has(code)) return tooManyOpen(cause);
  switch (code) {
    case 'EEXIST':
      return new AnomalyError('CANNOT_CREATE', `${name}: exists already; choose another name or say --force`, {
        cause,
      });
    case 'ELOOP':
      return new AnomalyError('CANNOT_CREATE', `${name}: is a symbolic link, which is not followed`, { cause });
    case 'ENOENT':
      return new AnomalyError('CANNOT_CREATE', `${name}: its folder does not exist`, { cause });
    case 'EISDIR':
    case 'ENOTDIR':
      return new AnomalyError('CANNOT_CREATE', `${name}: is not a place for a file`, { cause });
    case 'EACCES':
    case 'EPERM':
      return new AnomalyError('CANNOT_CREATE', `${name}: no permission to write there${whoseRights()}`, { cause });
    case 'EROFS':
      return new AnomalyError('CANNOT_CREATE', `${name}: its file system can only be read`, { cause });
    case 'ENAMETOOLONG':
      return new AnomalyError('CANNOT_CREATE', 'the name of an output is longer than the file system allows', {
        cause,
      });
    case 'ENOSPC':
      return new AnomalyError('WRITE_FAILED', `${name}: disk full${left}`, { cause });
    case 'EDQUOT':
      return new AnomalyError('WRITE_FAILED', `${name}: the quota of the disk is used up${left}`, { cause });
    case 'EFBIG':
      return new AnomalyError('WRITE_FAILED', `${name}: as large as a file may be here (ulimit -f)${left}`, { cause });
    default:
      return new AnomalyError('WRITE_FAILED', `${name}: writing failed (${code ?? String(cause)})${left}`, { cause });
  }
}

/** What stands under a name that is no ordinary file. */
export function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a named pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

/** Which file it is that facts of it are of: the same text while it is the same. */
export function identityIn({ dev, ino }: Pick<Stats, 'dev' | 'ino'>): string {
  return `${dev}:${ino}`;
}

/** Which file a name means now, without following a link; undefined where there is none. */
export function identityOf(path: string): string | undefined {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats && identityIn(stats);
  } catch {
    return undefined;
  }
}
