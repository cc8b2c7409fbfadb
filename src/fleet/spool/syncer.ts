/**
 * Asks the disk to keep what was written, in the background: one request is under way, and what is written meanwhile waits for one
 * more, however much it is. Files are opened anew by name for it, so that a segment can be closed or removed at any time.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../../base/errors.js';
import { writeError } from '../../base/files.js';

const { O_DIRECTORY = 0, O_NOFOLLOW = 0, O_RDONLY } = constants;

export class Syncer {
  /** names that were written to since the last request began */
  private changed = new Set<string>();
  /** names were made in the folder since then */
  private folderChanged = false;
  private underWay: Promise<void> | undefined;
  private waiting: Promise<void> | undefined;

  constructor(private readonly folder: string) {}

  /** @param made the name is new, or means another file now */
  wrote(name: string, made = false): void {
    this.changed.add(name);
    if (made) this.folderChanged = true;
    // who wants to know of a failure asks `synced`
    this.request().catch(() => undefined);
  }

  /** Resolves when all that was written is on the disk. @throws AnomalyError WRITE_FAILED; it is tried again with the next call or write */
  synced(): Promise<void> {
    if (this.changed.size > 0 || this.folderChanged) return this.request();
    return this.underWay ?? Promise.resolve();
  }

  private request(): Promise<void> {
    if (this.underWay) {
      this.waiting ??= this.underWay
        .catch(() => undefined)
        .then(() => {
          this.waiting = undefined;
          return this.request();
        });
      return this.waiting;
    }
    this.underWay = this.run().finally(() => {
      this.underWay = undefined;
    });
    return this.underWay;
  }

  private async run(): Promise<void> {
    const [names, folder] = [this.changed, this.folderChanged];
    this.changed = new Set();
    this.folderChanged = false;
    try {
      for (const name of names) await syncFile(join(this.folder, name));
      if (folder) await syncFolder(this.folder);
    } catch (error) {
      for (const name of names) this.changed.add(name);
      this.folderChanged ||= folder;
      throw error;
    }
  }
}

async function syncFile(path: string): Promise<void> {
  try {
    const handle = await open(path, O_RDONLY | O_NOFOLLOW);
    await handle.datasync().finally(() => handle.close());
  } catch (cause) {
    // it was released meanwhile
    if (systemCode(cause) !== 'ENOENT') throw writeError(path, cause);
  }
}

async function syncFolder(path: string): Promise<void> {
  try {
    const handle = await open(path, O_RDONLY | O_DIRECTORY);
    await handle.sync().finally(() => handle.close());
  } catch (cause) {
    // some file systems cannot, and keep names by themselves; or the spool is gone
    if (!['EINVAL', 'ENOENT'].includes(systemCode(cause) ?? '')) throw writeError(path, cause);
  }
}
