/**
 * Files that only root can read, opened while this process was still root; afterwards it is somebody else, and reads them by
 * their descriptors. What the user may open is not held here. Threads see the same table as the program.
 */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  read,
  readFileSync,
  readlinkSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import { access, open, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { AnomalyError, systemCode } from './errors.js';
import { identityIn, kindOf, readError } from './files.js';
import { printable } from './text.js';

/** What of a `FileHandle` is needed to read. */
export interface ReadHandle {
  readonly fd: number;
  /** @param position null: where the last such call ended */
  read(buffer: Uint8Array, offset: number, length: number, position: number | null): Promise<{ bytesRead: number }>;
  readFile(): Promise<Buffer>;
  stat(): Promise<Stats>;
  close(): Promise<void>;
}

interface Held {
  readonly fd: number;
  /** of a folder: what is in it and below */
  readonly names?: readonly string[] | undefined;
}

/** by absolute path */
type Table = Map<string, Held>;

const KEY = 'anomaly: opened first';
/** tells a program that is started as another user how many descriptors it inherits after the list of their paths */
const VARIABLE = 'ANOMALY_OPENED_FIRST';
const LIST_FD = 3;

const readAt = promisify(read);
const table = (): Table => (getEnvironmentData(KEY) ?? new Map()) as Table;

function hold(path: string, held: Held): void {
  // set anew each time: a thread gets what was set when it is started
  setEnvironmentData(KEY, table().set(resolve(path), held) as never);
}

/** A pipe by a name of its own would wait for a writer; the shell's `<(…)` has one, and is read to its end if that has gone. */
function flagsFor(path: string): number | undefined {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts?.isFile() || facts?.isDirectory()) return constants.O_RDONLY;
  return facts?.isFIFO() && /^\/(dev|proc)\//.test(resolve(path))
    ? constants.O_RDONLY | constants.O_NONBLOCK
    : undefined;
}

/** Holds a file open for later, as whoever this process is now; what is not there is told when it is to be read. */
export function openFirst(path: string): void {
  opened(path, (flags) => hold(path, { fd: openSync(path, flags) }));
}

/** The same of a folder, which is listed as `names`. */
export function openFolderFirst(path: string, names: readonly string[]): void {
  opened(path, (flags) => hold(path, { fd: openSync(path, flags), names }));
}

/**
 * The same of a file below a folder that others may change: they could put a link in its place, or in that of a folder on the
 * way, to a file that is none of their business. What is held is what lies in `folder`, or nothing.
 */
export function openFirstBelow(folder: string, path: string): void {
  opened(path, (flags) => {
    const fd = openSync(path, flags | constants.O_NOFOLLOW);
    if (isBelow(folder, fd)) hold(path, { fd });
    else closeSync(fd);
  });
}

/** Whether an open file lies below a folder; not where the system does not tell. */
function isBelow(folder: string, fd: number): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).startsWith(join(realpathSync(folder), '/'));
  } catch {
    return false;
  }
}

/** @throws AnomalyError NO_PERMISSION where no more files may be open */
function opened(path: string, open: (flags: number) => void): void {
  try {
    const flags = flagsFor(path);
    if (flags !== undefined) open(flags);
  } catch (cause) {
    if (systemCode(cause) !== 'EMFILE') return;
    const most = `no more files than the ${table().size} before it may be open at once (ulimit -n)`;
    throw new AnomalyError(
      'NO_PERMISSION',
      `${printable(path)}: only root may read it, and ${most}; let the user read them, or stay root with --user root`,
      { cause },
    );
  }
}

/** Opens to read: as this user, else what was opened first, while it is still the file of that name. @throws the system's error */
export async function openToRead(path: string, flags: string | number = 'r'): Promise<ReadHandle> {
  try {
    return await open(path, flags);
  } catch (cause) {
    const held = table().get(resolve(path));
    if (systemCode(cause) !== 'EACCES' || !held || held.names) throw cause;
    const named = await stat(path).catch(() => undefined);
    if (named && identityIn(named) !== identityIn(fstatSync(held.fd))) throw cause;
    return new HeldFile(held.fd);
  }
}

/** All of a file, opened so. */
export async function readWhole(path: string): Promise<Buffer> {
  const handle = await openToRead(path);
  try {
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** What the system says of a file or folder; undefined: nothing. */
export async function statOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch(() => {
    const held = table().get(resolve(path));
    return held && fstatSync(held.fd);
  });
}

/**
 * Looks at what is to be read: of a device there may be no end, and a named pipe waits for who writes to it.
 * @param pipes whether such a one will do
 * @throws AnomalyError NO_INPUT, NO_PERMISSION
 */
export async function checkInput(path: string, pipes: boolean): Promise<Stats> {
  let stats: Stats;
  try {
    stats = (await statOf(path)) ?? (await stat(path));
  } catch (cause) {
    throw readError(path, cause);
  }
  if (stats.isFile() || (pipes && stats.isFIFO())) return stats;
  const what = `is ${kindOf(stats)}, not a file${pipes ? ' or a pipe' : ''}`;
  throw new AnomalyError('NO_INPUT', `${printable(path)}: ${what}`);
}

/**
 * What is in a folder and below it: as it was listed first where a part of it is closed to this user.
 * @param closed gets the folders below it that may not be read
 * @throws the system's error
 */
export async function namesBelow(folder: string, closed: string[] = []): Promise<string[]> {
  const held = table().get(resolve(folder))?.names;
  if (held) return [...held];
  const names: string[] = [];
  const waiting = [''];
  for (let below = waiting.pop(); below !== undefined; below = waiting.pop()) {
    try {
      for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
        const name = join(below, entry.name);
        names.push(name);
        if (entry.isDirectory()) waiting.push(name);
      }
    } catch (cause) {
      if (below === '') throw cause;
      closed.push(below);
    }
  }
  return names;
}

/** Whether a file can be opened to read, now or because it was opened first. */
export async function mayRead(path: string): Promise<boolean> {
  if (table().has(resolve(path))) return true;
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}

/** The descriptor stays open, for whoever reads it again; each reader has a place of its own in it. */
class HeldFile implements ReadHandle {
  private at = 0;

  constructor(readonly fd: number) {}

  async read(buffer: Uint8Array, offset: number, length: number, position: number | null) {
    const { bytesRead } = await readAt(this.fd, buffer, offset, length, position ?? this.at);
    if (position === null) this.at += bytesRead;
    return { bytesRead };
  }

  async readFile(): Promise<Buffer> {
    const bytes = Buffer.alloc((await this.stat()).size);
    let length = 0;
    for (let n = -1; n !== 0 && length < bytes.length; length += n)
      n = (await this.read(bytes, length, bytes.length - length, length)).bytesRead;
    return bytes.subarray(0, length);
  }

  async stat(): Promise<Stats> {
    return fstatSync(this.fd);
  }

  async close(): Promise<void> {}
}

/** What a program that goes on as another user inherits. */
export interface Inheritance {
  readonly env: Readonly<Record<string, string>>;
  /** for descriptor 3; empty: nothing is inherited */
  readonly list: string;
  /** for descriptors 4, 5, … */
  readonly fds: readonly number[];
}

export function inheritance(): Inheritance {
  const held = [...table()];
  if (held.length === 0) return { env: {}, list: '', fds: [] };
  return {
    env: { [VARIABLE]: String(held.length) },
    list: JSON.stringify(held.map(([path, { names }]) => ({ path, names }))),
    fds: held.map(([, { fd }]) => fd),
  };
}

/** Takes over what the program that was root has opened. */
export function inherit(env: NodeJS.ProcessEnv = process.env): void {
  if (env[VARIABLE] === undefined) return;
  delete env[VARIABLE];
  const list = JSON.parse(readFileSync(LIST_FD, 'utf8')) as { path: string; names?: string[] }[];
  closeSync(LIST_FD);
  for (const [i, { path, names }] of list.entries()) hold(path, { fd: LIST_FD + 1 + i, names });
}
