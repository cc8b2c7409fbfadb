/**
 * The packet table against tshark, cell by cell, over every packet of every readable capture beside the project (and the fixtures):
 * prints the share of equal cells and each class of difference with its reason. The comparison is test/oracle.
 */

import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { resolve } from 'node:path';

console.log(`${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}`);
const { status } = spawnSync('npx', ['vitest', 'run', 'test/oracle', '--reporter=verbose'], {
  cwd: resolve(import.meta.dirname, '..'),
  env: { ...process.env, SLOW: '1' },
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
