/** A process of its own that publishes to a hub, one after the other, and says the number of each that is stored. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';
import { root } from './program.js';

const SCRIPT = `
const [module, hub, sensor, prefix, count] = process.argv.slice(1);
const { openCarrier } = await import(module);
const carrier = await openCarrier({ hub, sensor, key: undefined, ca: undefined, note: () => undefined });
for (let k = 1; k <= Number(count); k++) {
  const text = prefix + k;
  for (;;) {
    try {
      await carrier.publish('a1.inc.' + sensor, text, new TextEncoder().encode(text));
      break;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  process.stdout.write(text + '\\n');
}
await carrier.close();
`;

export interface Writer {
  /** what it has said that is stored */
  readonly stored: string[];
  kill(): Promise<void>;
  readonly over: Promise<void>;
}

export function writer(hub: string, sensor: string, prefix: string, count: number): Writer {
  const module = pathToFileURL(join(root, 'dist/fleet/carriers/open.js')).href;
  const args = ['--input-type=module', '-e', SCRIPT, module, hub, sensor, prefix, String(count)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const stored: string[] = [];
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    stored.push(...lines);
  });
  const over = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await over;
  };
  return { stored, kill, over };
}
