/** The README's tour, run as it stands there: each line that the README shows is among what the program says. */
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { anomaly, folder, root } from '../support/program.js';

/** What differs from run to run and from machine to machine has a name instead. */
const lasting = (text: string): string =>
  text
    .replace(/\d[\d.]* (ms|s|min)( \d+ s)?\b/g, 'TIME')
    .replace(/trained [\d-]+ [\d:]+/g, 'trained DATE')
    .replace(/threshold [\d.]+/g, 'threshold T')
    .replace(/\d+ epochs, validation loss [\d.]+/g, 'EPOCHS')
    .replace(/engine .*/g, 'ENGINE')
    .replace(/[\d,]+ flagged \([\d.]+ %\)/g, 'FLAGGED');

it('the program says what the README shows', { timeout: 300_000 }, () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const tour = /```console\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const steps = tour
    .split(/^\$ anomaly /m)
    .slice(1)
    .map((step) => step.trimEnd().split('\n'));
  expect(steps.map(([command]) => command?.split(' ')[0])).toEqual(['sniff', 'train', 'detect']);
  const dir = folder();
  cpSync(join(root, 'data'), join(dir, 'data'), { recursive: true });
  for (const [command = '', ...shown] of steps) {
    const { code, stdout, stderr } = anomaly(command.split(' '), { cwd: dir, timeoutMs: 200_000 });
    expect(`${command}: exit ${code}`).toBe(`${command}: exit 0`);
    const said = lasting(stdout + stderr).split('\n');
    for (const line of shown) expect(said).toContain(lasting(line));
  }
});
