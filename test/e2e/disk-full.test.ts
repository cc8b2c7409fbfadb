/** A disk that gets full while a run goes on: what can be left out is dropped, said once, and the reports are written. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { anomaly, bin, folder, has, sample } from '../support/program.js';
import { Running } from '../support/running.js';
import { trained } from '../support/trained.js';

const mixed = sample('mixed.pcap.gz');
let modelDir = '';
let table = '';
beforeAll(async () => {
  ({ modelDir, table } = await trained());
}, 300_000);

/** A file system of its own that goes with the test; undefined where none may be mounted. */
function smallDisk(kilobytes: number): string | undefined {
  const place = join(folder(), 'disk');
  mkdirSync(place);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k,mode=700`, 'tmpfs', place]);
  if (mounted.status !== 0) return undefined;
  onTestFinished(() => {
    execFileSync('umount', ['-l', place]);
  });
  return place;
}

const canMount = process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'true']).status === 0;
const detect = (...args: string[]) => anomaly(['detect', '-r', mixed, '--model', modelDir, ...args]);
/** A detection of what comes in two parts; between them something happens. */
async function inHalves(options: readonly string[], between: (run: Running) => Promise<void>): Promise<Running> {
  const run = new Running(['detect', '-r', '-', '--model', modelDir, ...options]);
  const all = execFileSync('zcat', [mixed], { maxBuffer: 1 << 28 });
  run.send(all.subarray(0, all.length / 2));
  await between(run);
  run.send(all.subarray(all.length / 2), 'and no more');
  await run.end();
  return run;
}

const times = (text: string, part: string): number => text.split(part).length - 1;

/** Every incident that the run told is in the report. */
function isWhole(report: string, stdout: string): void {
  const text = readFileSync(report, 'utf8');
  const told = new Set([...stdout.matchAll(/ #(\d+) opened/g)].map(([, n]) => n));
  expect(told.size).toBeGreaterThan(0);
  for (const number of told) expect(text).toContain(`#${number} `);
}

describe.skipIf(!canMount)('a full disk', () => {
  it.each([
    ['--scores', 's.csv', 1000],
    ['--csv', 't.csv', 1000],
    ['--pcap-out', 'p.pcap', 300],
  ] as const)(
    '%s is dropped, its place is free again, and the report beside it is written',
    (option, name, kilobytes) => {
      const disk = smallDisk(kilobytes);
      if (disk === undefined) return console.warn('skipped: no tmpfs can be mounted');
      const { code, stdout, stderr } = detect(
        '--out',
        join(disk, 'r.txt'),
        join(disk, 'r.html'),
        option,
        join(disk, name),
      );
      expect(code).toBe(74);
      expect(stderr).toMatch(
        new RegExp(`warning: \\S*${name}: disk full; it is dropped \\(\\S+ [kM]B of it\\), the rest goes on\n`),
      );
      expect(times(stderr, 'disk full')).toBe(1);
      expect(stderr).toMatch(/written: \S*r\.txt, \S*r\.html\nnot written: \S*\n$/);
      expect(readdirSync(disk).sort()).toEqual(['r.html', 'r.txt']);
      isWhole(join(disk, 'r.txt'), stdout);
    },
    60_000,
  );

  it.each([100, 200, 400])(
    'a database that fills a disk of %i kB makes room for the report',
    (kilobytes) => {
      const disk = smallDisk(kilobytes);
      if (disk === undefined) return console.warn('skipped: no tmpfs can be mounted');
      const { code, stdout, stderr } = detect('--out', join(disk, 'r.sqlite'), join(disk, 'r.txt'));
      expect(code).toBe(74);
      expect(times(stderr, 'this is tried again')).toBe(1);
      expect(stderr).toContain(`not written: ${join(disk, 'r.sqlite')}`);
      isWhole(join(disk, 'r.txt'), stdout);
    },
    60_000,
  );

  it('a database of earlier runs, and lines of earlier runs, stay as they were', () => {
    // kB: for two runs with all that SQLite keeps beside its database
    const size = 4000;
    const disk = smallDisk(size);
    if (disk === undefined) return console.warn('skipped: no tmpfs can be mounted');
    const [lines, database] = [join(disk, 'r.jsonl'), join(disk, 'r.sqlite')];
    expect(detect('--out', lines, database).code).toBe(0);
    const before = readFileSync(lines, 'utf8');
    const left = size * 1024 - Number(execFileSync('du', ['-s', '--bytes', disk], { encoding: 'utf8' }).split('\t')[0]);
    writeFileSync(join(disk, 'fill'), Buffer.alloc(Math.max(0, left - 120_000)));
    const { code, stderr } = detect('--out', lines, database, join(disk, 'r.txt'));
    expect(code).toBe(74);
    expect(stderr).not.toMatch(/fault of the program/);
    rmSync(join(disk, 'fill'));
    expect(readFileSync(lines, 'utf8').startsWith(before)).toBe(true);
    expect(existsSync(database)).toBe(true);
    if (has('sqlite3')) {
      const found = execFileSync('sqlite3', [database, 'PRAGMA integrity_check; SELECT count(*) > 0 FROM incidents'], {
        encoding: 'utf8',
      });
      expect(found).toBe('ok\n1\n');
    }
    const again = detect('--out', lines, database, join(disk, 'r.txt'));
    expect(again.code).toBe(0);
  }, 120_000);

  it('detection goes on, live: what comes later is reported', async () => {
    const disk = smallDisk(500);
    if (disk === undefined) return console.warn('skipped: no tmpfs can be mounted');
    const out = ['--out', join(disk, 'r.txt'), '--scores', join(disk, 's.csv')];
    let before = 0;
    const { code, stdout } = await inHalves(out, async (run) => {
      await run.until('is dropped');
      before = times(run.stdout, ' opened');
    });
    expect(code).toBe(74);
    expect(times(stdout, ' opened')).toBeGreaterThan(before);
    expect(readdirSync(disk)).toEqual(['r.txt']);
    isWhole(join(disk, 'r.txt'), stdout);
  }, 60_000);

  it('train leaves the model before as it was, and nothing else', () => {
    const disk = smallDisk(1500);
    if (disk === undefined) return console.warn('skipped: no tmpfs can be mounted');
    const model = join(disk, 'm');
    cpSync(modelDir, model, { recursive: true });
    const left = 1500 * 1024 - Number(execFileSync('du', ['-s', '--bytes', disk], { encoding: 'utf8' }).split('\t')[0]);
    writeFileSync(join(disk, 'fill'), Buffer.alloc(Math.max(0, left - 60_000)));
    const { code, stderr } = anomaly(['train', table, '--epochs', '1', '--power', 'off', '--model', model]);
    expect(code).toBe(74);
    expect(stderr.trim().split('\n').at(-1)).toMatch(/^anomaly: \S+: disk full$/);
    expect(readdirSync(disk).filter((name) => name.startsWith('.'))).toEqual([]);
    expect(
      anomaly(['detect', '-r', mixed, '-c', '2000', '--model', model, '--out', join(folder(), 'r.txt')]).code,
    ).toBe(0);
  }, 120_000);
});

describe('a limit on the size of files, and a folder that goes', () => {
  it('a file that may not grow is dropped, and the report is written', () => {
    const place = folder();
    const out = ['--out', join(place, 'r.txt'), '--scores', join(place, 's.csv')];
    const command = [
      '-c',
      'ulimit -f 500; exec "$@"',
      'sh',
      process.execPath,
      bin,
      'detect',
      '-r',
      mixed,
      '--model',
      modelDir,
      ...out,
    ];
    const { status, stdout, stderr } = spawnSync('sh', command, { encoding: 'utf8', maxBuffer: 1 << 28 });
    expect(status).toBe(74);
    expect(stderr).toMatch(/s\.csv: as large as a file may be here \(ulimit -f\); it is dropped/);
    expect(readdirSync(place)).toEqual(['r.txt']);
    isWhole(join(place, 'r.txt'), stdout);
  }, 60_000);

  it('a folder that is removed under the run takes no other output with it', async () => {
    const [gone, stays] = [folder(), folder()];
    const names = ['r.txt', 'r.jsonl', 'r.sqlite'].map((name) => join(gone, name));
    const out = [
      '--out',
      ...names,
      join(stays, 'r.txt'),
      '--scores',
      join(gone, 's.csv'),
      '--csv',
      join(gone, 't.csv'),
    ];
    const { code, stdout, stderr } = await inHalves(out, async (run) => {
      await run.until('opened');
      rmSync(gone, { recursive: true });
    });
    expect([73, 74]).toContain(code);
    expect(stderr).not.toMatch(/fault of the program|^ {4}at /m);
    expect(stderr).toContain('its folder does not exist');
    isWhole(join(stays, 'r.txt'), stdout);
  }, 60_000);
});
