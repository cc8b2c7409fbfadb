/**
 * A shared folder as a hub: its marker, which no folder of somebody else has, its rights, and what may be done in it. Nothing is
 * written where the marker is not: a share that is not mounted is an empty folder.
 */
import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { chmod, lstat, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { asideName } from '../../base/aside.js';
import { AnomalyError, systemCode } from '../../base/errors.js';
import { writeError } from '../../base/files.js';
import { HUB_MARKER } from '../../base/hub.js';
import { printable } from '../../base/text.js';
import { CONTRACT } from '../contract.js';
import { CarrierError, type CarrierTrouble } from './carrier.js';

const { O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY, O_WRONLY } = constants;
const FORMAT = 'anomaly-fleet';
/** bytes; it has a hundred */
const MOST_MARKER = 4096;

/** The folder's own, for owner and group; others get none, and nobody the right to run. */
const FOLDER_RIGHTS = 0o2770;
const FILE_RIGHTS = 0o660;

const TROUBLES: Readonly<Record<string, CarrierTrouble>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EACCES: 'refused',
  EPERM: 'refused',
  EROFS: 'refused',
  ELOOP: 'refused',
  EFBIG: 'too large',
};

/** What the file system says, in a carrier's words. */
export function folderTrouble(error: unknown): CarrierError {
  if (error instanceof CarrierError) return error;
  const code = systemCode(error);
  return new CarrierError(TROUBLES[code ?? ''] ?? 'unreachable', code ?? printable(String(error)), { cause: error });
}

export class FolderPlace {
  private constructor(
    readonly root: string,
    private readonly folderMode: number,
    private readonly fileMode: number,
  ) {}

  /** Makes the marker, and the folder, where there is nothing yet. @throws AnomalyError */
  static async make(path: string): Promise<FolderPlace> {
    const root = resolve(path);
    try {
      await mkdir(root, { mode: 0o700 });
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw writeError(root, error);
    }
    const place = await FolderPlace.at(path);
    if ((await place.namesIn(root)).includes(HUB_MARKER)) return place;
    const marker = {
      format: FORMAT,
      version: CONTRACT,
      id: randomBytes(8).toString('hex'),
      made: new Date().toISOString(),
    };
    try {
      await place.replace(join(root, HUB_MARKER), `${JSON.stringify(marker)}\n`);
    } catch (error) {
      throw writeError(root, error);
    }
    return place;
  }

  /** A fleet's folder, or one that may become one. @throws AnomalyError USAGE: it holds something else */
  static async at(path: string): Promise<FolderPlace> {
    const root = resolve(path);
    const name = printable(path);
    const found = await stat(root).catch(() => undefined);
    if (found && !found.isDirectory())
      throw new AnomalyError('USAGE', `--hub ${name}: is no folder; name one, or a server as nats://HOST:PORT`);
    const mode = found?.mode ?? 0o700;
    const place = new FolderPlace(root, (mode & FOLDER_RIGHTS) | 0o700, (mode & FILE_RIGHTS) | 0o600);
    const names: string[] = await place.namesIn(root).catch(() => []);
    // what a file system has from the beginning
    const others = names.filter((each) => !each.startsWith('.') && each !== 'lost+found');
    if (others.length > 0 && !names.includes(HUB_MARKER))
      throw new AnomalyError('USAGE', `--hub ${name}: holds other things, and is no fleet's folder; name an empty one`);
    return place;
  }

  /** Which fleet's it is, as long as it is there. Rejects with a CarrierError. */
  async identity(): Promise<{ readonly id: string; readonly made: string }> {
    let marker: Record<string, unknown>;
    try {
      marker = JSON.parse(await this.markerText()) as Record<string, unknown>;
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw folderTrouble(error);
      throw new CarrierError(
        'unreachable',
        'the folder is not there, not mounted, or the hub has not been started yet',
      );
    }
    const { format, version, id, made } = marker;
    if (format === FORMAT && version === CONTRACT && typeof id === 'string' && typeof made === 'string')
      return { id, made };
    throw new CarrierError('refused', `${HUB_MARKER} is of another version or damaged`);
  }

  /** Whoever may write there may have put something else under its name: a pipe lets wait for ever, a large file fills memory. */
  private async markerText(): Promise<string> {
    const handle = await open(join(this.root, HUB_MARKER), O_RDONLY | O_NONBLOCK);
    try {
      const { size } = await handle.stat();
      const bytes = Buffer.alloc(Math.min(size, MOST_MARKER));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
      return bytes.toString('utf8', 0, bytesRead);
    } finally {
      await handle.close();
    }
  }

  /** Whether there is such a folder; a link is none. */
  async hasFolder(path: string): Promise<boolean> {
    const found: Stats | undefined = await lstat(path).catch((error) => {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (found && !found.isDirectory()) throw new CarrierError('refused', `${printable(path)} is no folder`);
    return found !== undefined;
  }

  /** Makes one that may be there. */
  async makeFolder(path: string): Promise<void> {
    if (await this.hasFolder(path)) return;
    try {
      await mkdir(path, { mode: 0o700 });
      // what the umask took
      await chmod(path, this.folderMode);
    } catch (error) {
      if (systemCode(error) !== 'EEXIST' || !(await this.hasFolder(path))) throw error;
    }
  }

  /** Writes a file that has no name of its own yet, down to the disk. @returns where */
  async writeAside(folder: string, parts: readonly Uint8Array[]): Promise<string> {
    const path = join(folder, asideName());
    const handle = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      await handle.writeFile(Buffer.concat(parts));
      await handle.chmod(this.fileMode);
      await handle.sync();
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
    return path;
  }

  async replace(path: string, text: string): Promise<void> {
    await rename(await this.writeAside(dirname(path), [Buffer.from(text)]), path);
  }

  /** Sorted; of a folder that is not there: none. */
  async namesIn(path: string): Promise<string[]> {
    try {
      return (await readdir(path)).sort();
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return [];
      throw error;
    }
  }
}
