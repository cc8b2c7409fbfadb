/** Open, then drop: what only root can read is opened, then root becomes somebody else, then the first byte is read. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { AnomalyError } from '../base/errors.js';
import { openFirst, openFirstBelow, openFolderFirst } from '../base/opened-first.js';
import {
  becomeUser,
  checkBecoming,
  isRoot,
  type Right,
  STAYS_ROOT,
  type TargetUser,
  targetUser,
} from '../base/privileges.js';
import { printable } from '../base/text.js';
import { BUNDLE_FILES, POWER_FILE } from '../model/bundle-files.js';

/** What a command is going to read. */
export interface Reads {
  /** what --user says */
  readonly user: string | undefined;
  /** files and folders, as they are named; what is undefined or `-` is left out */
  readonly paths: readonly (string | undefined)[];
  /** the folder of a model */
  readonly model?: string | undefined;
  /** a log that is opened again whenever it rotates */
  readonly followed?: string | undefined;
  /** hears, in one line, why this stays root */
  readonly note: (line: string) => void;
}

/**
 * Becomes who `user` or SUDO_UID says, for good, where this is root. Nothing was read yet.
 * @throws AnomalyError USAGE; NO_PERMISSION for a log that this user cannot follow; CannotBecome
 */
export function giveUpRoot(reads: Reads): void {
  const { user, followed, note } = reads;
  const target = targetUser(user);
  if (!target) {
    if (user === undefined && isRoot()) note(STAYS_ROOT);
    return;
  }
  if (followed !== undefined && existsSync(followed) && unreadableFor(target, [followed]).length > 0) {
    const name = printable(followed);
    const why = `${name} can be read by root alone, and is opened again whenever it rotates`;
    if (user !== undefined)
      throw new AnomalyError('NO_PERMISSION', `${why}; let ${printable(target.name)} read it, or say --user root`);
    note(`running as root, for ${why}: let ${printable(target.name)} read it and its folder, and rights are dropped`);
    return;
  }
  openBeforehand(target, reads);
  checkBecoming(target, []);
  becomeUser(target);
}

/** As `giveUpRoot`, for a live capture, which itself drops the rights once it is open. */
export function openBeforeCapture(reads: Reads): void {
  const target = targetUser(reads.user);
  if (!target) return;
  openBeforehand(target, reads);
  const rights: readonly Right[] = ['net_raw'];
  checkBecoming(target, rights);
}

function openBeforehand(target: TargetUser, { paths, model }: Reads): void {
  const named = paths.filter((path) => path !== undefined && path !== '-') as string[];
  const folders = new Map<string, string[]>();
  for (const path of named)
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) folders.set(path, below(path));
  const files = [...named.filter((path) => !folders.has(path)), ...(model === undefined ? [] : filesOf(model))];
  const inFolders = [...folders].flatMap(([folder, names]) => names.map((name) => join(folder, name)));
  const closed = new Set(unreadableFor(target, [...folders.keys(), ...files, ...inFolders]));
  for (const path of files) if (closed.has(path) && isFile(path)) openFirst(path);
  for (const [folder, names] of folders) {
    const closedIn = names.map((name) => join(folder, name)).filter((path) => closed.has(path));
    for (const path of closedIn) if (isFile(path)) openFirstBelow(folder, path);
    // what is below a folder cannot be listed where a part of it is closed
    if (closed.has(folder) || closedIn.length > 0) openFolderFirst(folder, names);
  }
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === false;

const below = (folder: string): string[] => readdirSync(folder, { recursive: true }) as string[];

/** By the name that was given, and by that of the folder it stands for. */
function filesOf(model: string): string[] {
  const folders = new Set([model, existsSync(model) ? realpathSync(model) : model]);
  return [...folders].flatMap((folder) => [...BUNDLE_FILES, POWER_FILE].map((file) => join(folder, file)));
}

/** Prints what of its arguments this user cannot read, or enter, each with a zero byte behind it. */
const UNREADABLE =
  'for f; do if ! [ -r "$f" ] || { [ -d "$f" ] && ! [ -x "$f" ]; }; then printf "%s\\0" "$f"; fi; done';

/** Which of `paths` the user may not read, asked as that user; all of them where there is no setpriv to ask with. */
export function unreadableFor({ uid, gid }: TargetUser, paths: readonly string[]): string[] {
  if (paths.length === 0) return [];
  const ids = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  const { status, stdout } = spawnSync('setpriv', [...ids, 'xargs', '-0', 'sh', '-c', UNREADABLE, 'sh'], {
    input: paths.map((path) => `${path}\0`).join(''),
    encoding: 'utf8',
    maxBuffer: Number.POSITIVE_INFINITY,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  return status === 0 ? stdout.split('\0').slice(0, -1) : [...paths];
}
