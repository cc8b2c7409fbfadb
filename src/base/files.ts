/** Files that the program writes: private (0600), never through a symbolic link, errors with the right exit code. */

import { randomBytes } from 'node:crypto';
import { constants, lstatSync, type Stats } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AnomalyError, systemCode } from './errors.js';
import { printable } from './text.js';

const { O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_TRUNC, O_WRONLY } = constants;
const PRIVATE = 0o600;

/** The error for a failed read of `path`: NO_INPUT or NO_PERMISSION. */
export function readError(path: string, cause: unknown): AnomalyError {
  const name = printable(path);
  switch (systemCode(cause)) {
    case 'ENOENT':
      return new AnomalyError('NO_INPUT', `${name}: no such file`, { cause });
    case 'EISDIR':
      return new AnomalyError('NO_INPUT', `${name}: is a folder, not a file`, { cause });
    case 'EACCES':
    case 'EPERM':
      return new AnomalyError('NO_PERMISSION', `${name}: no permission to read it`, { cause });
    default:
      return new AnomalyError('NO_INPUT', `${name}: cannot be read (${systemCode(cause) ?? String(cause)})`, { cause });
  }
}

/** The error for a failed creation of or write to `path`: CANNOT_CREATE, NO_PERMISSION or WRITE_FAILED. */
export function writeError(path: string, cause: unknown): AnomalyError {
  if (cause instanceof AnomalyError) return cause;
  const name = printable(path);
  switch (systemCode(cause)) {
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
    case 'EROFS':
      return new AnomalyError('CANNOT_CREATE', `${name}: no permission to write there`, { cause });
    case 'ENOSPC':
    case 'EDQUOT':
      return new AnomalyError('WRITE_FAILED', `${name}: disk full; what was written before ends on a whole line`, {
        cause,
      });
    default:
      return new AnomalyError('WRITE_FAILED', `${name}: writing failed (${systemCode(cause) ?? String(cause)})`, {
        cause,
      });
  }
}

/** Opens a new file for writing. An existing one is an error, or is emptied with `force`. */
export async function createPrivate(path: string, options: { force?: boolean } = {}): Promise<FileHandle> {
  const flags = O_WRONLY | O_CREAT | O_NOFOLLOW | (options.force ? O_TRUNC : O_EXCL);
  try {
    const handle = await open(path, flags, PRIVATE);
    // a device such as /dev/null keeps its rights
    if (options.force && (await handle.stat()).isFile()) await handle.chmod(PRIVATE);
    return handle;
  } catch (cause) {
    throw writeError(path, cause);
  }
}

/** Writes a whole file beside `path` and renames it over `path`: a reader sees the old file or the new one. */
export async function replaceFile(path: string, content: Uint8Array | string): Promise<void> {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new AnomalyError('CANNOT_CREATE', `${printable(path)}: is a symbolic link, which is not followed`);
  }
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  let handle: FileHandle | undefined;
  try {
    handle = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, PRIVATE);
    await handle.writeFile(content);
    await handle.sync();
    await handle.close();
    handle = undefined;
    await rename(temporary, path);
  } catch (cause) {
    await handle?.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw writeError(path, cause);
  }
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
