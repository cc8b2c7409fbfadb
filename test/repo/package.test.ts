import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (name: string): string => readFileSync(join(root, name), 'utf8');
/** folders with a lock file of their own */
const OPTIONAL = ['optional/cap', 'optional'].filter((folder) => existsSync(join(root, folder, 'package.json')));
const manifest = JSON.parse(read('package.json'));

function tracked(): string[] {
  if (!existsSync(join(root, '.git'))) return [];
  return execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter((name) => name && existsSync(join(root, name)));
}

describe('the repository', () => {
  it('has every file that package.json names', () => {
    const named = [...Object.values<string>(manifest.bin), manifest.exports['.'].types, manifest.exports['.'].default];
    for (const name of named) expect(existsSync(join(root, name)), name).toBe(true);
  });

  it.each(tracked().filter((name) => name.endsWith('package-lock.json')))('names no registry in %s', (name) => {
    expect(read(name).match(/"resolved": "(?!file:).*/g) ?? []).toEqual([]);
  });

  it('locks the optional packages in the versions that package.json asks for', () => {
    const locked = Object.assign(
      {},
      ...OPTIONAL.map((folder) => JSON.parse(read(`${folder}/package.json`)).dependencies),
    );
    expect(Object.keys(locked).sort()).toEqual(Object.keys(manifest.peerDependencies).sort());
    for (const [name, version] of Object.entries<string>(locked))
      expect(manifest.peerDependencies[name]).toBe(`^${version}`);
  });

  it('locks every direct dependency', () => {
    const lock = JSON.parse(read('package-lock.json'));
    const names = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
    for (const name of names) expect(lock.packages[`node_modules/${name}`], name).toBeDefined();
  });

  it('keeps sample data below 10 MB and other files small', () => {
    const sizes = tracked().map((name) => ({ name, bytes: statSync(join(root, name)).size }));
    const data = sizes.filter(({ name }) => name.startsWith('data/')).reduce((sum, { bytes }) => sum + bytes, 0);
    expect(data).toBeLessThan(10e6);
    expect(sizes.filter(({ name, bytes }) => !name.startsWith('data/') && bytes > 2e6)).toEqual([]);
  });
});
