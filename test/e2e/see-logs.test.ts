/** The command that shows an incident of connections: run as it is printed, it shows the very rows. */
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connLog, HEADER } from '../support/conn-log.js';
import { anomaly, folder } from '../support/program.js';
import { Running } from '../support/running.js';
import { expectRecords, seenIn, shown } from '../support/see.js';

const ROWS = 3000;
const DAY = 86_400;
const OUT = ['--out', 'r.txt', 'r.html', 'r.csv'];
const trainedIn = mkdtempSync(join(tmpdir(), 'anomaly-test-'));
const model = join(trainedIn, 'model');

beforeAll(() => {
  const log = join(trainedIn, 'train.log');
  writeFileSync(log, HEADER + connLog(1, ROWS, true));
  const done = anomaly(['train', log, '--train-on-label', 'BENIGN', '--power', 'off', '--model', model]);
  expect(done.code).toBe(0);
}, 300_000);
afterAll(() => rmSync(trainedIn, { recursive: true, force: true }));

const rows = connLog(2, ROWS, true, DAY).trimEnd().split('\n');
const names = (/^#fields\t(.*)$/m.exec(HEADER)?.[1] ?? '').split('\t');
const json = (row: string): string =>
  JSON.stringify(
    Object.fromEntries(
      row.split('\t').flatMap((cell, k): [string, string | number | boolean][] => {
        if (cell === '-') return [];
        const number = names[k] !== 'uid' && /^[\d.]+$/.test(cell) && cell.split('.').length < 3;
        return [[names[k] as string, number ? Number(cell) : cell]];
      }),
    ),
  );
/** What a row is known by: its time, its source and the port there. */
const idOf = (line: string): string => {
  if (!line.startsWith('{')) return [0, 2, 3, 5].map((k) => line.split('\t')[k]).join(' ');
  const row = JSON.parse(line);
  return [row.ts.toFixed(6), row['id.orig_h'], row['id.orig_p'], row['id.resp_p']].join(' ');
};

function detect(dir: string, inputs: readonly string[], input?: Buffer): void {
  const args = ['detect', '-r', ...inputs, '--model', model, ...OUT];
  expect(anomaly(args, { cwd: dir, ...(input && { input }) }).stderr).toContain('connections examined');
}

describe('the command that shows an incident of connections', () => {
  it('prints the rows of a log in either format, packed or not, whatever else stands in it', {
    timeout: 300_000,
  }, () => {
    const dir = folder();
    // a comment, a row that cannot be read, and one that is there twice
    const tsv = [...rows.slice(0, 700), '# rotated', 'no row', rows[3], ...rows.slice(700)].join('\n');
    const known = (frame: number): string => idOf(rows[frame - 1] as string);
    writeFileSync(join(dir, 'conn log'), `${HEADER}${tsv}\n`);
    writeFileSync(join(dir, 'packed'), gzipSync(`${HEADER}${tsv}\n`));
    writeFileSync(join(dir, 'conn.json'), `${rows.map(json).join('\n')}\n`);
    for (const name of ['conn log', 'packed', 'conn.json']) {
      detect(dir, [name]);
      expectRecords(dir, known, idOf);
    }
    const input = gzipSync(`${HEADER}${tsv}\n`);
    detect(dir, ['-'], input);
    expectRecords(dir, known, idOf, { input });
  });

  it('names the log of a folder that has them, also where two are of the same hours', () => {
    const dir = folder();
    mkdirSync(join(dir, 'logs'));
    const part = (accept: (k: number) => boolean): string =>
      `${HEADER}${rows.filter((_, k) => accept(k)).join('\n')}\n`;
    writeFileSync(
      join(dir, 'logs/conn.1.log'),
      part((k) => k < 1000),
    );
    writeFileSync(
      join(dir, 'logs/a.conn.log'),
      part((k) => k >= 1000 && k % 2 === 0),
    );
    writeFileSync(join(dir, 'logs/b.conn.log.gz'), gzipSync(part((k) => k >= 1000 && k % 2 === 1)));
    detect(dir, ['logs']);
    // the merged order is the program's own: each row that is shown is one of the incident's parties
    const seen = seenIn(dir);
    expect(seen.length).toBeGreaterThan(1);
    const scan = seen.find(({ frames }) => frames.length > 20);
    expect(scan?.commands[0]).toMatch(/conn\.log.*\n.*conn\.log/s);
    for (const command of scan?.commands ?? []) {
      const lines = shown(command, dir);
      expect(lines.length).toBeGreaterThan(10);
      for (const line of lines) expect(line).toContain('\t10.0.0.66\t');
    }
  });

  it('finds them in a log that was followed, after it was moved away', { timeout: 120_000 }, async () => {
    const dir = folder();
    const log = join(dir, 'conn.log');
    writeFileSync(log, `${HEADER}${rows[0]}\n`);
    const run = new Running(['detect', '--follow', 'conn.log', '--model', model, ...OUT], dir);
    await run.until('following');
    appendFileSync(log, `${rows.slice(1).join('\n')}\n`);
    await run.until('opened: 10.0.0.66');
    renameSync(log, join(dir, 'conn.log.1'));
    writeFileSync(log, HEADER);
    await run.end('SIGINT');
    for (const { commands } of seenIn(dir)) {
      for (const command of commands) {
        const lines = shown(command, dir);
        expect(lines.length).toBeGreaterThan(0);
        for (const line of lines) expect(rows).toContain(line);
      }
    }
    expect(readFileSync(join(dir, 'r.txt'), 'utf8')).toContain('zgrep -hwF ');
  });
});
