/** Folders of rotated logs as the conn.logs in them. */

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AnomalyError } from '../base/errors.js';
import { readError } from '../base/files.js';
import { printable } from '../base/text.js';

/** conn.log, conn.130000-140000.log.gz, conn_red.log, x.conn.json.log, conn.log.labeled; not conn-summary.log, known_conns.log */
const CONN_LOG = /(?:^|\.)conn(?:[._][^/]*)?\.log(?:\.[^/]*)?$/;

/** Has rows of connections that conn.log has as well, one now and then while they live. */
const LONG_LOG = /(?:^|\.)conn[._]long(?![a-z])/;

/** Files, and one line for each thing that was left out. */
export interface Found {
  readonly files: string[];
  readonly warnings: string[];
}

/**
 * Replaces each folder in `paths` by the conn.logs in it and below it; conn_long.log only where there is no other.
 * @throws NO_INPUT for a folder without any
 */
export async function expandFolders(paths: readonly string[]): Promise<Found> {
  const files: string[] = [];
  const warnings: string[] = [];
  for (const path of paths) {
    if (path === '-' || !(await isFolder(path))) {
      files.push(path);
      continue;
    }
    let names: string[];
    try {
      names = await readdir(path, { recursive: true });
    } catch (cause) {
      throw readError(path, cause);
    }
    const logs = names.filter((name) => CONN_LOG.test(fileName(name))).sort();
    const long = logs.filter((name) => LONG_LOG.test(fileName(name)));
    const found = long.length < logs.length ? logs.filter((name) => !long.includes(name)) : logs;
    if (found.length < logs.length) warnings.push(leftOut(path, long));
    if (found.length === 0) throw new AnomalyError('NO_INPUT', `${printable(path)}: no conn.log in this folder`);
    files.push(...found.map((name) => join(path, name)));
  }
  return { files, warnings };
}

function fileName(path: string): string {
  return path.replace(/^.*[\\/]/, '');
}

function leftOut(folder: string, [first, ...others]: readonly string[]): string {
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  return `${printable(join(folder, first))}${more}: left out, for conn.log has these connections too; name such a log to read it`;
}

/** Whether `path` is a folder; one that does not exist is none. */
export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
