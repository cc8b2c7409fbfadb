import { execFileSync } from 'node:child_process';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AnomalyError } from '../../src/base/errors.js';
import { HEADER } from '../../src/table/columns.js';
import { TableFile } from '../../src/table/file.js';
import { PacketRecord } from '../../src/table/record.js';
import { rotatedPath, runOf } from '../../src/table/rotation.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'table-file-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const HOUR_US = 3600e6;
const record = new PacketRecord();

/** The packet number `k`, its time `k` seconds after the epoch unless told. */
function packet(k: number, us = k * 1e6): PacketRecord {
  record.clear();
  record.timestampUs = us;
  record.frameLen = record.capLen = k;
  return record;
}

async function append(file: TableFile, from: number, to: number): Promise<void> {
  for (let k = from; k < to; k++) await file.append(packet(k));
}

const lines = (path: string): string[] => readFileSync(path, 'utf8').split('\n');
const lengths = (path: string): number[] =>
  lines(path)
    .slice(1, -1)
    .map((line) => Number(line.split(',')[1]));
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

async function failure(promise: Promise<unknown>): Promise<AnomalyError> {
  return promise.then(
    () => {
      throw new Error('did not fail');
    },
    (error) => error as AnomalyError,
  );
}

describe('a packet table file', () => {
  it('is private and holds the header and all rows in order', async () => {
    const path = join(folder, 't.csv');
    const file = await TableFile.open(path);
    await append(file, 0, 20_000);
    await file.close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(lines(path)[0]).toBe(HEADER);
    expect(lengths(path)).toEqual(range(0, 20_000));
    expect([file.rows, file.bytes]).toEqual([20_000, statSync(path).size]);
  });

  it('is never written over another file, except by force, nor through a symbolic link', async () => {
    const path = join(folder, 't.csv');
    writeFileSync(path, 'precious');
    expect(await failure(TableFile.open(path))).toMatchObject({ code: 'CANNOT_CREATE' });
    expect(readFileSync(path, 'utf8')).toBe('precious');
    const link = join(folder, 'link.csv');
    symlinkSync(path, link);
    expect(await failure(TableFile.open(link, { force: true }))).toMatchObject({ code: 'CANNOT_CREATE' });
    await (await TableFile.open(path, { force: true })).close();
    expect(readFileSync(path, 'utf8')).toBe(`${HEADER}\n`);
  });

  it('has its header at once and each row within a second, without being closed', async () => {
    const path = join(folder, 't.csv');
    const file = await TableFile.open(path);
    expect(readFileSync(path, 'utf8')).toBe(`${HEADER}\n`);
    await append(file, 0, 3);
    await sleep(1000);
    expect(lengths(path)).toEqual([0, 1, 2]);
    await file.close();
  });

  it('has rows on disk while a busy loop never lets a timer run', async () => {
    const path = join(folder, 't.csv');
    const file = await TableFile.open(path);
    const end = performance.now() + 1200;
    let k = 0;
    while (performance.now() < end) {
      for (const pause = performance.now() + 2; performance.now() < pause; );
      file.append(packet(k++));
    }
    // the write was started in the loop; other threads did it without this one
    expect(lengths(path).length).toBeGreaterThan(64);
    await file.close();
    expect(lengths(path)).toEqual(range(0, k));
  });

  it('goes on in numbered files once one has the size, each with a header', async () => {
    const path = join(folder, 't.csv');
    const file = await TableFile.open(path, { rotateMegabytes: 0.01 });
    await append(file, 0, 500);
    await file.close();
    expect(file.paths.slice(0, 2)).toEqual([path, join(folder, 't.0002.csv')]);
    expect(file.paths.flatMap(lengths)).toEqual(range(0, 500));
    for (const each of file.paths) {
      expect(lines(each)[0]).toBe(HEADER);
      expect(statSync(each).size).toBeLessThan(10_200);
    }
  });

  it('goes on in another file after the hours, by the time of the rows', async () => {
    const file = await TableFile.open(join(folder, 't.csv'), { rotateHours: 2 });
    for (let k = 0; k < 6; k++) await file.append(packet(k, k * HOUR_US));
    await file.close();
    expect(file.paths.map(lengths)).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
  });

  it('goes on in another file where the clock was set back by more, and does not wait until it has caught up', async () => {
    const file = await TableFile.open(join(folder, 't.csv'), { rotateHours: 2 });
    for (const hours of [100, 101, 10, 11, 12]) await file.append(packet(hours, hours * HOUR_US));
    await file.close();
    expect(file.paths.map(lengths)).toEqual([[100, 101], [10, 11], [12]]);
  });

  it('keeps the newest files, and deletes none that it did not write', async () => {
    const taken = join(folder, 't.0003.csv');
    writeFileSync(taken, 'of somebody else');
    const file = await TableFile.open(join(folder, 't.csv'), { rotateHours: 1, keep: 2 });
    for (let k = 0; k < 3; k++) await file.append(packet(k, k * HOUR_US));
    const moved = join(folder, 'moved.csv');
    renameSync(file.paths[1], moved);
    writeFileSync(file.paths[1], 'another');
    for (let k = 3; k < 6; k++) await file.append(packet(k, k * HOUR_US));
    await file.close();
    expect(readdirSync(folder).sort()).toEqual(['moved.csv', 't.0002.csv', 't.0003.csv', 't.0006.csv', 't.0007.csv']);
    expect(readFileSync(taken, 'utf8')).toBe('of somebody else');
    expect(readFileSync(join(folder, 't.0002.csv'), 'utf8')).toBe('another');
  });

  it('goes on in a new file of the same name after the old one was moved away', async () => {
    const path = join(folder, 't.csv');
    const file = await TableFile.open(path);
    await append(file, 0, 3);
    await file.reopen();
    await append(file, 3, 5);
    renameSync(path, `${path}.1`);
    await file.reopen();
    await append(file, 5, 8);
    await file.close();
    expect(lengths(`${path}.1`)).toEqual([0, 1, 2, 3, 4]);
    expect(lengths(path)).toEqual([5, 6, 7]);
  });

  it('stays with the old file where another took the name', async () => {
    const path = join(folder, 't.csv');
    const file = await TableFile.open(path);
    renameSync(path, `${path}.1`);
    writeFileSync(path, 'of somebody else');
    expect(await failure(file.reopen())).toMatchObject({ code: 'CANNOT_CREATE' });
    await append(file, 0, 3);
    await file.close();
    expect(lengths(`${path}.1`)).toEqual([0, 1, 2]);
    expect(readFileSync(path, 'utf8')).toBe('of somebody else');
  });

  it('ends on a whole line when the disk is full', async (context) => {
    const small = join(folder, 'small');
    try {
      execFileSync('sh', ['-c', `mkdir ${small} && mount -t tmpfs -o size=300k tmpfs ${small}`], { stdio: 'pipe' });
    } catch {
      context.skip('no small disk can be mounted here (root is needed)');
    }
    try {
      const path = join(small, 't.csv');
      const file = await TableFile.open(path);
      const error = await failure(append(file, 0, 100_000));
      expect(error).toMatchObject({ code: 'WRITE_FAILED', exitCode: 74 });
      expect(error.message).toContain('disk full');
      expect(await failure(file.close())).toBe(error);
      const text = readFileSync(path, 'utf8');
      expect(text.endsWith('\n')).toBe(true);
      expect(text.length).toBeGreaterThan(250_000);
      expect(lengths(path)).toEqual(range(0, lengths(path).length));
    } finally {
      execFileSync('umount', [small]);
    }
  });
});

describe('names of rotated files', () => {
  it('are numbered before the extension and lead back to the run', () => {
    expect(rotatedPath('data/p-1.csv', 1)).toBe('data/p-1.csv');
    expect(rotatedPath('data/p-1.csv', 2)).toBe('data/p-1.0002.csv');
    expect(rotatedPath('noextension', 12)).toBe('noextension.0012');
    expect(runOf(rotatedPath('data/p-1.csv', 345))).toBe('data/p-1.csv');
    expect(runOf('data/p-1.csv')).toBe('data/p-1.csv');
    expect(runOf(rotatedPath('noextension', 12))).toBe('noextension');
  });
});
