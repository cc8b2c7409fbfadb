/** Zeek's conn.logs as connection records, whatever they are given as. */

import { type OpenInput, openInput } from '../source/input.js';
import { type ConnSource, openLogs } from './logs.js';
import { expandFolders } from './paths.js';
import { openInThread, worthAThread } from './threaded.js';

/**
 * Opens Zeek conn.logs: tab-separated or JSON lines, gzipped or not, folders of rotated ones, `-` for standard input.
 * Several are one stream, by time where they are of the same hours; large ones are read in a thread of their own.
 * @param open another way to open a path that is no large file, for an input that is open already
 * @throws AnomalyError NO_INPUT, NO_PERMISSION; BAD_DATA for what is no conn.log
 */
export async function openConnLogs(
  paths: readonly string[],
  open: OpenInput = openInput,
  signal?: AbortSignal,
): Promise<ConnSource> {
  const { files, warnings } = await expandFolders(paths);
  const threaded = (await worthAThread(files, signal)) ? await openInThread(files, signal) : undefined;
  const source = threaded ?? (await openLogs(files, open, undefined, signal));
  source.facts.warnings.unshift(...warnings);
  if (paths.length === files.length) return source;
  return { ...source, facts: Object.assign(source.facts, { name: `${files.length} logs of ${paths.join(', ')}` }) };
}
