/**
 * A file that is written while the program runs: it grows as NAME.part, where it can be read all along, and gets its
 * name when it is complete. A run that is killed leaves the .part, never half a file under the real name.
 */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { AnomalyError } from '../base/errors.js';
import { identityOf, writeError } from '../base/files.js';
import { checkTarget } from '../base/new-file.js';
import { identityOfFd } from '../base/own-file.js';
import { printable } from '../base/text.js';
import { moveToDated } from './reports/dated.js';

const { O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_WRONLY } = constants;

/** Where the file at `path` grows. */
export function partName(path: string): string {
  return `${path}.part`;
}

export class PartFile {
  private fd: number;
  /** where what a killed run had written is kept now; undefined: there was nothing */
  readonly left: string | undefined;

  /** Creates NAME.part (0600); one that a killed run left behind gets a name with its date. Throws CANNOT_CREATE. */
  constructor(readonly path: string) {
    checkTarget(path);
    const part = partName(path);
    try {
      // a link says nothing of a run of ours; it goes, and what it means stays
      if (lstatSync(part, { throwIfNoEntry: false })?.isSymbolicLink()) rmSync(part);
      checkTarget(part);
      this.left = lstatSync(part, { throwIfNoEntry: false }) && moveToDated(part);
      this.fd = openSync(part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
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

  /** Complete: the file takes its real name. Idempotent. @throws AnomalyError WRITE_FAILED */
  finish(): void {
    if (this.fd < 0) return;
    const inPlace = identityOf(partName(this.path)) === identityOfFd(this.fd);
    this.close();
    if (!inPlace) {
      const what = 'was moved away or removed while it was written';
      throw new AnomalyError('WRITE_FAILED', `${printable(partName(this.path))}: ${what}`);
    }
    try {
      renameSync(partName(this.path), this.path);
    } catch (cause) {
      throw writeError(this.path, cause);
    }
  }

  /** Gives up and removes what was written. @returns bytes that it had */
  discard(): number {
    if (this.fd < 0) return 0;
    const { size } = fstatSync(this.fd);
    const inPlace = identityOf(partName(this.path)) === identityOfFd(this.fd);
    // who reads it must not keep the disk full
    ftruncateSync(this.fd);
    this.close();
    if (inPlace) rmSync(partName(this.path), { force: true });
    return size;
  }

  private close(): void {
    closeSync(this.fd);
    this.fd = -1;
  }
}
