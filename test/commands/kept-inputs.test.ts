import { copyFileSync, linkSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { anomaly, folder, root } from '../support/program.js';
import { trained } from '../support/trained.js';

let modelDir: string;
beforeAll(async () => {
  ({ modelDir } = await trained());
}, 300_000);

const fixture = join(root, 'test/fixtures/formats/packets');

describe('what is read', () => {
  it.each([
    ['detect', (at: string) => ['-r', at, '--model', modelDir, '--out', at]],
    ['detect', (at: string) => ['-r', at, '--model', modelDir, '--out', 'r.txt', '--csv', at]],
    [
      'detect',
      (at: string) => ['-r', at, '--model', modelDir, '--out', 'r.txt', '--labels', 'soft.csv', '--scores', at],
    ],
    ['detect', (at: string) => ['-r', 'hard.csv', '--model', modelDir, '--out', at]],
    ['sniff', (at: string) => ['-r', 'soft.csv', '--out', at, '--force']],
  ] as const)('is not written over: %s %s', (command, args) => {
    const dir = folder();
    const at = join(dir, 'night.csv');
    copyFileSync(`${fixture}.csv`, at);
    linkSync(at, join(dir, 'hard.csv'));
    symlinkSync(at, join(dir, 'soft.csv'));
    const { code, stderr } = anomaly([command, ...args(at)], { cwd: dir });
    expect([code, stderr]).toEqual([2, `anomaly: ${at}: is what is read, and would be lost; name another output\n`]);
    expect(readFileSync(at, 'utf8')).toBe(readFileSync(`${fixture}.csv`, 'utf8'));
  });
});
