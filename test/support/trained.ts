/** The model of the bundled benign recording: trained once in a test run, by the first test file that needs it. */
import { existsSync, mkdirSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { anomaly, sample } from './program.js';

/** one folder a run: test files run in children of one process */
const folderOf = (run: number): string => join(tmpdir(), `anomaly-test-model-${run}`);

export interface Trained {
  /** the model bundle */
  readonly modelDir: string;
  /** packet table of the benign recording */
  readonly table: string;
}

function run(...args: string[]): void {
  const { code, stderr } = anomaly(args, { timeoutMs: 300_000 });
  if (code !== 0) throw new Error(`anomaly ${args[0]} ended with ${code}: ${stderr}`);
}

export async function trained(): Promise<Trained> {
  const folder = folderOf(process.ppid);
  const table = join(folder, 'benign.csv');
  const modelDir = join(folder, 'model');
  const done = join(folder, 'done');
  try {
    mkdirSync(folder);
  } catch {
    for (let waited = 0; !existsSync(done) && waited < 300_000; waited += 200) await sleep(200);
    return { modelDir, table };
  }
  run('sniff', '-r', sample('benign.pcap.gz'), '--out', table);
  run('train', table, '--epochs', '8', '--power', 'off', '--model', modelDir);
  // the folder itself, which tests copy: it is a model of that name, too
  const kept = readlinkSync(modelDir);
  rmSync(modelDir);
  renameSync(join(folder, kept), modelDir);
  writeFileSync(done, '');
  return { modelDir, table };
}

/** Vitest's global set-up: nothing before the run; the model goes after it. */
export default function setup(): () => void {
  return () => rmSync(folderOf(process.pid), { recursive: true, force: true });
}
