/** Files that one run goes on writing after another: only ordinary ones that are ours, and that nobody else can write to. */
import { closeSync, constants, fstatSync, openSync, type Stats } from 'node:fs';
import { isOurs } from './aside.js';
import { AnomalyError, systemCode } from './errors.js';
import { identityIn, kindOf, writeError } from './files.js';
import { checkTarget } from './new-file.js';
import { printable } from './text.js';

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY, O_RDWR } = constants;
const PRIVATE = 0o600;
const OTHERS_WRITE = 0o022;

export interface OwnFile {
  /** opened to read, and to append */
  readonly fd: number;
  /** it was not there before */
  readonly created: boolean;
}

/** Whose it is and what: a line that ends on what to do, or nothing. */
export function objection(stats: Stats): string | undefined {
  const { uid, mode, nlink } = stats;
  if (!stats.isFile()) return `is ${kindOf(stats)}, no ordinary file; name another`;
  if (!isOurs(stats))
    return `belongs to another user (uid ${uid}), not to uid ${process.geteuid?.()}; name another file`;
  if (nlink > 1) return `has ${nlink} names (hard links), and may be somebody else's under another; name another file`;
  if ((mode & OTHERS_WRITE) !== 0)
    return 'can be written by others, who could forge it; chmod go-w it, or name another';
  return undefined;
}

/**
 * Opens the file at `path` to go on writing it, or makes one (0600).
 * @throws AnomalyError CANNOT_CREATE: not ours, a symbolic link, no folder, …
 */
export function openOwn(path: string): OwnFile {
  checkTarget(path);
  try {
    return { fd: openSync(path, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, PRIVATE), created: true };
  } catch (cause) {
    if (systemCode(cause) !== 'EEXIST') throw writeError(path, cause);
  }
  let fd: number;
  try {
    // what took the name in between may be a pipe, which would let wait for ever
    fd = openSync(path, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK);
  } catch (cause) {
    throw writeError(path, cause);
  }
  const wrong = objection(fstatSync(fd));
  if (wrong === undefined) return { fd, created: false };
  closeSync(fd);
  throw new AnomalyError('CANNOT_CREATE', `${printable(path)}: ${wrong}`);
}

/** Which file is open. */
export function identityOfFd(fd: number): string {
  return identityIn(fstatSync(fd));
}

/** Opens a file to read it; undefined where there is none, or where it is not ours alone. */
export function openOurs(path: string): number | undefined {
  let fd: number;
  try {
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch {
    return undefined;
  }
  if (objection(fstatSync(fd)) === undefined) return fd;
  closeSync(fd);
  return undefined;
}
