/** A private temporary file that leaves nothing behind, on whichever path the process ends. */

import { randomBytes } from 'node:crypto';
import { constants, existsSync, rmSync } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readError, writeError } from '../base/files.js';

const { O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_RDWR } = constants;

/** /var/tmp before /tmp: the latter is often held in memory, which is what a spool must not fill. */
export function spoolFolder(): string {
  return process.env.TMPDIR ?? (existsSync('/var/tmp') ? '/var/tmp' : tmpdir());
}

export class SpoolFile {
  readonly #handle: FileHandle;
  readonly #path: string;
  /** set where an open file cannot be removed (Windows): it goes when the process exits */
  #removeLater: (() => void) | undefined;

  private constructor(handle: FileHandle, path: string) {
    this.#handle = handle;
    this.#path = path;
  }

  /** Opened for this process alone (0600) and unlinked at once: even a killed process leaves no file. */
  static async create(folder: string): Promise<SpoolFile> {
    const path = join(folder, `anomaly-spool-${process.pid}-${randomBytes(8).toString('hex')}`);
    let handle: FileHandle;
    try {
      handle = await open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    } catch (cause) {
      throw writeError(path, cause);
    }
    const file = new SpoolFile(handle, path);
    try {
      await unlink(path);
    } catch {
      const remove = () => rmSync(path, { force: true });
      process.once('exit', remove);
      file.#removeLater = remove;
    }
    return file;
  }

  /** for threads of this process */
  get descriptor(): number {
    return this.#handle.fd;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    try {
      for (let done = 0; done < bytes.length; ) {
        done += (await this.#handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
      }
    } catch (cause) {
      throw writeError(this.#path, cause);
    }
  }

  async read(into: Uint8Array, position: number): Promise<void> {
    try {
      for (let done = 0; done < into.length; ) {
        const { bytesRead } = await this.#handle.read(into, done, into.length - done, position + done);
        if (bytesRead === 0) throw new Error('spool file is shorter than it was written');
        done += bytesRead;
      }
    } catch (cause) {
      throw this.readFailure(cause);
    }
  }

  /** What to throw where a read failed, here or in a thread that has the descriptor. */
  readFailure(cause: unknown): Error {
    return readError(this.#path, cause);
  }

  async close(): Promise<void> {
    await this.#handle.close();
    if (this.#removeLater) {
      process.off('exit', this.#removeLater);
      this.#removeLater();
    }
  }
}
