/** Folders of captures or of packet tables as the files in them. */

import { join } from 'node:path';
import { isAside } from '../base/aside.js';
import { AnomalyError, EmptyInputError } from '../base/errors.js';
import { readError } from '../base/files.js';
import { namesBelow, statOf } from '../base/opened-first.js';
import { printable } from '../base/text.js';
import { type FlowFormat, isFlowFormat } from './flow-tables/formats.js';
import { hasConnections } from './formats.js';
import { type InputFormat, openInput } from './input.js';

/** What the name says of a capture, also of a numbered or packed one. */
const CAPTURE_NAME = /\.(?:pcap|pcapng|cap|dmp)\d*(?:\.gz)?$/i;
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

/** What is in a folder and below it, by name. @throws AnomalyError NO_INPUT, NO_PERMISSION */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await namesBelow(folder)).filter((name) => !isAside(name)).sort();
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

/**
 * Replaces each folder in `paths` by the captures and packet tables in it and below it, as their content tells; what else
 * is there is left out and named.
 * @throws AnomalyError NO_INPUT for a folder without any, NO_PERMISSION
 */
export async function expandFolders(paths: readonly string[], signal?: AbortSignal): Promise<Found> {
  return replaceFolders(paths, async (path) => {
    const files: string[] = [];
    const others: string[] = [];
    for (const name of await namesIn(path)) {
      signal?.throwIfAborted();
      const kind = await kindOf(join(path, name));
      // an empty file may become a capture yet, and is left out by who reads it
      if (kind === 'packets' || kind === 'empty') files.push(join(path, name));
      else if (kind !== undefined) others.push(name);
    }
    if (files.length === 0) {
      throw new AnomalyError('NO_INPUT', `${printable(path)}: no capture or packet table in this folder`);
    }
    return { files, warnings: others.length > 0 ? [leftOut(path, others)] : [] };
  });
}

/** The flow tables in a folder and below it; none where it has captures or packet tables. */
export async function flowTablesIn(folder: string): Promise<{ path: string; format: FlowFormat }[]> {
  const found: { path: string; format: FlowFormat }[] = [];
  for (const name of await namesIn(folder)) {
    const path = join(folder, name);
    const kind = await kindOf(path);
    if (kind === 'packets') return [];
    if (kind !== undefined && kind !== 'other' && kind !== 'empty') found.push({ path, format: kind });
  }
  return found;
}

/** Undefined: a folder. */
async function kindOf(path: string): Promise<'packets' | 'empty' | FlowFormat | 'other' | undefined> {
  const facts = await statOf(path);
  if (facts?.isDirectory()) return undefined;
  // a pipe or device would be waited for; what is not there has a name that is no text, or was removed meanwhile
  if (!facts?.isFile()) return 'other';
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

function leftOut(folder: string, names: readonly string[]): string {
  const shown = names.slice(0, LEFT_OUT_NAMED).map(printable).join(', ');
  const more = names.length > LEFT_OUT_NAMED ? ` and ${names.length - LEFT_OUT_NAMED} more` : '';
  return `${printable(folder)}: ${shown}${more} left out: no packets in ${names.length === 1 ? 'it' : 'them'}`;
}
