/**
 * A file that is written while the program runs: it grows as NAME.part, where it can be read all along, and gets its
 * name when it is complete. A run that is killed leaves the .part, never half a file under the real name.
 */
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { AnomalyError } from '../base/errors.js';
import { writeError } from '../base/files.js';
import { printable } from '../base/text.js';

const { O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_WRONLY, W_OK, X_OK } = constants;

/** Where the file at `path` grows. */
export function partName(path: string): string {
  return `${path}.part`;
}

/** Refuses a place where no file can be made, and to replace a symbolic link or a folder, before anything is written; CANNOT_CREATE. */
export function checkTarget(path: string): void {
  try {
    accessSync(dirname(path), W_OK | X_OK);
  } catch (cause) {
    throw writeError(path, cause);
  }
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found || found.isFile()) return;
  const what = found.isSymbolicLink() ? 'a symbolic link, which is not followed' : 'no ordinary file';
  throw new AnomalyError('CANNOT_CREATE', `${printable(path)}: is ${what}`);
}

export class PartFile {
  private fd: number;

  /** Creates NAME.part (0600), replacing one that a killed run left behind. Throws CANNOT_CREATE. */
  constructor(readonly path: string) {
    checkTarget(path);
    try {
      rmSync(partName(path), { force: true });
      this.fd = openSync(partName(path), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
      fchmodSync(this.fd, 0o600);
    } catch (cause) {
      throw writeError(path, cause);
    }
  }

  /** Appends `bytes[from..to)`. Throws WRITE_FAILED. */
  write(bytes: Uint8Array, from = 0, to = bytes.length): void {
    try {
      for (let at = from; at < to; ) at += writeSync(this.fd, bytes, at, to - at);
    } catch (cause) {
      throw writeError(this.path, cause);
    }
  }

  /** Complete: the file takes its real name. Idempotent. */
  finish(): void {
    if (this.fd < 0) return;
    this.close();
    try {
      renameSync(partName(this.path), this.path);
    } catch (cause) {
      throw writeError(this.path, cause);
    }
  }

  /** Gives up and removes what was written. */
  discard(): void {
    if (this.fd < 0) return;
    this.close();
    rmSync(partName(this.path), { force: true });
  }

  private close(): void {
    closeSync(this.fd);
    this.fd = -1;
  }
}
