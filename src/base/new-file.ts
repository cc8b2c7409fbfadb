/**
 * How every file of ours comes to be: beside its name, exclusively, private (0600), and renamed. So nothing is ever written into
 * a file that somebody else made, or holds open, and no link is followed.
 */
import { accessSync, constants, lstatSync, type Stats } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { asideName } from './aside.js';
import { AnomalyError, systemCode } from './errors.js';
import { identityIn, identityOf, kindOf, writeError } from './files.js';
import { printable } from './text.js';

const { O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_WRONLY, W_OK, X_OK } = constants;
const PRIVATE = 0o600;

/** Refuses a place where no file can be made, and to replace a symbolic link, a folder, a pipe or a device, before anything is written; CANNOT_CREATE. */
export function checkTarget(path: string): void {
  let found: Stats | undefined;
  try {
    if (path === '') throw new AnomalyError('CANNOT_CREATE', 'the name of an output is empty; name a file');
    accessSync(dirname(path), W_OK | X_OK);
    found = lstatSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    throw writeError(path, cause);
  }
  if (found && !found.isFile()) throw unfit(path, found);
}

function unfit(path: string, found: Stats, cause?: unknown): AnomalyError {
  const what = found.isSymbolicLink()
    ? 'a symbolic link, which is not followed'
    : `${kindOf(found)}, no ordinary file; name another`;
  return new AnomalyError('CANNOT_CREATE', `${printable(path)}: is ${what}`, { cause });
}

/**
 * Opens a new file for writing. An existing one is an error; with `force` the new one takes its place at once, and who has the
 * old one open sees nothing of it.
 * @throws AnomalyError CANNOT_CREATE
 */
export async function createPrivate(path: string, options: { force?: boolean } = {}): Promise<FileHandle> {
  if (options.force !== true) return createAtOnce(path);
  checkTarget(path);
  const aside = join(dirname(path), asideName());
  const handle = await create(aside, path);
  try {
    await rename(aside, path);
    // in a folder that others may write to, they may have put another file there in between
    if (identityOf(path) !== identityIn(await handle.stat()))
      throw new AnomalyError('CANNOT_CREATE', `${printable(path)}: somebody else changes its folder; name another`);
    return handle;
  } catch (cause) {
    await handle.close();
    await rm(aside, { force: true });
    throw writeError(path, cause);
  }
}

async function createAtOnce(path: string): Promise<FileHandle> {
  try {
    return await create(path, path);
  } catch (error) {
    const { cause } = error as AnomalyError;
    const found = systemCode(cause) === 'EEXIST' ? lstatSync(path, { throwIfNoEntry: false }) : undefined;
    // --force would not help there
    throw found && !found.isFile() ? unfit(path, found, cause) : error;
  }
}

/** Writes a whole file beside `path` and renames it over `path`: a reader sees the old file or the new one. */
export async function replaceFile(path: string, content: Uint8Array | string): Promise<void> {
  checkTarget(path);
  const aside = join(dirname(path), asideName());
  let handle: FileHandle | undefined;
  try {
    handle = await create(aside, path);
    await handle.writeFile(content);
    await handle.sync();
    await handle.close();
    handle = undefined;
    await rename(aside, path);
  } catch (cause) {
    await handle?.close().catch(() => undefined);
    await rm(aside, { force: true }).catch(() => undefined);
    throw writeError(path, cause);
  }
}

/** @param path as errors name it */
async function create(at: string, path: string): Promise<FileHandle> {
  try {
    return await open(at, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, PRIVATE);
  } catch (cause) {
    throw writeError(path, cause);
  }
}
