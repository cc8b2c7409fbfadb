/** Runs the built command line as its user would. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { STAYS_ROOT } from '../../src/base/privileges.js';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const bin = join(root, 'bin/anomaly.js');
export const sample = (name: string): string => join(root, 'data', name);

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What everybody is told, and not only root. */
export const forAll = (stderr: string): string => stderr.replace(`${STAYS_ROOT}\n`, '');

/** Ends after `timeoutMs` at the latest. */
export function anomaly(
  args: readonly string[],
  options: { cwd?: string; input?: Buffer; timeoutMs?: number } = {},
): Finished {
  const { cwd = root, input, timeoutMs = 120_000 } = options;
  const done = spawnSync(process.execPath, [bin, ...args], {
    cwd,
    timeout: timeoutMs,
    maxBuffer: 1 << 28,
    env: { ...process.env, NO_COLOR: '1' },
    ...(input && { input }),
  });
  return { code: done.status, stdout: done.stdout.toString(), stderr: forAll(done.stderr.toString()) };
}

/** A folder that goes with the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'anomaly-test-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export function has(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}
