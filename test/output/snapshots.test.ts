/** Reports that are written whole, while a run goes on and at its end. */
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { render } from '../../src/output/report-kinds.js';
import type { Renderer, SnapshotFile } from '../../src/output/reports/renderer.js';
import type { Snapshots } from '../../src/output/reports/snapshots.js';
import type { RunReport } from '../../src/report/run-report.js';
import { hostile, mixed } from '../report/sample.js';
import { root } from '../support/program.js';
import { context } from '../support/report-context.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anomaly-snapshots-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);
const read = (name: string): string => readFileSync(at(name), 'utf8');
/** of the built program, whose thread can be started */
const { Snapshots: Built } = (await import(join(root, 'dist/output/reports/snapshots.js'))) as {
  Snapshots: typeof Snapshots;
};
const MINUTE = 60_000;
const started = new Date('2026-11-26T17:10:18Z');
const startMs = started.getTime();

describe('whole reports', () => {
  it('are the same from the thread as at the end, and hold what the run found until then', async () => {
    const report = hostile(300);
    const paths = ['r.txt', 'r.html', 'r.csv'].map(at);
    const snapshots = new Built(paths, context());
    await snapshots.write(report);
    for (const path of paths) {
      expect(readFileSync(path, 'utf8')).toBe(await render(path, { ...report, earlier: [] }));
      expect(statSync(path).mode & 0o777).toBe(0o600);
    }
    await snapshots.finish(mixed());
    expect(read('r.txt')).toBe(await render(at('r.txt'), { ...mixed(), earlier: [] }));
    expect(readdirSync(folder).sort()).toEqual(['r.csv', 'r.html', 'r.txt']);
  });

  it('of a live run keep those of the run before under the time of their last change, and name them', async () => {
    writeFileSync(at('r.txt'), 'yesterday');
    utimesSync(at('r.txt'), 1_795_713_018, 1_795_713_018);
    writeFileSync(at('r-20261101T000000Z.txt'), 'long ago');
    writeFileSync(at('r-notes.txt'), 'not a report');
    const snapshots = new Built([at('r.txt')], context({ live: true }));
    // nothing happens before there is something to write
    expect(read('r.txt')).toBe('yesterday');
    await snapshots.write(mixed());
    await snapshots.write(mixed());
    await snapshots.finish(mixed());
    expect(read('r-20261126T171018Z.txt')).toBe('yesterday');
    expect(read('r.txt')).toMatch(/Earlier reports +r-20261126T171018Z\.txt, r-20261101T000000Z\.txt/);
    expect(readdirSync(folder).sort()).toEqual([
      'r-20261101T000000Z.txt',
      'r-20261126T171018Z.txt',
      'r-notes.txt',
      'r.txt',
    ]);
  });

  it('that are kept are the newest, as many as --keep says, and no other file goes', async () => {
    for (const name of ['r-20261101T000000Z.txt', 'r-20261102T000000Z.txt', 'r-20261102T000000Z.0002.txt', 'r-old.txt'])
      writeFileSync(at(name), name);
    writeFileSync(at('r.txt'), 'yesterday');
    utimesSync(at('r.txt'), 1_795_713_018, 1_795_713_018);
    const snapshots = new Built([at('r.txt')], context({ keep: 3 }));
    await snapshots.finish(mixed());
    expect(readdirSync(folder).sort()).toEqual([
      'r-20261102T000000Z.0002.txt',
      'r-20261126T171018Z.txt',
      'r-old.txt',
      'r.txt',
    ]);
  });

  it('of files are replaced: the same input gives the same report', async () => {
    writeFileSync(at('r.txt'), 'yesterday');
    const snapshots = new Built([at('r.txt')], context({ live: false }));
    await snapshots.finish(mixed());
    expect(readdirSync(folder)).toEqual(['r.txt']);
    expect(read('r.txt')).toBe(await render(at('r.txt'), mixed()));
  });

  it('that fail are told once while the run goes on, and once when it is over', async () => {
    const notes: string[] = [];
    const snapshots = new Built([at('a.txt'), at('b.txt')], context({ note: (line) => notes.push(line) }));
    symlinkSync(at('elsewhere'), at('a.txt'));
    for (let k = 0; k < 3; k++) await snapshots.write(mixed());
    expect(notes).toEqual([
      `${at('a.txt')}: is a symbolic link, which is not followed; detection goes on, and this is tried again`,
    ]);
    expect(read('b.txt')).toContain('Anomaly report');
    rmSync(at('a.txt'));
    await snapshots.write(mixed());
    expect(notes.slice(1)).toEqual([`${at('a.txt')}: written again; nothing was lost`]);
    await snapshots.finish(mixed());
  });
});

describe('the time to write them', () => {
  const slow = (tookMs: number): Renderer =>
    ({
      write: async (_: RunReport, files: readonly SnapshotFile[]) => {
        for (const { path } of files) writeFileSync(path, '');
        return { tookMs, failures: [] };
      },
      close: async () => undefined,
    }) as unknown as Renderer;

  it('is once a minute where records came, and never where none did', async () => {
    const snapshots = new Built([at('r.txt')], context({ started }), slow(100));
    expect(snapshots.due(5, startMs + MINUTE - 1)).toBe(false);
    expect(snapshots.due(0, startMs + 10 * MINUTE)).toBe(false);
    expect(snapshots.due(5, startMs + MINUTE)).toBe(true);
    const report = mixed();
    await snapshots.write(report);
    const now = Date.now();
    expect(snapshots.due(report.facts.records, now + 2 * MINUTE)).toBe(false);
    expect(snapshots.due(report.facts.records + 1, now + MINUTE / 2)).toBe(false);
    expect(snapshots.due(report.facts.records + 1, now + 2 * MINUTE)).toBe(true);
    await snapshots.discard();
  });

  it('comes so much later as writing takes long: never more than a fiftieth of a processor', async () => {
    const snapshots = new Built([at('r.txt')], context({ started }), slow(6000));
    const report = mixed();
    await snapshots.write(report);
    const now = Date.now();
    expect(snapshots.due(report.facts.records + 1, now + 4 * MINUTE)).toBe(false);
    expect(snapshots.due(report.facts.records + 1, now + 6 * MINUTE)).toBe(true);
    await snapshots.discard();
  });

  it('never comes where there is nothing to write', () => {
    expect(new Built([], context({ started })).due(5, startMs + 10 * MINUTE)).toBe(false);
  });
});
