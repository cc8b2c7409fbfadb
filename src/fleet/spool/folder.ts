/**
 * Folders and files of a spool. They are made private, and what is there is taken only where all of it is a spool's and ours, for
 * events are written to it, and removed from it, without anybody looking.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { asideName, isAside, isOurs, removeOurs } from '../../base/aside.js';
import { AnomalyError, systemCode } from '../../base/errors.js';
import { kindOf, writeError } from '../../base/files.js';
import { openOwn } from '../../base/own-file.js';
import { printable } from '../../base/text.js';

const { O_CREAT, O_DIRECTORY = 0, O_EXCL, O_NOFOLLOW = 0, O_RDONLY, O_WRONLY } = constants;
const PRIVATE = 0o600;
const PRIVATE_FOLDER = 0o700;
const OTHERS_WRITE = 0o022;
const ID = /^([0-9a-f]{16})\n$/;
/** of an id in bytes, 16 hex digits as text: no two spools of a fleet are alike, whoever makes them */
const ID_BYTES = 8;
/** The file that names the spool. */
export const ID_FILE = 'id';

/** Makes a folder, or looks whether the one there is ours alone. @throws AnomalyError CANNOT_CREATE */
export function ownFolder(path: string): void {
  try {
    mkdirSync(path, { mode: PRIVATE_FOLDER });
    syncFolder(dirname(path));
    return;
  } catch (cause) {
    if (systemCode(cause) !== 'EEXIST') throw writeError(path, cause);
  }
  const wrong = objection(lstatSync(path));
  if (wrong !== undefined) throw new AnomalyError('CANNOT_CREATE', `${printable(path)}: ${wrong}`);
}

function objection(stats: Stats): string | undefined {
  if (stats.isSymbolicLink()) return 'is a symbolic link, which is not followed';
  if (!stats.isDirectory()) return `is ${stats.isFile() ? 'a file' : kindOf(stats)}, no folder; name another`;
  if (!isOurs(stats))
    return `belongs to another user (uid ${stats.uid}), not to uid ${process.geteuid?.()}; name another folder`;
  if ((stats.mode & OTHERS_WRITE) !== 0)
    return 'can be written by others, who could forge events; chmod go-w it, or name another';
  return undefined;
}

/**
 * Names in a folder of ours. What a killed run left aside goes: who asks has the spool's lock, so it is nobody else's.
 * @throws AnomalyError CANNOT_CREATE
 */
export function namesIn(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (cause) {
    throw writeError(folder, cause);
  }
  return names.filter((name) => !(isAside(name) && removeOurs(join(folder, name))));
}

export const holdsElse = (folder: string, name: string): AnomalyError =>
  new AnomalyError(
    'CANNOT_CREATE',
    `${printable(folder)}: holds ${printable(name)}, which is no spool's; name another folder`,
  );

/** The id of the spool in `folder`. @throws AnomalyError CANNOT_CREATE: it is none */
export function readId(folder: string): string {
  const path = join(folder, ID_FILE);
  const { fd } = openOwn(path);
  const bytes = Buffer.alloc(2 * ID_BYTES + 2);
  const length = readSync(fd, bytes, 0, bytes.length, 0);
  closeSync(fd);
  const id = ID.exec(bytes.toString('latin1', 0, length))?.[1];
  if (id !== undefined) return id;
  throw new AnomalyError('CANNOT_CREATE', `${printable(path)}: is no spool's id; move ${printable(folder)} away`);
}

/** Names the spool in `folder`, anew where it had a name. @throws AnomalyError CANNOT_CREATE, WRITE_FAILED */
export function makeId(folder: string): string {
  const id = randomBytes(ID_BYTES).toString('hex');
  replaceAtOnce(join(folder, ID_FILE), Buffer.from(`${id}\n`), 'and on the disk');
  syncFolder(folder);
  return id;
}

/** Puts a whole file in the place of what has its name, or of nothing. @throws AnomalyError; all is as before then */
export function replaceAtOnce(path: string, bytes: Uint8Array, onDisk?: 'and on the disk'): void {
  const aside = join(dirname(path), asideName());
  try {
    const fd = openSync(aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, PRIVATE);
    try {
      writeAll(fd, bytes);
      if (onDisk) fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(aside, path);
  } catch (cause) {
    rmSync(aside, { force: true });
    throw writeError(path, cause);
  }
}

/** A signal or a full disk may cut a write short. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
}

/** So that names that were made in it are still there after a power loss. Some file systems cannot, and keep them by themselves. */
function syncFolder(path: string): void {
  let fd: number | undefined;
  try {
    fd = openSync(path, O_RDONLY | O_DIRECTORY);
    fsyncSync(fd);
  } catch (cause) {
    if (systemCode(cause) !== 'EINVAL') throw writeError(path, cause);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
