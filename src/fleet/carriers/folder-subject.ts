/**
 * The messages of one subject in a shared folder: a file each, numbered from 1, a folder for each thousand. A file gets its
 * name by link(2), which fails where the name is taken: so two writers, on two hosts, need no lock, no reader sees half a file, and
 * a number that a reader has passed is never filled later.
 */
import { constants } from 'node:fs';
import { link, lstat, open, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isAside } from '../../base/aside.js';
import { systemCode } from '../../base/errors.js';
import { DUPLICATE_WINDOW_S, type StreamSpec } from '../contract.js';
import { CarrierError } from './carrier.js';
import type { FolderPlace } from './folder-place.js';

const { O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY } = constants;
/** Messages of a folder: what a reader lists when there is news. */
const A_BUCKET = 1024;
const BUCKET = /^[0-9a-f]{12}$/;
/** below 2 ** 52, which numbers hold exactly */
const FILE = /^000[0-9a-f]{13}$/;
/** bytes: what NATS takes by default, and the line before it */
export const MOST_BYTES = 1 << 20;
const MOST_HEADER = 1024;
const LINE_END = 0x0a;
/** Another writer may take the number, again and again; a writer that never gets one has met something else. */
const ATTEMPTS = 100;
/** What a killed writer left of a file; none takes so long. */
const LEFT_OVER_MS = 3_600_000;
/** Between looks at the age of what is kept, of 30 days. */
const PRUNE_MS = 600_000;

export interface Stored {
  readonly id: string | undefined;
  /** ms since the epoch by the writer's clock */
  readonly t: number;
  readonly bytes: Uint8Array;
}

const bucketOf = (sequence: number): string =>
  Math.floor(sequence / A_BUCKET)
    .toString(16)
    .padStart(12, '0');
const fileOf = (sequence: number): string => sequence.toString(16).padStart(16, '0');

export class FolderSubject {
  private readonly path: string;
  /** the newest number that is taken, as far as we know; undefined: not looked at yet */
  private newest: number | undefined;
  /** when, by id: of the duplicate window */
  private readonly recent = new Map<string, number>();
  /** bytes, by folder that is full */
  private readonly sizes = new Map<string, number>();
  private pruneAtMs = 0;
  private queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly place: FolderPlace,
    private readonly spec: StreamSpec,
    subject: string,
  ) {
    this.path = join(place.root, spec.name, subject);
  }

  /** One after the other, in the order of the calls. */
  inTurn(work: (self: FolderSubject) => Promise<void>): Promise<void> {
    const done = this.queue.then(() => work(this));
    this.queue = done.catch(() => {
      // what is there is looked at anew
      this.newest = undefined;
    });
    return done;
  }

  /** The folder is another one than before. */
  forget(): void {
    this.newest = undefined;
    this.recent.clear();
    this.sizes.clear();
  }

  /** In turn with others. Resolves when it is on disk. */
  async append(id: string | undefined, bytes: Uint8Array): Promise<void> {
    if (this.newest === undefined) await this.look();
    const t = Date.now();
    const head = Buffer.from(`${JSON.stringify({ id, t })}\n`);
    const aside = await this.place.writeAside(this.path, [head, bytes]);
    try {
      for (let attempt = 1; ; attempt++) {
        // also by another process of the same name
        if (id !== undefined && this.isRecent(id)) return;
        const sequence = (this.newest as number) + 1;
        const bucket = join(this.path, bucketOf(sequence));
        if (sequence % A_BUCKET === 0 || attempt === 1) await this.place.makeFolder(bucket);
        try {
          await link(aside, join(bucket, fileOf(sequence)));
          this.newest = sequence;
          break;
        } catch (error) {
          if (['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(systemCode(error) ?? ''))
            throw new CarrierError('refused', 'its file system has no hard links, by which files get their names here');
          if (systemCode(error) !== 'EEXIST' || attempt === ATTEMPTS) throw error;
          await this.look();
        }
      }
    } finally {
      await rm(aside, { force: true });
    }
    if (id !== undefined) this.recent.set(id, t);
    const isDue = this.spec.maxPerSubject > 0 || (this.newest ?? 0) % A_BUCKET === 0;
    if (!isDue && performance.now() < this.pruneAtMs) return;
    this.pruneAtMs = performance.now() + PRUNE_MS;
    await this.prune();
  }

  private isRecent(id: string): boolean {
    const since = Date.now() - DUPLICATE_WINDOW_S * 1000;
    for (const [each, t] of this.recent) {
      if (t >= since) break;
      this.recent.delete(each);
    }
    return this.recent.has(id);
  }

  /** Where writing goes on, and which ids are of the duplicate window. */
  private async look(): Promise<void> {
    await this.place.makeFolder(this.path);
    const since = Date.now() - DUPLICATE_WINDOW_S * 1000;
    const known = this.newest ?? 0;
    const found: [string, number][] = [];
    let newest = known;
    for await (const sequence of this.backwards()) {
      newest = Math.max(newest, sequence);
      if (sequence <= known) break;
      const stored = await this.read(sequence, 0);
      if (stored && stored.t < since) break;
      if (stored?.id !== undefined) found.push([stored.id, stored.t]);
    }
    for (const [id, t] of found.reverse()) this.recent.set(id, t);
    this.newest = newest;
    for (const name of await this.place.namesIn(this.path)) {
      const path = join(this.path, name);
      if (isAside(name) && Date.now() - (await stat(path)).mtimeMs > LEFT_OVER_MS) await rm(path, { force: true });
    }
  }

  /** Numbers that are there, the newest first. */
  async *backwards(): AsyncGenerator<number, void, undefined> {
    for (const bucket of (await this.buckets()).reverse()) yield* (await this.sequencesIn(bucket)).reverse();
  }

  /** Numbers after `sequence` that are there now, in their order. */
  async *after(sequence: number): AsyncGenerator<number, void, undefined> {
    const first = bucketOf(sequence + 1);
    for (const bucket of await this.buckets()) {
      if (bucket < first) continue;
      for (const each of await this.sequencesIn(bucket)) if (each > sequence) yield each;
    }
  }

  private async buckets(): Promise<string[]> {
    return (await this.place.namesIn(this.path)).filter((name) => BUCKET.test(name));
  }

  private async sequencesIn(bucket: string): Promise<number[]> {
    const names = await this.place.namesIn(join(this.path, bucket));
    return names.filter((name) => FILE.test(name)).map((name) => Number.parseInt(name, 16));
  }

  /** Something that stays the same as long as nothing is added, and the time of the last change, ms since the epoch. */
  async state(): Promise<{ readonly text: string; readonly changedMs: number }> {
    const last = (await this.buckets()).at(-1) ?? '';
    const { ino, mtimeMs } = await stat(join(this.path, last));
    return { text: `${last}/${ino}/${mtimeMs}`, changedMs: mtimeMs };
  }

  /**
   * @param most bytes of the body that are wanted
   * @returns undefined: it is gone; null: it is damaged, or nothing of ours
   */
  async read(sequence: number, most = MOST_BYTES): Promise<Stored | undefined | null> {
    const handle = await open(this.pathOf(sequence), O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((error) => {
      if (systemCode(error) === 'ENOENT') return undefined;
      // a link, a socket
      if (['ELOOP', 'ENXIO'].includes(systemCode(error) ?? '')) return null;
      throw error;
    });
    if (!handle) return handle;
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) return null;
      const { size } = stats;
      const bytes = Buffer.alloc(Math.min(size, MOST_HEADER + most));
      let length = 0;
      for (let n = -1; n !== 0 && length < bytes.length; length += n)
        n = (await handle.read(bytes, length, bytes.length - length, length)).bytesRead;
      const end = bytes.indexOf(LINE_END);
      if (end === -1 || end > MOST_HEADER || length < bytes.length || size > end + 1 + MOST_BYTES) return null;
      const { id, t } = JSON.parse(bytes.toString('utf8', 0, end)) as { id?: unknown; t?: unknown };
      if (!Number.isSafeInteger(t) || (id !== undefined && typeof id !== 'string')) return null;
      return { id, t: Number(t), bytes: bytes.subarray(end + 1) };
    } catch (error) {
      if (systemCode(error) === undefined) return null;
      throw error;
    } finally {
      await handle.close();
    }
  }

  /** Removes what the stream's limits do not allow any more; never the newest, by which numbers go on. */
  async prune(): Promise<void> {
    const { maxPerSubject, maxAgeS, maxBytes } = this.spec;
    if (maxPerSubject > 0) {
      let kept = 0;
      for await (const sequence of this.backwards()) if (++kept > maxPerSubject) await this.remove(sequence);
    }
    if (maxAgeS > 0) await this.pruneByAge(Date.now() - maxAgeS * 1000);
    // no subject crowds out another
    if (maxBytes >= 0)
      await this.pruneBySize(maxBytes / Math.max(1, (await this.place.namesIn(dirname(this.path))).length));
  }

  private async pruneByAge(sinceMs: number): Promise<void> {
    const { value: newest } = await this.backwards().next();
    for await (const sequence of this.after(0)) {
      const { mtimeMs = 0 } = (await lstat(this.pathOf(sequence)).catch(() => undefined)) ?? {};
      if (mtimeMs >= sinceMs || sequence === newest) return;
      await this.remove(sequence);
    }
  }

  /** By folders that are full, the oldest first. @param most bytes */
  private async pruneBySize(most: number): Promise<void> {
    let bytes = 0;
    for (const bucket of (await this.buckets()).slice(0, -1).reverse()) {
      bytes += await this.sizeOf(bucket);
      if (bytes <= most) continue;
      this.sizes.delete(bucket);
      await rm(join(this.path, bucket), { recursive: true, force: true });
    }
  }

  private async sizeOf(bucket: string): Promise<number> {
    let size = this.sizes.get(bucket);
    if (size !== undefined) return size;
    size = 0;
    for (const name of await this.place.namesIn(join(this.path, bucket)))
      size += (await lstat(join(this.path, bucket, name)).catch(() => ({ size: 0 }))).size;
    this.sizes.set(bucket, size);
    return size;
  }

  private async remove(sequence: number): Promise<void> {
    await rm(this.pathOf(sequence), { force: true });
    // where it was the last of a folder that is full
    if (bucketOf(sequence) !== bucketOf(this.newest ?? sequence))
      await rmdir(join(this.path, bucketOf(sequence))).catch(() => undefined);
  }

  private pathOf(sequence: number): string {
    return join(this.path, bucketOf(sequence), fileOf(sequence));
  }
}
