/** A process that appends as fast as it can is killed at any moment: nothing that it was told is written is missing afterwards. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { folder, root } from '../support/program.js';
import { body, gapText, MIB, openSpool, text } from '../support/spool.js';

const MOST = 3 * MIB;
/** events that the hub is behind; the spool is full before it has the last of so many */
const LAGS = [0, 20, 200];

/** Appends events of three sizes, the hub being some way behind, and prints each number when it is written. */
const script = (dir: string, seed: number, lag: number): string => `
  import { writeSync } from 'node:fs';
  import { Spool } from ${JSON.stringify(join(root, 'dist/fleet/spool/spool.js'))};
  const gapBody = (lane, from, to, why) => Buffer.from(\`gap \${from}-\${to} \${lane} \${why}\`);
  const { incidents } = Spool.open(${JSON.stringify(dir)}, { mostBytes: ${MOST}, gapBody });
  const sizes = [0, 5000, 150000];
  for (let k = ${seed}; ; k++) {
    const size = sizes[k % 3];
    const seq = incidents.appendWith((seq) => Buffer.from(('event ' + seq + ' ').padEnd(size, seq + '.')));
    writeSync(1, seq + ' ' + size + '\\n');
    if (k % 5 === 0) {
      const released = Math.max(incidents.released, incidents.last - ${lag});
      writeSync(1, '-' + released + '\\n');
      incidents.release(released);
    }
    // also what goes on in the background is killed
    if (k % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
  }`;

it('a process that is killed fifty times loses nothing and gives no number twice', async () => {
  const dir = join(folder(), 'spool');
  const sizes = new Map<number, number>();
  let released = 0;
  let [kills, gaps] = [0, 0];
  for (let round = 0; round < 50; round++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script(dir, round * 7, LAGS[round % 3])], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let said = '';
    const ended = new Promise<NodeJS.Signals | null>((resolve) => child.on('close', (_, signal) => resolve(signal)));
    await new Promise<void>((resolve, reject) => {
      child.stdout.setEncoding('utf8').on('data', (part: string) => {
        said += part;
        resolve();
      });
      child.once('exit', () => reject(new Error('it ended before it had written anything')));
    });
    await sleep(Math.random() * 40);
    child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    kills++;
    const lines = said.split('\n');
    // the last line may be half of one
    lines.pop();
    for (const line of lines) {
      if (line.startsWith('-')) {
        released = Math.max(released, -Number(line));
        continue;
      }
      const [seq, size] = line.split(' ').map(Number);
      expect(sizes.has(seq)).toBe(false);
      sizes.set(seq, size);
    }
    const spool = openSpool(dir, MOST);
    const { incidents } = spool;
    expect(spool.before).toMatch(
      /: process \d+ \(anomaly detect, since [^)]*\) ended without its end; its lock is void/,
    );
    expect(spool.before).not.toMatch(/damaged/);
    const highest = Math.max(...sizes.keys());
    expect(incidents.last).toBeGreaterThanOrEqual(highest);
    // written, but killed before it could say so
    expect(incidents.last).toBeLessThanOrEqual(highest + 1);
    expect(incidents.first).toBeLessThanOrEqual(released + 1);
    let next = incidents.first;
    for (const { seq, to, gap, payload } of incidents.read(1)) {
      expect(seq).toBe(next);
      next = to + 1;
      if (gap) {
        expect(text(payload)).toBe(gapText(seq, to, 'inc full'));
        gaps++;
      } else {
        expect(text(payload) === text(body(seq, sizes.get(seq) ?? payload.length))).toBe(true);
        // what it had no time to say was given all the same
        sizes.set(seq, payload.length);
      }
    }
    expect(next).toBe(incidents.last + 1);
    spool.close();
  }
  expect(kills).toBe(50);
  expect(gaps).toBeGreaterThan(0);
  expect(sizes.size).toBeGreaterThan(500);
});
