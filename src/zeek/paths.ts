/** Folders of rotated logs as the conn.logs in them. */

import { join } from 'node:path';
import { AnomalyError } from '../base/errors.js';
import { printable } from '../base/text.js';
import { captureIn, type Found, flowTablesIn, namesIn, replaceFolders } from '../source/folders.js';

/** conn.log, conn.130000-140000.log.gz, conn_red.log, x.conn.json.log, conn.log.labeled; not conn-summary.log, known_conns.log */
const CONN_LOG = /(?:^|\.)conn(?:[._][^/]*)?\.log(?:\.[^/]*)?$/;

/** Has rows of connections that conn.log has as well, one now and then while they live. */
const LONG_LOG = /(?:^|\.)conn[._]long(?![a-z])/;

/**
 * Replaces each folder in `paths` by the conn.logs in it and below it; conn_long.log only where there is no other. A folder without
 * any stands for its flow tables.
 * @throws AnomalyError NO_INPUT for a folder without any; USAGE for one that has captures too
 */
export async function expandFolders(paths: readonly string[]): Promise<Found> {
  return replaceFolders(paths, async (path) => {
    const logs = await logsIn(path);
    const capture = logs.length > 0 ? await captureIn(path) : undefined;
    if (capture !== undefined) throw mixed(path, logs[0], capture);
    const long = logs.filter((name) => LONG_LOG.test(fileName(name)));
    const found = long.length < logs.length ? logs.filter((name) => !long.includes(name)) : logs;
    if (found.length === 0) {
      const tables = await flowTablesIn(path);
      if (tables.length > 0) return { files: tables.map((table) => table.path), warnings: [] };
      throw new AnomalyError('NO_INPUT', `${printable(path)}: no conn.log or flow table in this folder`);
    }
    const warnings = found.length < logs.length ? [leftOut(path, long)] : [];
    return { files: found.map((name) => join(path, name)), warnings };
  });
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
