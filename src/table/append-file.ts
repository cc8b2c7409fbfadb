/** One file that grows by whole units (lines, packets), and stays whole when the disk is full. */

import { unlink } from 'node:fs/promises';
import { identityOf, writeError } from '../base/files.js';
import { createPrivate } from '../base/new-file.js';
import { standardOutput } from '../base/standard-streams.js';

/** Given `bytes` of which `written` reached the disk: how many of these are whole units. */
export type WholeUnits = (bytes: Uint8Array, written: number) => number;

export interface Sink {
  /** Writes all of `bytes`, which start and end between units. @throws AnomalyError WRITE_FAILED */
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

type Handle = Awaited<ReturnType<typeof createPrivate>>;

export class AppendFile implements Sink {
  private size = 0;

  private constructor(
    readonly path: string,
    private readonly handle: Handle,
    private readonly wholeUnits: WholeUnits,
    private readonly identity: string,
  ) {}

  /** @throws AnomalyError CANNOT_CREATE */
  static async create(path: string, wholeUnits: WholeUnits, options: { force?: boolean } = {}): Promise<AppendFile> {
    const handle = await createPrivate(path, options);
    const { dev, ino } = await handle.stat();
    return new AppendFile(path, handle, wholeUnits, `${dev}:${ino}`);
  }

  async write(bytes: Uint8Array): Promise<void> {
    let done = 0;
    try {
      while (done < bytes.length) {
        const { bytesWritten } = await this.handle.write(bytes, done, bytes.length - done, this.size + done);
        done += bytesWritten;
      }
    } catch (cause) {
      this.size += this.wholeUnits(bytes, done);
      await this.handle.truncate(this.size).catch(() => undefined);
      throw writeError(this.path, cause, '; what was written before ends on a whole line');
    }
    this.size += done;
  }

  async close(): Promise<void> {
    try {
      await this.handle.close();
    } catch (cause) {
      throw writeError(this.path, cause);
    }
  }

  /** Whether `path` still names this file (nobody moved it away or put another in its place). */
  inPlace(): boolean {
    return identityOf(this.path) === this.identity;
  }

  /** Gives up: what it took of the disk is free again, whoever reads it. @returns bytes that it had */
  async discard(): Promise<number> {
    const { size } = this;
    await this.handle.truncate(0).catch(() => undefined);
    await this.remove();
    await this.handle.close().catch(() => undefined);
    return size;
  }

  /** Deletes the file, if its name still means it. */
  async remove(): Promise<void> {
    if (this.inPlace()) await unlink(this.path).catch(() => undefined);
  }
}

/** Standard output as a place for the same bytes. */
export class StandardOutput implements Sink {
  write(bytes: Uint8Array): Promise<void> {
    // the buffer is used again as soon as the promise is kept, which is when the bytes are handed on
    return standardOutput().put(bytes);
  }

  async close(): Promise<void> {}
}
