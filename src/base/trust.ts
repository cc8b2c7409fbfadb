/**
 * Whose files decide what a run raises and runs: models, allow-lists, checkpoints, programs of --exec. Whoever may write one, or
 * put another in its place, decides with them.
 */
import { lstatSync, realpathSync, type Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { AnomalyError } from './errors.js';
import { isRoot } from './privileges.js';
import { shellWord } from './shell.js';
import { printable } from './text.js';

const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;
/** of a folder: only who owns a file in it, or the folder, may rename or remove that file */
const STICKY = 0o1000;

/** Who runs: files of his own are trusted, and so is what his own group may write. */
export interface Self {
  readonly uid: number;
  readonly gid: number;
  /** whose files are trusted as well: root's, and those of the owner of `/`, who is root by another number in some containers */
  readonly trusted: readonly number[];
}

/** Why a file or folder is at the mercy of others, and the command that helps; undefined: it is not. */
export function exposure(path: string, facts: Stats, self: Self): string | undefined {
  const name = printable(path);
  const word = shellWord(name);
  if (facts.uid !== self.uid && !self.trusted.includes(facts.uid)) {
    const [own, how] = self.uid === 0 ? ['root', ''] : [`uid ${self.uid} or root`, 'as root: '];
    return `${name} belongs to uid ${facts.uid}, not to ${own}; ${how}chown ${facts.isDirectory() ? '-R ' : ''}${self.uid} ${word}`;
  }
  // a link's mode means nothing
  if (facts.isSymbolicLink() || (facts.isDirectory() && (facts.mode & STICKY) !== 0)) return undefined;
  const byGroup = (facts.mode & GROUP_WRITES) !== 0 && facts.gid !== self.gid && !self.trusted.includes(facts.gid);
  if ((facts.mode & OTHERS_WRITE) === 0 && !byGroup) return undefined;
  const who = (facts.mode & OTHERS_WRITE) !== 0 ? 'everybody' : `group ${facts.gid}`;
  return `${name} can be written by ${who}; chmod go-w ${word}`;
}

/** A path and the folders above it, the outermost first. */
function above(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [...above(parent), path];
}

/** What is exposed of the path as it is written, and of what it leads to. What cannot be looked at is read by nobody else. */
function exposedOn(path: string, self: Self): string | undefined {
  const written = resolve(path);
  let real = written;
  try {
    real = realpathSync(written);
  } catch {
    // whoever reads it finds out why
  }
  for (const each of new Set([...above(written), ...above(real)])) {
    let facts: Stats | undefined;
    try {
      facts = lstatSync(each, { throwIfNoEntry: false });
    } catch {
      continue;
    }
    const why = facts && exposure(each, facts, self);
    if (why !== undefined) return why;
  }
  return undefined;
}

/**
 * Looks whether others could have made, or could change, what decides over a run. Root refuses such files, for others would gain
 * by it; anybody else is told.
 * @param what they are: "the model", in messages
 * @returns a warning, in one line; undefined: all is well, or the platform has no owners
 * @throws AnomalyError NO_PERMISSION for root
 */
export function looksTrusted(what: string, paths: readonly string[]): string | undefined {
  const [uid, gid] = [process.geteuid?.(), process.getegid?.()];
  if (uid === undefined || gid === undefined) return undefined;
  const trusted = [0, lstatSync('/').uid];
  for (const path of paths) {
    const why = exposedOn(path, { uid, gid, trusted });
    if (why === undefined) continue;
    const line = `${what} is at the mercy of others: ${why}`;
    if (isRoot()) throw new AnomalyError('NO_PERMISSION', `${line}, or run as its owner with --user NAME`);
    return `warning: ${line}`;
  }
  return undefined;
}
