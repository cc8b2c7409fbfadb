/** A signal to a program, and what it costs until the answer. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { until } from './live.js';
import { bin } from './program.js';

/** ticks a second of /proc (proc(5), sysconf(_SC_CLK_TCK)): 100 on every Linux */
const TICKS = 100;
/** Node itself catches SIGINT from its first moment: what counts is when the program does. */
const SAYS_WHEN_IT_LISTENS = `data:text/javascript,import { writeSync } from 'node:fs';
process.on('newListener', (name) => name === 'SIGINT' && writeSync(3, 'listens'));`;

export interface Answer {
  readonly code: number | null;
  readonly stderr: string;
  /** s of processor time from the signal to the answer: another program's load is not in it, as it would be in the clock's */
  readonly seconds: number;
}

/** s of processor time that its main thread has taken, which is the one that answers; undefined: it is over */
function processorTime(pid: number): number | undefined {
  try {
    const cells = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    if (cells[0] === 'Z') return undefined;
    return (Number(cells[11]) + Number(cells[12])) / TICKS;
  } catch {
    return undefined;
  }
}

/**
 * Runs the program and sends it Ctrl+C so many ms after it began to listen. The answer is its end, or a line that `answered`
 * tells; its end is waited for either way. Standard input stays open and sends nothing.
 */
export async function interrupted(
  args: readonly string[],
  afterMs: number,
  answered: (stderr: string) => boolean = () => false,
): Promise<Answer> {
  const child: ChildProcess = spawn(process.execPath, ['--import', SAYS_WHEN_IT_LISTENS, bin, ...args], {
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const pid = child.pid as number;
  let stderr = '';
  child.stderr?.on('data', (text) => {
    stderr += text;
  });
  const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
  let listens = false;
  (child.stdio[3] as Readable).on('data', () => {
    listens = true;
  });
  await until(() => listens, 'its listening to signals');
  await sleep(afterMs);
  const before = processorTime(pid);
  child.kill('SIGINT');
  let last = before;
  for (;;) {
    const now = processorTime(pid);
    if (now === undefined) break;
    last = now;
    if (answered(stderr)) break;
    await sleep(5);
  }
  return { code: await ended, stderr, seconds: before === undefined ? 0 : (last ?? before) - before };
}
