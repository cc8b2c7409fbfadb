/** Outputs in folders where others may make, remove and rename files: nothing of theirs is written to, and nothing goes where they want it. */
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { AnomalyError } from '../../src/base/errors.js';
import { createPrivate, replaceFile } from '../../src/base/new-file.js';
import { openOwn } from '../../src/base/own-file.js';
import { Database } from '../../src/output/reports/database.js';
import { ScoresWriter } from '../../src/output/scores.js';
import { anomaly, sample } from '../support/program.js';
import { asNobody, canBeNobody, lurking, NOBODY, racing } from '../support/racer.js';
import { trained } from '../support/trained.js';

const ROUNDS = process.env.SLOW ? 2000 : 300;
const RUNS = process.env.SLOW ? 20 : 3;
const SECRET = 'what only root may read\n';

/** A folder that others can reach and change, and one that they cannot. */
function places(mode: number, owner = 0) {
  const all = mkdtempSync(join(tmpdir(), 'anomaly-test-'));
  onTestFinished(() => rmSync(all, { recursive: true, force: true }));
  chmodSync(all, 0o755);
  const shared = join(all, 'shared');
  const safe = join(all, 'safe');
  const theirs = join(all, 'theirs');
  for (const folder of [shared, safe, theirs]) mkdirSync(folder);
  chownSync(shared, owner, owner);
  chmodSync(shared, mode);
  chownSync(theirs, NOBODY, NOBODY);
  const empty = join(safe, 'empty');
  const full = join(safe, 'full');
  const mine = join(theirs, 'mine');
  writeFileSync(empty, '', { mode: 0o600 });
  writeFileSync(full, SECRET, { mode: 0o600 });
  writeFileSync(mine, '');
  chownSync(mine, NOBODY, NOBODY);
  return {
    shared,
    targets: [empty, full, mine, join(safe, 'new')],
    /** What links could have led to is as it was. */
    check() {
      expect(readFileSync(empty, 'utf8')).toBe('');
      expect(readFileSync(full, 'utf8')).toBe(SECRET);
      expect(readFileSync(mine, 'utf8')).toBe('');
      expect(readdirSync(safe).sort()).toEqual(['empty', 'full']);
      expect(readdirSync(theirs)).toEqual(['mine']);
    },
  };
}

/** Does it again and again; it may be refused, in words of ours. */
async function rounds(work: (k: number) => unknown): Promise<{ done: number; refused: number }> {
  const count = { done: 0, refused: 0 };
  for (let k = 0; k < ROUNDS; k++) {
    try {
      await work(k);
      count.done++;
    } catch (error) {
      if (!(error instanceof AnomalyError)) throw error;
      expect(['CANNOT_CREATE', 'WRITE_FAILED']).toContain(error.code);
      count.refused++;
    }
  }
  return count;
}

const FOLDERS = [
  ['that everybody may change', 0o777, 0],
  ['like /tmp', 0o1777, 0],
  ['of the other user', 0o755, NOBODY],
] as const;

describe.skipIf(!canBeNobody)('beside somebody who changes the names', () => {
  it.each(FOLDERS)(
    'a database in a folder %s is written to no file of his choice',
    async (_, mode, owner) => {
      const { shared, targets, check } = places(mode, owner);
      const path = join(shared, 'r.sqlite');
      const names = ['', '-wal', '-journal', '-shm'].map((end) => path + end);
      const racer = await asNobody(racing(names, targets));
      const count = await rounds(async () => {
        const database = await Database.open(path, 'CREATE TABLE t (secret TEXT);', 1);
        database.exec("INSERT INTO t VALUES ('what only root may read')");
        database.close();
        // what is left of it is ours alone
        const stats = lstatSync(path, { throwIfNoEntry: false });
        if (stats?.isFile() && stats.uid === 0) expect(stats.mode & 0o077).toBe(0);
      });
      const turns = await racer.end();
      check();
      console.log(
        `database, folder ${mode.toString(8)}: ${count.done} opened, ${count.refused} refused; names changed ${turns.trim()} times`,
      );
      if (mode === 0o777) expect(count.done).toBe(0);
    },
    300_000,
  );

  it('a database is not written elsewhere where its name is changed between making and opening it', async () => {
    const { shared, targets, check } = places(0o755, NOBODY);
    const path = join(shared, 'r.sqlite');
    const racer = await asNobody(lurking(path, targets));
    let raced = 0;
    const count = await rounds(async () => {
      try {
        const database = await Database.open(path, 'CREATE TABLE t (secret TEXT);', 1);
        database.exec("INSERT INTO t VALUES ('what only root may read')");
        database.close();
      } catch (error) {
        if (/somebody else changes|unable to open/.test(String(error))) raced++;
        throw error;
      } finally {
        for (const end of ['', '-wal', '-shm', '-journal']) rmSync(path + end, { force: true });
      }
    });
    const turns = await racer.end();
    check();
    console.log(`${count.done} opened, ${raced} of ${count.refused} refused as raced; changed ${turns.trim()} times`);
    expect(raced).toBeGreaterThan(0);
  }, 300_000);

  it.each(FOLDERS)(
    'files that are replaced, begun or appended to in a folder %s go nowhere else',
    async (_, mode, owner) => {
      const { shared, targets, check } = places(mode, owner);
      const at = (name: string): string => join(shared, name);
      const names = ['whole', 'begun', 'lines', 's.csv', 's.csv.part'].map(at);
      const racer = await asNobody(racing(names, targets));
      const count = await rounds(async (k) => {
        if (k % 4 === 0) await replaceFile(at('whole'), SECRET);
        if (k % 4 === 1) {
          const handle = await createPrivate(at('begun'), { force: true });
          await handle.write(SECRET);
          await handle.close();
        }
        if (k % 4 === 2) writeFileSync(openOwn(at('lines')).fd, SECRET);
        if (k % 4 === 3) {
          const scores = new ScoresWriter(at('s.csv'));
          scores.write(1, 0, 0, 0, 0, 0, false, 'secret');
          scores.close();
        }
      });
      const turns = await racer.end();
      check();
      console.log(
        `files, folder ${mode.toString(8)}: ${count.done} written, ${count.refused} refused; names changed ${turns.trim()} times`,
      );
      expect(count.done).toBeGreaterThan(0);
    },
    300_000,
  );
});

describe.skipIf(!canBeNobody)('a file that somebody else made and still reads', () => {
  let modelDir = '';
  beforeAll(async () => {
    ({ modelDir } = await trained());
  }, 300_000);

  /** Makes the files, holds them open, and says at the end what came into them. */
  const holding = (paths: readonly string[]): string => `
    const fs = require('fs');
    const held = ${JSON.stringify(paths)}.map((path) => fs.openSync(path, 'wx+', 0o666));
    console.log('ready');
    process.stdin.on('end', () => console.log(held.map((fd) => fs.fstatSync(fd).size).join())).resume();`;

  it.each([0o777, 0o1777])(
    'is replaced or refused, in a folder of mode %o',
    async (mode) => {
      const { shared } = places(mode);
      const at = (name: string): string => join(shared, name);
      const replaced = ['r.txt', 's.csv', 't.csv', 'sniffed.csv', 'sniffed.pcap'];
      const refused = ['r.jsonl', 'r.sqlite'];
      const reader = await asNobody(holding([...replaced, ...refused].map(at)));
      const input = ['-r', sample('mixed.pcap.gz'), '-c', '3000'];
      const run = anomaly([
        'detect',
        ...input,
        '--model',
        modelDir,
        '--out',
        at('r.txt'),
        '--scores',
        at('s.csv'),
        '--csv',
        at('t.csv'),
      ]);
      expect(run.stderr).toContain('written:');
      expect(run.code).toBe(0);
      const sniffed = anomaly(['sniff', ...input, '--out', at('sniffed.csv'), '-w', at('sniffed.pcap'), '--force']);
      expect(sniffed.code).toBe(0);
      for (const name of refused) {
        const { code, stderr } = anomaly(['detect', ...input, '--model', modelDir, '--out', at(name)]);
        expect([code, stderr.trim().split('\n')]).toEqual([
          73,
          [expect.stringMatching(/belongs to another user|everybody may change/)],
        ]);
      }
      for (const name of replaced) {
        const { uid, mode: bits, size } = lstatSync(at(name));
        expect([name, uid, bits & 0o777, size > 0]).toEqual([name, 0, 0o600, true]);
      }
      expect((await reader.end()).trim()).toBe('0,0,0,0,0,0,0');
    },
    120_000,
  );

  it(`whole runs beside a racer, ${RUNS} times: nothing is written where he wants it`, async () => {
    const { shared, targets, check } = places(0o755, NOBODY);
    const names = ['r.sqlite', 'r.jsonl', 'r.txt', 's.csv.part', 't.csv', '.r.txt.lock'].map((name) =>
      join(shared, name),
    );
    const racer = await asNobody(racing(names, targets));
    const codes: (number | null)[] = [];
    for (let k = 0; k < RUNS; k++) {
      const out = ['--out', ...names.slice(0, 3), '--scores', join(shared, 's.csv'), '--csv', names[4] as string];
      const { code, stderr } = anomaly([
        'detect',
        '-r',
        sample('mixed.pcap.gz'),
        '-c',
        '20000',
        '--model',
        modelDir,
        ...out,
      ]);
      expect(stderr).not.toMatch(/fault of the program|^ {4}at /m);
      codes.push(code);
    }
    await racer.end();
    check();
    expect(existsSync(shared)).toBe(true);
    console.log(`whole runs beside a racer ended with ${codes.join(', ')}`);
    for (const code of codes) expect([0, 73, 74]).toContain(code);
  }, 300_000);
});
