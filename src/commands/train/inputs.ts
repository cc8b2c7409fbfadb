/** Which files training reads. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DATA_FOLDER } from '../../base/defaults.js';
import { AnomalyError, systemCode } from '../../base/errors.js';
import { writeError } from '../../base/files.js';
import { openInput } from '../../source/input.js';
import { runOf } from '../../table/rotation.js';

const TABLE = /^packets-.*\.csv$/;

/** The packet tables of the newest run of sniff in data/, in the order of their names. */
export async function newestRun(folder = DATA_FOLDER): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  });
  const tables = names.filter((name) => TABLE.test(name)).map((name) => join(folder, name));
  const runs = new Map<string, { files: string[]; modifiedMs: number }>();
  for (const path of tables.sort()) {
    const { mtimeMs } = await stat(path);
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

/** Training reads its input several times, so standard input is first copied to a private temporary file. */
export async function rereadable(paths: readonly string[]): Promise<Inputs> {
  if (!paths.includes('-')) return { paths, names: paths, close: async () => undefined };
  const folder = await mkdtemp(join(tmpdir(), 'anomaly-'));
  const close = () => rm(folder, { recursive: true, force: true });
  const copy = join(folder, 'stdin');
  try {
    const input = await openInput('-');
    await pipeline(Readable.from(input.chunks), createWriteStream(copy, { mode: 0o600, flags: 'wx' }));
    await input.close();
  } catch (error) {
    await close();
    throw error instanceof AnomalyError ? error : writeError(copy, error);
  }
  return { paths: paths.map((path) => (path === '-' ? copy : path)), names: paths, close };
}
