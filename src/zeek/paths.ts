/** Folders of rotated logs as the conn.logs in them. */

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AnomalyError } from '../base/errors.js';
import { readError } from '../base/files.js';
import { printable } from '../base/text.js';

/** conn.log, conn.130000-140000.log.gz, conn_red.log, x.conn.json.log, conn.log.labeled; not conn-summary.log, known_conns.log */
const CONN_LOG = /(?:^|\.)conn(?:[._][^/]*)?\.log(?:\.[^/]*)?$/;

/** Replaces each folder in `paths` by the conn.logs in it and below it. @throws NO_INPUT for a folder without any */
export async function expandFolders(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
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
    const found = names.filter((name) => CONN_LOG.test(name.replace(/^.*[\\/]/, ''))).sort();
    if (found.length === 0) throw new AnomalyError('NO_INPUT', `${printable(path)}: no conn.log in this folder`);
    files.push(...found.map((name) => join(path, name)));
  }
  return files;
}

/** Whether `path` is a folder; one that does not exist is none. */
export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
