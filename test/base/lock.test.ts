import { spawn } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Locks } from '../../src/base/lock.js';
import { folder, root } from '../support/program.js';

/** Another process that takes locks, says so, and holds them until it is killed or told to end. */
async function other(...paths: string[]) {
  const script = `
    import { Locks } from ${JSON.stringify(join(root, 'dist/base/lock.js'))};
    const locks = Locks.take(${JSON.stringify(paths)}, 'test');
    console.log('held');
    process.stdin.on('data', () => { locks.release(); process.exit(0); });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', () => reject(new Error('ended before it held anything')));
  });
  return {
    pid: child.pid,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async end() {
      child.stdin.write('.');
      await ended;
    },
  };
}

describe('locks of outputs', () => {
  it('are refused to another process, which is told who has them, and go with their holder', async () => {
    const place = folder();
    const path = join(place, 'report.txt');
    const holder = await other(path);
    expect(() => Locks.take([path], 'detect')).toThrow(
      new RegExp(
        `report\\.txt: process ${holder.pid} \\(anomaly test, since \\d{4}-[^)]*\\) writes it; wait for its end`,
      ),
    );
    await holder.end();
    expect(readdirSync(place)).toEqual([]);
    const locks = Locks.take([path], 'detect');
    expect(locks.before).toBe('');
    locks.release();
    locks.release();
    expect(readdirSync(place)).toEqual([]);
  });

  it('of a process that was killed are void, and that is said', async () => {
    const place = folder();
    const paths = [join(place, 'a.txt'), join(place, 'b.csv')];
    const holder = await other(...paths);
    await holder.kill();
    expect(existsSync(join(place, '.a.txt.lock'))).toBe(true);
    const locks = Locks.take(paths, 'detect');
    expect(locks.before).toMatch(
      new RegExp(
        `a\\.txt, .*b\\.csv: process ${holder.pid} \\(anomaly test, since .*\\) ended without its end; its lock is void$`,
      ),
    );
    locks.release();
    expect(readdirSync(place)).toEqual([]);
  });

  it('are all taken or none, and a name is not taken twice, whichever way leads to it', async () => {
    const place = folder();
    const holder = await other(join(place, 'b'));
    expect(() => Locks.take([join(place, 'a'), join(place, 'b')], 'detect')).toThrow(/b: process/);
    expect(readdirSync(place)).toEqual(['.b.lock']);
    await holder.end();
    mkdirSync(join(place, 'real'));
    symlinkSync('real', join(place, 'also'));
    const twice = [join(place, 'real/x'), join(place, 'also/x')];
    expect(() => Locks.take(twice, 'detect')).toThrow(expect.objectContaining({ code: 'USAGE' }));
    expect(readdirSync(join(place, 'real'))).toEqual([]);
  });

  it('are refused where something else has the name of the lock, which is not touched', () => {
    const place = folder();
    const victim = join(place, 'victim');
    writeFileSync(victim, 'of somebody', { mode: 0o600 });
    symlinkSync('victim', join(place, '.a.lock'));
    linkSync(victim, join(place, '.b.lock'));
    mkdirSync(join(place, '.c.lock'));
    for (const [name, why] of [
      ['a', /symbolic link/],
      ['b', /2 names/],
      ['c', /not a place for a file/],
    ] as const)
      expect(() => Locks.take([join(place, name)], 'detect')).toThrow(why);
    expect(readFileSync(victim, 'utf8')).toBe('of somebody');
  });

  it('hold for one of many that want them at once', async () => {
    const place = folder();
    const path = join(place, 'one');
    for (let round = 0; round < 5; round++) {
      const all = await Promise.allSettled([other(path), other(path), other(path), other(path)]);
      const held = all.filter((one) => one.status === 'fulfilled');
      expect(held.length).toBe(1);
      for (const one of held) await one.value.kill();
    }
  });
});
