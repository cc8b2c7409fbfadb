import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folder, root } from '../support/program.js';

interface Python {
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
  readonly name: string;
}
const { peersFolder, pythonWith } = (await import(join(root, 'bench/peers/python.js'))) as {
  peersFolder: string;
  pythonWith(module: string): Python | undefined;
};

/** pythonWith in a process of its own: `.ci/peers` has its folder in the cache that the environment names */
function askedWith(cache: string, module: string): { stdout: string; stderr: string } {
  const program = `import { pythonWith } from ${JSON.stringify(join(root, 'bench/peers/python.js'))};
    console.log(JSON.stringify(pythonWith('${module}')));`;
  const env = { ...process.env, XDG_CACHE_HOME: cache, OPENBLAS_CORETYPE: 'Haswell', OPENBLAS_L2_SIZE: '1' };
  return spawnSync(process.execPath, ['--input-type=module', '-e', program], { env, encoding: 'utf8' });
}

const peersIn = (cache: string): string =>
  spawnSync('bash', [join(root, '.ci/peers'), '--where'], {
    env: { ...process.env, XDG_CACHE_HOME: cache },
    encoding: 'utf8',
  }).stdout.trim();

describe('the Python of benchmarks', () => {
  it('is that of .ci/peers where it has the package, named with its version, without settings for older processors', () => {
    const cache = folder();
    const bin = join(peersIn(cache), 'bin');
    expect(bin.startsWith(cache)).toBe(true);
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'python'), '#!/bin/sh\necho 99.1.2\n', { mode: 0o755 });
    const found = JSON.parse(askedWith(cache, 'polars').stdout) as Python;
    expect(found).toMatchObject({ program: join(bin, 'python'), name: 'polars 99.1.2' });
    expect(found.env.PATH).toBe(process.env.PATH);
    expect(Object.keys(found.env).filter((name) => name.startsWith('OPENBLAS'))).toEqual([]);
  });

  it('is another where that does not have it, and a peer that nobody has is left out with a line', () => {
    const cache = folder();
    const bin = join(peersIn(cache), 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'python'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const { stdout, stderr } = askedWith(cache, 'nfstream');
    if (stdout.trim() === 'undefined') expect(stderr).toMatch(/^skipped: NFStream is not installed/);
    else expect(JSON.parse(stdout).program).not.toContain(cache);
  });

  it('has every peer in the version that .ci/peers.txt names', (context) => {
    if (!existsSync(join(peersFolder, '.done'))) {
      console.log('skipped: .ci/peers was not run here');
      context.skip();
    }
    const names = ['sklearn', 'pandas', 'polars', 'nfstream', 'scapy'].map((module) => pythonWith(module)?.name);
    console.log(`peers: ${names.join(', ')}`);
    const pinned = readFileSync(join(root, '.ci/peers.txt'), 'utf8');
    for (const name of names) expect(pinned).toContain(`${name?.toLowerCase().replace(' ', '==')}\n`);
  });
});
