/** Sensors and sinks as processes of their own, which a test kills. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { bin } from '../../support/program.js';

const TELLER = fileURLToPath(new URL('teller.js', import.meta.url));

export interface Telling {
  readonly hub: string;
  readonly name: string;
  readonly spool: string;
  readonly count: number;
  readonly everyMs: number;
  readonly site?: string;
  /** bytes */
  readonly size?: number;
  /** it goes on after its last event, until SIGTERM */
  readonly stays?: boolean;
  readonly initiator?: string;
  readonly times?: object;
  /** public keys */
  readonly trust?: readonly string[];
}

class Child {
  stdout = '';
  stderr = '';
  private readonly child: ChildProcess;
  readonly ended: Promise<number | null>;

  constructor(args: readonly string[]) {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    onTestFinished(() => void child.kill('SIGKILL'));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.ended = new Promise((resolve) => child.on('close', resolve));
  }

  /** Resolves when it is gone. @returns its exit code; null after SIGKILL */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.child.kill(signal);
    return this.ended;
  }
}

/** A sensor that tells made incidents. */
export class Teller extends Child {
  constructor(telling: Telling) {
    super([TELLER, JSON.stringify(telling)]);
  }

  /** Ids of incidents that were in the spool before it went on. */
  get told(): string[] {
    return this.stdout.split('\n').flatMap((line) => (line.startsWith('told ') ? [line.slice(5)] : []));
  }
}

export class SinkProcess extends Child {
  constructor(hub: string, out: readonly string[]) {
    super([bin, 'detect', '-r', hub, '-q', '--user', 'root', '--out', ...out]);
  }
}
