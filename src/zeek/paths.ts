/** Folders of rotated logs as the conn.logs in them. */

import { join } from 'node:path';
import { AnomalyError } from '../base/errors.js';
import { printable } from '../base/text.js';
import {
  captureIn,
  type Found,
  flowTablesIn,
  isBackup,
  LeftOut,
  namesIn,
  replaceFolders,
  unreadable,
} from '../source/folders.js';

/** conn.log, conn.130000-140000.log.gz, conn_red.log, x.conn.json.log, conn.log.labeled; not conn-summary.log, known_conns.log */
const CONN_LOG = /(?:^|\.)conn(?:[._][^/]*)?\.log(?:\.[^/]*)?~?$/;

/** Has rows of connections that conn.log has as well, one now and then while they live. */
const LONG_LOG = /(?:^|\.)conn[._]long(?![a-z])/;

/**
 * Replaces each folder in `paths` by the conn.logs in it and below it; conn_long.log only where there is no other. A folder without
 * any stands for its flow tables.
 * @throws AnomalyError NO_INPUT for a folder without any; USAGE for one that has captures too
 */
export async function expandFolders(paths: readonly string[]): Promise<Found> {
  return replaceFolders(paths, async (path) => {
    const left = new LeftOut(path);
    const logs = await readableLogs(path, left);
    const capture = logs.length > 0 ? await captureIn(path) : undefined;
    if (capture !== undefined) throw mixed(path, logs[0], capture);
    const long = logs.filter((name) => LONG_LOG.test(fileName(name)));
    const found = long.length < logs.length ? logs.filter((name) => !long.includes(name)) : logs;
    if (found.length === 0) {
      const tables = await flowTablesIn(path);
      if (tables.length > 0) return { files: tables.map((table) => table.path), warnings: left.warnings };
      const more = left.warnings.length > 0 ? ` that can be read (${left.warnings.join('; ')})` : '';
      throw new AnomalyError('NO_INPUT', `${printable(path)}: no conn.log or flow table in this folder${more}`);
    }
    const warnings = [...left.warnings, ...(found.length < logs.length ? [leftOut(path, long)] : [])];
    return { files: found.map((name) => join(path, name)), warnings };
  });
}

/** The conn.logs in a folder that are files of their own and may be read. */
async function readableLogs(path: string, left: LeftOut): Promise<string[]> {
  const closed: string[] = [];
  const names = await namesIn(path, closed);
  left.add('closed', closed);
  const all = new Set(names);
  const logs: string[] = [];
  for (const name of names) {
    if (!CONN_LOG.test(fileName(name))) continue;
    const reason = isBackup(name, all) ? 'backup' : await unreadable(join(path, name));
    if (!reason) logs.push(name);
    else if (reason !== 'folder') left.add(reason, [name]);
  }
  return logs;
}

function fileName(path: string): string {
  return path.replace(/^.*[\\/]/, '');
}

function leftOut(folder: string, [first, ...others]: readonly string[]): string {
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  return `${printable(join(folder, first))}${more}: left out, for conn.log has these connections too; name such a log to read it`;
}

/** Whether a folder has conn.logs in it or below it. */
export async function hasLogs(folder: string): Promise<boolean> {
  return (await logsIn(folder)).length > 0;
}

async function logsIn(folder: string): Promise<string[]> {
  return (await namesIn(folder)).filter((name) => CONN_LOG.test(fileName(name)));
}

function mixed(folder: string, log: string, capture: string): AnomalyError {
  const what = `has conn.logs (${printable(log)}) and captures (${printable(capture)}): name the files of one kind`;
  return new AnomalyError('USAGE', `${printable(folder)}: ${what}`);
}
