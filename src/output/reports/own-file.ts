/** Files that one run goes on writing after another: only ordinary ones that are ours, and that nobody else can write to. */
import { closeSync, constants, fstatSync, openSync, type Stats } from 'node:fs';
import { AnomalyError, systemCode } from '../../base/errors.js';
import { identityIn, writeError } from '../../base/files.js';
import { printable } from '../../base/text.js';
import { checkTarget } from '../part-file.js';

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_RDWR } = constants;
const PRIVATE = 0o600;
const OTHERS_WRITE = 0o022;

export interface OwnFile {
  /** opened to read, and to append */
  readonly fd: number;
  /** it was not there before */
  readonly created: boolean;
}

/** Whose it is and what: a line that ends on what to do, or nothing. */
function objection({ uid, mode }: Stats, isFile: boolean): string | undefined {
  const own = process.geteuid?.();
  if (!isFile) return 'is no ordinary file; name another';
  if (own !== undefined && uid !== own)
    return `belongs to another user (uid ${uid}), not to uid ${own}; name another file`;
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
    fd = openSync(path, O_RDWR | O_APPEND | O_NOFOLLOW);
  } catch (cause) {
    throw writeError(path, cause);
  }
  const stats = fstatSync(fd);
  const wrong = objection(stats, stats.isFile());
  if (wrong === undefined) return { fd, created: false };
  closeSync(fd);
  throw new AnomalyError('CANNOT_CREATE', `${printable(path)}: ${wrong}`);
}

/** Which file is open. */
export function identityOfFd(fd: number): string {
  return identityIn(fstatSync(fd));
}
