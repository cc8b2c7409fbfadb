/**
 * Where models are kept. `models/default` is a symbolic link to one of the dated folders beside it, `default.20261127T210146Z`;
 * the link is switched by a rename, so that whoever loads the model finds the old one or the new one, whenever the process dies.
 * Only such a link is ever followed: relative, to a dated folder of its own name beside it, made by somebody who may write there.
 */
import { constants, type Stats } from 'node:fs';
import { lstat, mkdir, open, readdir, readlink, rename, rm, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { asideName, removedText, removeOurs, sweepFolder } from '../base/aside.js';
import { AnomalyError, systemCode } from '../base/errors.js';
import { writeError } from '../base/files.js';
import { printable } from '../base/text.js';
import { stampOf } from '../base/time.js';
import { type Held, heldAt } from './bundle-files.js';

const DATED = /^(.+)\.(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
/** what older versions left is removed when it is so old [ms]: its name does not tell whose it is, and nobody writes one for longer */
const LEFT_OVER_MS = 60_000;

export class ModelPlace {
  private readonly at: string;
  private readonly folder: string;
  private readonly base: string;
  /** as messages name it */
  private readonly name: string;

  /** @param dir what `--model` names: the link */
  constructor(dir: string) {
    this.at = resolve(dir);
    this.folder = dirname(this.at);
    this.base = basename(this.at);
    this.name = printable(dir);
  }

  /** where the next link is made before it takes the place of the present one */
  private get pending(): string {
    return join(this.folder, `.${this.base}.link`);
  }

  /** where older versions put the old model while the new one took its place */
  private get previous(): string {
    return join(this.folder, `.${this.base}.previous`);
  }

  /** The path of a kept model. @param kept its folder's name */
  pathOf(kept: string): string {
    return join(this.folder, kept);
  }

  /** Whether `path` names that kept model's folder. */
  isAt(kept: string, path: string): boolean {
    return resolve(path) === this.pathOf(kept);
  }

  /**
   * The folder of the model in use, which may not be there; after a crash in between, the one that the link was to mean.
   * @throws AnomalyError BAD_MODEL for a link that is not ours
   */
  async current(): Promise<string> {
    const target = await this.targetOf(this.at);
    if (target !== undefined) return this.pathOf(target);
    if (await exists(this.at)) return this.at;
    const pending = await this.targetOf(this.pending);
    if (pending !== undefined && (await exists(this.pathOf(pending)))) return this.pathOf(pending);
    return (await this.hasPrevious()) ? this.previous : this.at;
  }

  /** In a folder that is open to all, anybody could have put it there. */
  private async hasPrevious(): Promise<boolean> {
    const facts = await lstat(this.previous).catch(() => undefined);
    return facts?.isDirectory() === true && (await this.isOurs(facts));
  }

  /** Whoever owns the folder may put there what he likes, and so may root and who runs this. */
  private async isOurs({ uid }: Stats): Promise<boolean> {
    return [process.geteuid?.(), 0, (await stat(this.folder)).uid].includes(uid);
  }

  /** The name of the dated folder that is in use; undefined: none is, or a plain folder. */
  async currentName(): Promise<string | undefined> {
    return this.targetOf(this.at);
  }

  /** What our link means; undefined where there is no link. @throws AnomalyError BAD_MODEL for a link of another kind */
  private async targetOf(link: string): Promise<string | undefined> {
    const facts = await lstat(link).catch(() => undefined);
    if (!facts?.isSymbolicLink()) return undefined;
    const target = await readlink(link);
    const refused = (why: string) =>
      new AnomalyError(
        'BAD_MODEL',
        `${this.name}: is a symbolic link ${why}, which is not followed; name the model's own folder`,
      );
    if (!this.isDated(target)) throw refused(`to ${printable(target)}`);
    if (!(await this.isOurs(facts))) throw refused('of another user');
    const there = await lstat(this.pathOf(target)).catch(() => undefined);
    if (there?.isSymbolicLink()) throw refused('to another link');
    return target;
  }

  private isDated(name: string): boolean {
    return DATED.exec(name)?.[1] === this.base;
  }

  /** Before hours of learning, not after them. @throws AnomalyError CANNOT_CREATE where no model may be put there */
  async check(): Promise<void> {
    const refuse = (what: string) =>
      new AnomalyError('CANNOT_CREATE', `${this.name}: ${what}; choose another place for the model`);
    const of = DATED.exec(this.base)?.[1];
    if (of !== undefined && (await heldAt(join(this.folder, of))).is === 'link')
      throw refuse(`is a model that ${printable(of)} keeps, and stays as it is`);
    let held: Held;
    try {
      held = await heldAt(this.at);
    } catch (cause) {
      throw writeError(this.at, cause);
    }
    if (held.is === 'file') throw refuse('is not a folder');
    if (held.is === 'folder' && held.other !== undefined)
      throw refuse(`holds ${printable(held.other)}, which is no part of a model, and is not replaced`);
    if (held.is !== 'link') return;
    await this.targetOf(this.at).catch((cause: unknown) => {
      if (cause instanceof AnomalyError) throw new AnomalyError('CANNOT_CREATE', cause.message, { cause });
      throw writeError(this.at, cause);
    });
  }

  /**
   * A new dated folder, later than all there are; it is not in use yet.
   * @param write fills the folder, which has another name until it is complete
   * @returns its name
   */
  async add(write: (folder: string) => Promise<void>): Promise<string> {
    await mkdir(this.folder, { recursive: true }).catch((cause: unknown) => {
      throw writeError(this.folder, cause);
    });
    await this.check();
    const temporary = this.temporary();
    try {
      await this.settle();
      await mkdir(temporary, { mode: 0o700 });
      await write(temporary);
      return await this.moveIn(temporary, Date.now());
    } catch (cause) {
      await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
      throw writeError(this.at, cause);
    }
  }

  /**
   * A folder of that very name, and no link: for taking elsewhere.
   * @param write as of `add`
   * @throws AnomalyError CANNOT_CREATE where there is something already
   */
  async addPlain(write: (folder: string) => Promise<void>): Promise<void> {
    const taken = () =>
      new AnomalyError('CANNOT_CREATE', `${this.name}: is there already; remove it, or choose another place`);
    if (await exists(this.at)) throw taken();
    const temporary = this.temporary();
    try {
      await mkdir(this.folder, { recursive: true });
      await mkdir(temporary, { mode: 0o700 });
      await write(temporary);
      await rename(temporary, this.at);
      await syncFolder(this.folder);
    } catch (cause) {
      await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
      // somebody else was faster
      if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(systemCode(cause) ?? '')) throw taken();
      throw writeError(this.at, cause);
    }
  }

  private temporary(): string {
    return join(this.folder, asideName());
  }

  /** Gives a complete folder its dated name. */
  private async moveIn(from: string, timeMs: number): Promise<string> {
    for (;;) {
      const name = await this.freeName(timeMs);
      try {
        await rename(from, this.pathOf(name));
        await syncFolder(this.folder);
        return name;
      } catch (cause) {
        // another training took that name in the meantime
        if (!['ENOTEMPTY', 'EEXIST'].includes(systemCode(cause) ?? '')) throw cause;
      }
    }
  }

  /** Later than all there are, so that the order of names is that of saving, whatever the clock was set to. */
  private async freeName(timeMs: number): Promise<string> {
    const newest = (await this.names()).at(-1);
    const after = newest === undefined ? 0 : timeOf(newest) + 1000;
    return `${this.base}.${stampOf(new Date(Math.max(timeMs, after)))}`;
  }

  /** Everything with a dated name, oldest first. */
  private async names(): Promise<string[]> {
    const all = await readdir(this.folder).catch((cause: unknown) => {
      if (systemCode(cause) === 'ENOENT') return [];
      throw writeError(this.folder, cause);
    });
    return all.filter((name) => this.isDated(name)).sort();
  }

  /** Kept models, oldest first: names of whole bundles. */
  async kept(): Promise<string[]> {
    const names = await this.names();
    const held = await Promise.all(names.map((name) => heldAt(this.pathOf(name))));
    return names.filter((_, i) => held[i]?.is === 'bundle');
  }

  /** Makes a kept model the one in use. @throws AnomalyError of writing */
  async use(kept: string): Promise<void> {
    await this.check();
    try {
      await this.settle();
      await this.link(kept);
      await rename(this.pending, this.at);
      await syncFolder(this.folder);
    } catch (cause) {
      throw writeError(this.at, cause);
    }
  }

  private async link(kept: string): Promise<void> {
    await rm(this.pending, { force: true });
    await symlink(kept, this.pending);
  }

  /**
   * What an older version left, or a process that was killed, becomes what this version has. Each step leaves a place where
   * `current` finds the model: the pending link is made before its folder has the name that it means.
   */
  private async settle(): Promise<void> {
    const held = await heldAt(this.at);
    if (held.is === 'link' || held.is === 'file') return this.discard(this.previous);
    if (held.is === 'bundle') {
      await this.adopt(this.at, held.savedMs);
      return this.discard(this.previous);
    }
    // a folder in which something is missing is no model: nothing is lost by it
    if (held.is === 'folder') await this.remove(this.at);
    const target = await this.targetOf(this.pending);
    const before = await heldAt(this.previous);
    if (target !== undefined && (await exists(this.pathOf(target)))) await rename(this.pending, this.at);
    else if (before.is === 'bundle' && (await this.hasPrevious())) await this.adopt(this.previous, before.savedMs);
    else await rm(this.pending, { force: true });
  }

  /** Gives the folder of the model in use a dated name, and links to it. */
  private async adopt(from: string, savedMs: number): Promise<void> {
    const name = await this.freeName(savedMs);
    await this.link(name);
    await rename(from, this.pathOf(name));
    await rename(this.pending, this.at);
    await syncFolder(this.folder);
  }

  /** Removes a kept model that another one has taken the place of. */
  async drop(kept: string): Promise<void> {
    await this.discard(this.pathOf(kept)).catch((cause: unknown) => {
      throw writeError(this.pathOf(kept), cause);
    });
  }

  /**
   * Removes kept models beyond the `most` newest, never the one in use nor those named.
   * @returns what was removed, and dated folders that hold more or less than a model, which stay
   */
  async prune(most: number, spared: readonly string[] = []): Promise<{ removed: string[]; odd: string[] }> {
    const names = await this.names();
    const kept = await this.kept();
    const spare = new Set([await this.currentName(), ...spared, ...kept.slice(Math.max(0, kept.length - most))]);
    const removed = kept.filter((name) => !spare.has(name));
    for (const name of removed) await this.discard(this.pathOf(name));
    await this.sweep();
    return { removed, odd: names.filter((name) => !kept.includes(name)) };
  }

  private async discard(path: string): Promise<void> {
    if ((await heldAt(path)).is === 'bundle') await this.remove(path);
  }

  /** Takes a folder away under another name first: half of a model is never found under its own. */
  private async remove(path: string): Promise<void> {
    const temporary = this.temporary();
    await rename(path, temporary);
    await rm(temporary, { recursive: true, force: true });
  }

  /** Removes what processes left that were killed while they wrote or removed, also older versions. @returns one line that says so; empty: nothing */
  async sweep(): Promise<string> {
    const stem = `.${this.base}.`;
    const removed = sweepFolder(this.folder);
    for (const name of await readdir(this.folder)) {
      if (!name.startsWith(stem) || !/^[0-9a-f]{12}$/.test(name.slice(stem.length))) continue;
      const path = this.pathOf(name);
      const facts = await lstat(path).catch(() => undefined);
      const isOld = facts?.isDirectory() && Date.now() - facts.mtimeMs > LEFT_OVER_MS;
      if (isOld && removeOurs(path)) removed.push(path);
    }
    return removedText(removed);
  }
}

/** Also where that cannot be told: whoever reads it finds out why. */
function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (cause: unknown) => !['ENOENT', 'ENOTDIR'].includes(systemCode(cause) ?? ''),
  );
}

/** ms since the epoch */
function timeOf(name: string): number {
  const [year = 0, month = 1, ...rest] = (DATED.exec(name)?.slice(2) ?? []).map(Number);
  return Date.UTC(year, month - 1, ...(rest as [number, number, number, number]));
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY);
  // some file systems cannot sync a folder; the rename is atomic all the same
  await handle.sync().catch(() => undefined);
  await handle.close();
}
