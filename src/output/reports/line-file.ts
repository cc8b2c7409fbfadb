/** A file that grows by whole lines, one write() each, and goes on in a new file of its name when it was moved away. */
import { closeSync, fdatasync, fstatSync, fsyncSync, ftruncateSync, rmSync, writeSync } from 'node:fs';
import { identityOf, writeError } from '../../base/files.js';
import { identityOfFd, openOwn } from '../../base/own-file.js';

/** Whether the name still means the file is looked at, and the disk is asked to keep it, at most so often. */
const LOOK_MS = 1000;

export class LineFile {
  private identity: string;
  private created: boolean;
  private looked = 0;
  private unsynced = false;
  private syncing = false;
  /** lines that were given to the system, in all files of the name */
  written = 0;

  private constructor(
    readonly path: string,
    private file: number,
    created: boolean,
  ) {
    this.created = created;
    this.identity = identityOfFd(file);
  }

  /** @throws AnomalyError CANNOT_CREATE */
  static open(path: string): LineFile {
    const { fd, created } = openOwn(path);
    return new LineFile(path, fd, created);
  }

  get fd(): number {
    return this.file;
  }

  get bytes(): number {
    return fstatSync(this.file).size;
  }

  /** when the file was begun, ms since the epoch */
  get begunMs(): number {
    return fstatSync(this.file).birthtimeMs;
  }

  /** Writes one line with its end. @throws AnomalyError WRITE_FAILED; the file ends on a whole line then */
  append(line: Uint8Array): void {
    let done = 0;
    try {
      done = writeSync(this.file, line);
      // a signal or a full disk may cut a write short
      while (done < line.length) done += writeSync(this.file, line, done);
    } catch (cause) {
      if (done > 0) ftruncateSync(this.file, this.bytes - done);
      throw writeError(this.path, cause, '; what was written before ends on a whole line');
    }
    this.written++;
    this.unsynced = true;
  }

  /** True once a second: then it is time to look whether the name means another file now. */
  due(nowMs: number): boolean {
    if (nowMs - this.looked < LOOK_MS) return false;
    this.looked = nowMs;
    return true;
  }

  /** Whether the file still has its name: logrotate and people move files away. */
  inPlace(): boolean {
    return identityOf(this.path) === this.identity;
  }

  /** Goes on in the file that has the name now, or in a new one. @throws AnomalyError CANNOT_CREATE; lines go on into the old file then */
  reopen(): void {
    const { fd, created } = openOwn(this.path);
    const old = this.file;
    this.file = fd;
    this.created = created;
    this.identity = identityOfFd(fd);
    fsyncSync(old);
    closeSync(old);
  }

  /** Asks the disk to keep what was written, in the background. */
  sync(): void {
    if (!this.unsynced || this.syncing) return;
    this.unsynced = false;
    this.syncing = true;
    // what cannot be kept is told by the next write
    fdatasync(this.file, () => {
      this.syncing = false;
    });
  }

  /** @throws AnomalyError WRITE_FAILED */
  close(): void {
    try {
      fsyncSync(this.file);
      closeSync(this.file);
    } catch (cause) {
      throw writeError(this.path, cause);
    }
  }

  /** Gives back what was written behind the byte `from`, and closes; a file that is empty then goes. */
  giveBack(from: number): void {
    ftruncateSync(this.file, Math.min(from, this.bytes));
    this.discard();
  }

  /** Closes; a file that this run made, and wrote nothing to, goes. */
  discard(): void {
    const empty = this.created && this.bytes === 0 && this.inPlace();
    closeSync(this.file);
    if (empty) rmSync(this.path, { force: true });
  }
}
