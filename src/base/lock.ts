/**
 * One run at a time writes an output. A lock is a file `.NAME.lock` beside it, which the kernel locks for this process (flock(2), by
 * util-linux's or busybox's `flock`, on a descriptor that it inherits): however the process ends, its locks end with it. What the file
 * says is for people: who holds it, or who was killed while it did. Without that program the process's number alone decides.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isRunning } from './aside.js';
import { AnomalyError, systemCode } from './errors.js';
import { identityOf, writeError } from './files.js';
import { identityOfFd, objection } from './own-file.js';
import { printable } from './text.js';

const { O_CREAT, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDWR } = constants;
/** of the first descriptor that a child inherits beside its three streams */
const FIRST_FD = 3;
/** Ends with the number of the descriptor that somebody else has locked; 1: there is no flock, or no locks on this file system. */
const LOCK_ALL = 'for fd do flock -n "$fd"; case $? in 0) ;; 1) exit "$fd" ;; *) exit 1 ;; esac; done';
/** bytes: far more than a holder writes */
const LONGEST = 1024;
/** The file of a lock may be removed, by the run that ends, between opening and locking it. */
const ATTEMPTS = 5;

interface Lock {
  /** the output */
  readonly path: string;
  /** where the lock is */
  readonly at: string;
  readonly fd: number;
}

interface Holder {
  readonly pid: number;
  /** the command */
  readonly what: string;
  /** ISO 8601 */
  readonly since: string;
}

export class Locks {
  private constructor(
    private held: readonly Lock[],
    /** what runs left that were killed while they held these, in one line; empty: nothing */
    readonly before: string,
  ) {}

  /**
   * Locks all of `paths` or none.
   * @param what the command, for the messages of others
   * @throws AnomalyError CANNOT_CREATE: another run writes one of them; USAGE: one is named twice
   */
  static take(paths: readonly string[], what: string): Locks {
    for (let attempt = 1; ; attempt++) {
      const locks: Lock[] = [];
      try {
        for (const path of paths) {
          const lock = openLock(path);
          // also by another way to the same folder
          const isTwice = locks.some(({ fd }) => identityOfFd(fd) === identityOfFd(lock.fd));
          locks.push(lock);
          if (isTwice) throw new AnomalyError('USAGE', `${printable(path)} is given twice`);
        }
        lockAll(locks);
        // else the file was removed by the run that held it, and the next may make another
        if (attempt === ATTEMPTS || locks.every(({ at, fd }) => identityOf(at) === identityOfFd(fd)))
          return new Locks(locks, claim(locks, what));
      } catch (error) {
        locks.forEach(letGo);
        throw error;
      }
      for (const { fd } of locks) closeSync(fd);
    }
  }

  /** Idempotent. */
  release(): void {
    for (const { at, fd } of this.held) {
      if (identityOf(at) === identityOfFd(fd)) rmSync(at, { force: true });
      closeSync(fd);
    }
    this.held = [];
  }
}

function openLock(path: string): Lock {
  const at = join(dirname(path), `.${basename(path)}.lock`);
  let fd: number;
  try {
    fd = openSync(at, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  } catch (cause) {
    // where none can be made, the output could not be either, and that is the name that people know
    throw writeError(systemCode(cause) === 'EACCES' ? path : at, cause);
  }
  const wrong = objection(fstatSync(fd));
  if (wrong === undefined) return { path, at, fd };
  closeSync(fd);
  throw new AnomalyError('CANNOT_CREATE', `${printable(at)}, the lock of ${printable(path)}: ${wrong}`);
}

/** Of a lock that is not needed after all: its file goes, but where another run has it, or one was killed that is still to be told of. */
function letGo(lock: Lock): void {
  try {
    lockAll([lock]);
    if (fstatSync(lock.fd).size === 0 && identityOf(lock.at) === identityOfFd(lock.fd))
      rmSync(lock.at, { force: true });
  } catch {
    // it is another's
  }
  closeSync(lock.fd);
}

function lockAll(locks: readonly Lock[]): void {
  if (locks.length === 0) return;
  const fds = locks.map((_, k) => String(FIRST_FD + k));
  const { status } = spawnSync('sh', ['-c', LOCK_ALL, 'sh', ...fds], {
    stdio: ['ignore', 'ignore', 'ignore', ...locks.map(({ fd }) => fd)],
  });
  if (status === 0) return;
  const taken = locks[(status ?? 0) - FIRST_FD];
  if (taken) throw inUse(taken);
  for (const lock of locks) {
    const holder = holderOf(lock);
    if (holder && holder.pid !== process.pid && isRunning(holder.pid)) throw inUse(lock);
  }
}

function inUse(lock: Lock): AnomalyError {
  const [name, holder] = [printable(lock.path), holderOf(lock)];
  const who = holder
    ? `process ${holder.pid} (anomaly ${printable(holder.what)}, since ${printable(holder.since)})`
    : 'another run';
  return new AnomalyError('CANNOT_CREATE', `${name}: ${who} writes it; wait for its end, or name another file`);
}

function holderOf({ fd }: Lock): Holder | undefined {
  const bytes = Buffer.alloc(LONGEST);
  const length = readSync(fd, bytes, 0, LONGEST, 0);
  try {
    const { pid, what, since } = JSON.parse(bytes.toString('utf8', 0, length)) as Record<string, unknown>;
    return Number.isInteger(pid) ? { pid: Number(pid), what: String(what), since: String(since) } : undefined;
  } catch {
    return undefined;
  }
}

/** Writes into the locks who has them now. @returns who had them and was killed */
function claim(locks: readonly Lock[], what: string): string {
  const holder: Holder = { pid: process.pid, what, since: new Date().toISOString() };
  const line = Buffer.from(`${JSON.stringify(holder)}\n`);
  const killed = new Map<number, { before: Holder; names: string[] }>();
  for (const lock of locks) {
    const before = holderOf(lock);
    if (before) {
      const all = killed.get(before.pid) ?? { before, names: [] };
      all.names.push(printable(lock.path));
      killed.set(before.pid, all);
    }
    try {
      ftruncateSync(lock.fd);
      writeSync(lock.fd, line, 0, line.length, 0);
    } catch {
      // a full disk: it is locked all the same, and nobody can read by whom
    }
  }
  return [...killed.values()]
    .map(({ before: { pid, what: command, since }, names }) => {
      const who = `process ${pid} (anomaly ${printable(command)}, since ${printable(since)})`;
      return `${names.join(', ')}: ${who} ended without its end; its lock is void`;
    })
    .join('; ');
}
