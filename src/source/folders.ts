/** Folders of captures or of packet tables as the files in them. */

import { basename, join } from 'node:path';
import { isAside } from '../base/aside.js';
import { AnomalyError, EmptyInputError } from '../base/errors.js';
import { readError } from '../base/files.js';
import { mayRead, namesBelow, statOf } from '../base/opened-first.js';
import { printable } from '../base/text.js';
import { type FlowFormat, isFlowFormat } from './flow-tables/formats.js';
import { hasConnections } from './formats.js';
import { type InputFormat, openInput } from './input.js';

/** What the name says of a capture, also of a numbered or packed one. */
const CAPTURE_NAME = /\.(?:pcap|pcapng|cap|dmp)\d*(?:\.(?:gz|zst|xz|lz4|bz2))?$/i;
/** What editors and people put behind a name for the file as it was. */
const BACKUP = /(?:~|\.(?:bak|orig|save|swp|swo))$/i;
/** What editors put around a name while they have the file open. */
const IN_WORK = /^(?:\.#.*|#.*#|\..*\.sw.)$/;
const LEFT_OUT_NAMED = 3;

/** Files, and one line for each thing that was left out. */
export interface Found {
  readonly files: string[];
  readonly warnings: string[];
}

/** Whether `path` is a folder; one that does not exist is none. */
export async function isFolder(path: string): Promise<boolean> {
  return (await statOf(path))?.isDirectory() ?? false;
}

/**
 * What is in a folder and below it, by name.
 * @param closed gets the folders below it that may not be read
 * @throws AnomalyError NO_INPUT, NO_PERMISSION
 */
export async function namesIn(folder: string, closed: string[] = []): Promise<string[]> {
  try {
    return (await namesBelow(folder, closed)).filter((name) => !isAside(name)).sort();
  } catch (cause) {
    throw readError(folder, cause);
  }
}

/** The first name in a folder that is one of a capture. */
export async function captureIn(folder: string): Promise<string | undefined> {
  return (await namesIn(folder)).find((name) => CAPTURE_NAME.test(name));
}

/** `paths` with each folder replaced by what is found in it. */
export async function replaceFolders(
  paths: readonly string[],
  find: (folder: string) => Promise<Found>,
): Promise<Found> {
  const files: string[] = [];
  const warnings: string[] = [];
  for (const path of paths) {
    const found = path !== '-' && (await isFolder(path)) ? await find(path) : { files: [path], warnings: [] };
    files.push(...found.files);
    warnings.push(...found.warnings);
  }
  return { files, warnings };
}

/** Why a file of a folder is left out, as its warning says it. */
const REASONS = {
  other: 'no packets inside',
  backup: "an editor's file, or a copy beside the file itself",
  closed: 'no permission to read',
  special: 'no regular file',
} as const;
type Reason = keyof typeof REASONS;

/** What was left out of a folder, by the reason. */
export class LeftOut {
  private readonly names = new Map<Reason, string[]>();

  constructor(private readonly folder: string) {}

  add(reason: Reason, names: readonly string[]): void {
    if (names.length > 0) this.names.set(reason, [...(this.names.get(reason) ?? []), ...names]);
  }

  get warnings(): string[] {
    return [...this.names].map(([reason, names]) => {
      const shown = names.slice(0, LEFT_OUT_NAMED).map(printable).join(', ');
      const more = names.length > LEFT_OUT_NAMED ? ` and ${names.length - LEFT_OUT_NAMED} more` : '';
      return `${printable(this.folder)}: ${shown}${more} left out: ${REASONS[reason]}`;
    });
  }
}

/** Whether `name` is a copy of another of `names`, or an editor's own file. */
export function isBackup(name: string, names: ReadonlySet<string>): boolean {
  return IN_WORK.test(basename(name)) || (BACKUP.test(name) && names.has(name.replace(BACKUP, '')));
}

/**
 * Replaces each folder in `paths` by the captures and packet tables in it and below it, as their content tells; what else
 * is there is left out and named.
 * @throws AnomalyError NO_INPUT for a folder without any, NO_PERMISSION
 */
export async function expandFolders(paths: readonly string[], signal?: AbortSignal): Promise<Found> {
  return replaceFolders(paths, async (path) => {
    const files: string[] = [];
    const left = new LeftOut(path);
    const closed: string[] = [];
    const names = await namesIn(path, closed);
    left.add('closed', closed);
    const all = new Set(names);
    for (const name of names) {
      signal?.throwIfAborted();
      const kind = isBackup(name, all) ? 'backup' : await kindOf(join(path, name));
      // an empty file may become a capture yet, and is left out by who reads it
      if (kind === 'packets' || kind === 'empty') files.push(join(path, name));
      else if (kind) left.add(isReason(kind) ? kind : 'other', [name]);
    }
    if (files.length === 0) {
      const { warnings } = left;
      const more = warnings.length > 0 ? ` (${warnings.join('; ')})` : '';
      throw new AnomalyError('NO_INPUT', `${printable(path)}: no capture or packet table in this folder${more}`);
    }
    return { files, warnings: left.warnings };
  });
}

/** The flow tables in a folder and below it; none where it has captures or packet tables. */
export async function flowTablesIn(folder: string): Promise<{ path: string; format: FlowFormat }[]> {
  const found: { path: string; format: FlowFormat }[] = [];
  const names = await namesIn(folder);
  const all = new Set(names);
  for (const name of names) {
    const path = join(folder, name);
    const kind = isBackup(name, all) ? 'backup' : await kindOf(path);
    if (kind === 'packets') return [];
    if (kind !== undefined && kind !== 'empty' && !isReason(kind)) found.push({ path, format: kind });
  }
  return found;
}

function isReason(kind: string): kind is Reason {
  return Object.hasOwn(REASONS, kind);
}

/** Why a file cannot be read, by its kind and rights; undefined: it can, or it is a folder. */
export async function unreadable(path: string): Promise<Reason | 'folder' | undefined> {
  const facts = await statOf(path);
  if (facts?.isDirectory()) return 'folder';
  // a pipe or device would be waited for; what is not there has a name that is no text, or was removed meanwhile
  if (!facts?.isFile()) return 'special';
  return (await mayRead(path)) ? undefined : 'closed';
}

/** Undefined: a folder. */
async function kindOf(path: string): Promise<'packets' | 'empty' | FlowFormat | Reason | undefined> {
  const reason = await unreadable(path);
  if (reason) return reason === 'folder' ? undefined : reason;
  let format: InputFormat;
  try {
    const input = await openInput(path);
    format = input.format;
    await input.close();
  } catch (error) {
    if (error instanceof EmptyInputError) return 'empty';
    if (error instanceof AnomalyError && error.code === 'BAD_DATA') return 'other';
    throw error;
  }
  if (isFlowFormat(format)) return format;
  return hasConnections(format) ? 'other' : 'packets';
}
