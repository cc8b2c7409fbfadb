/** The built command line while it runs. */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { bin } from './program.js';

const LOOK_MS = 50;
const MOST_MS = 60_000;

export class Running {
  stdout = '';
  stderr = '';
  /** undefined: it runs */
  code: number | null | undefined;
  private readonly child;
  private readonly ended: Promise<void>;

  constructor(args: readonly string[], cwd?: string) {
    this.child = spawn(process.execPath, [bin, ...args], { cwd, stdio: ['pipe', 'pipe', 'pipe'] });
    const { child } = this;
    onTestFinished(() => void child.kill('SIGKILL'));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    // it may have had enough
    child.stdin.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      child.on('close', (code) => {
        this.code = code;
        resolve();
      });
    });
  }

  /** Kept when it has said so, or has ended. @throws when it does neither for a minute */
  async until(text: string): Promise<void> {
    for (let waited = 0; !(this.stdout + this.stderr).includes(text); waited += LOOK_MS) {
      if (this.code !== undefined || waited > MOST_MS)
        throw new Error(`it did not say "${text}":\n${this.stdout}${this.stderr}`);
      await sleep(LOOK_MS);
    }
  }

  send(bytes: Uint8Array, last?: 'and no more'): void {
    this.child.stdin.write(bytes);
    if (last) this.child.stdin.end();
  }

  /** With a signal, or as it ends by itself. */
  async end(signal?: NodeJS.Signals): Promise<void> {
    if (signal) this.child.kill(signal);
    await this.ended;
  }
}
