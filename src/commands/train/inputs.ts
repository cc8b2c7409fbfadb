/** Which files training reads. */
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { makeTemporaryFolder } from '../../base/aside.js';
import { DATA_FOLDER } from '../../base/defaults.js';
import { AnomalyError, systemCode } from '../../base/errors.js';
import { readError, writeError } from '../../base/files.js';
import { namesBelow, statOf } from '../../base/opened-first.js';
import { openInput } from '../../source/input.js';
import { runOf } from '../../table/rotation.js';

const TABLE = /^packets-.*\.csv$/;

/** The packet tables of the newest run of sniff in data/, in the order of their names. */
export async function newestRun(folder = DATA_FOLDER): Promise<string[]> {
  const names = await namesBelow(folder).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw readError(folder, error);
  });
  const tables = names.filter((name) => TABLE.test(name)).map((name) => join(folder, name));
  const runs = new Map<string, { files: string[]; modifiedMs: number }>();
  for (const path of tables.sort()) {
    const { mtimeMs = 0 } = (await statOf(path)) ?? {};
    const run = runs.get(runOf(path)) ?? { files: [], modifiedMs: 0 };
    run.files.push(path);
    run.modifiedMs = Math.max(run.modifiedMs, mtimeMs);
    runs.set(runOf(path), run);
  }
  const newest = [...runs.values()].sort((a, b) => b.modifiedMs - a.modifiedMs)[0];
  if (!newest) {
    throw new AnomalyError(
      'NO_INPUT',
      `no packet table in ${folder}/: capture one with 'anomaly sniff', or name a file`,
    );
  }
  return newest.files;
}

export interface Inputs {
  readonly paths: readonly string[];
  /** what messages and the model card call them */
  readonly names: readonly string[];
  /** Removes temporary copies. */
  close(): Promise<void>;
}

/**
 * Training reads its input several times, so what comes through a pipe is first copied to a private temporary file.
 * @throws the signal's reason
 */
export async function rereadable(paths: readonly string[], signal: AbortSignal): Promise<Inputs> {
  const piped = await Promise.all(paths.map(isPipe));
  if (!piped.includes(true)) return { paths, names: paths, close: async () => undefined };
  const folder = await makeTemporaryFolder();
  const close = () => rm(folder, { recursive: true, force: true });
  const copies: string[] = [];
  try {
    for (const [i, path] of paths.entries())
      copies.push(piped[i] ? await copied(path, join(folder, `input-${i}`), signal) : path);
  } catch (error) {
    await close();
    throw signal.aborted ? signal.reason : error;
  }
  return { paths: copies, names: paths, close };
}

/** Standard input, or a named pipe such as the shell's `<(…)`. What is not there is told when it is opened. */
async function isPipe(path: string): Promise<boolean> {
  if (path === '-') return true;
  const facts = await statOf(path);
  return facts !== undefined && !facts.isFile() && !facts.isDirectory();
}

async function copied(path: string, copy: string, signal: AbortSignal): Promise<string> {
  const input = await openInput(path, signal);
  try {
    await pipeline(Readable.from(input.chunks), createWriteStream(copy, { mode: 0o600, flags: 'wx' }), {
      signal,
    });
    return copy;
  } catch (error) {
    throw error instanceof AnomalyError ? error : writeError(copy, error);
  } finally {
    await input.close();
  }
}
