import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Report } from '../../src/detect/run-facts.js';
import { ReportFiles, writeReports } from '../../src/output/report-files.js';
import { hostile, mixed } from '../report/sample.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anomaly-report-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const NAMES = ['r.txt', 'r.html', 'r.jsonl', 'r.csv', 'r.sqlite'];
const at = (name: string): string => join(folder, name);
const read = (name: string): string => readFileSync(at(name), 'utf8');

/** Python's own SQLite: a reader that is not ours. */
function query(sql: string): Record<string, unknown>[] {
  const script = `import json,sqlite3,sys
c=sqlite3.connect(sys.argv[1]); c.row_factory=sqlite3.Row
print(json.dumps([dict(r) for r in c.execute(sys.argv[2])]))`;
  return JSON.parse(execFileSync('/usr/bin/python3', ['-c', script, at('r.sqlite'), sql], { encoding: 'utf8' }));
}

/** What each output says of each incident: id, severity, packets, first and last, both ends, title. */
function identities(report: Report) {
  const text = report.incidents.map((i) => `${i.id}|${i.severity}|${i.records}|${i.initiator}|${i.responder}`).sort();
  const lines = read('r.jsonl')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const rows: Record<string, string>[] = parse(read('r.csv'), { columns: true });
  const html = [...read('r.html').matchAll(/<details class="incident sev-(\w+)" id="incident-(\d+)"/g)];
  return {
    given: text,
    jsonl: lines
      .map(({ alert, ...e }) => {
        const src = e.src_ip ?? e.ether?.src_mac;
        const a = alert.context;
        return `${a.number}|${a.severity}|${a.packets}|${src}|${e.dest_ip ?? e.ether?.dest_mac}`;
      })
      .sort(),
    csv: rows.map((r) => `${r.incident}|${r.severity}|${r.packets}|${r.src_ip}|${r.dest_ip}`).sort(),
    sqlite: query('SELECT * FROM incidents')
      .map((r) => `${r.incident}|${r.severity}|${r.packets}|${r.src_ip}|${r.dest_ip}`)
      .sort(),
    html: html.map((m) => `${m[2]}|${m[1]}`).sort(),
    txt: [
      ...[...read('r.txt').matchAll(/^\[(\w+)\] +#(\d+)/gm)].map((m) => `${m[2]}|${m[1].toLowerCase()}`),
      ...[...read('r.txt').matchAll(/^ {2}(high|medium|low|notice) +#(\d+)/gm)].map((m) => `${m[2]}|${m[1]}`),
    ].sort(),
  };
}

describe('a report in a folder that is not there', () => {
  it('is refused before the run, not at its end', async () => {
    const opening = ReportFiles.open([at('gone/r.txt')]);
    await expect(opening).rejects.toMatchObject({ code: 'CANNOT_CREATE' });
    await expect(opening).rejects.toThrow(/gone\/r\.txt: its folder does not exist$/);
  });
});

describe('the reports of one run', () => {
  for (const [name, report] of [
    ['a mixed recording', mixed()],
    ['hostile names', hostile(400)],
  ] as const) {
    it(`agree on counts and identities: ${name}`, async () => {
      const flagged = [
        {
          frame: 7,
          timestampUs: 1_795_456_800_123_456,
          loss: 0.5,
          score: 3,
          smoothed: 2,
          reason: "'; DROP TABLE runs; --",
        },
        { frame: 9, timestampUs: 1_795_456_801_000_000, loss: Number.NaN, score: 4, smoothed: 2.5, reason: 'a' },
      ];
      await writeReports(NAMES.map(at), report, { flagged });
      const found = identities(report);
      for (const kind of ['jsonl', 'csv', 'sqlite'] as const) expect(found[kind], kind).toEqual(found.given);
      const short = found.given.map((text) => text.split('|').slice(0, 2).join('|')).sort();
      expect(found.html).toEqual(short);
      expect(found.txt).toEqual(short);
      const [run] = query('SELECT * FROM runs');
      expect(run).toMatchObject({
        records: report.facts.records,
        flagged: report.facts.anomalous,
        flagged_not_kept: 0,
      });
      for (const file of ['r.txt', 'r.html']) {
        expect(read(file)).toContain(report.facts.records.toLocaleString('en-US'));
        expect(read(file)).toContain(`${report.facts.threshold}`);
      }
      expect(query('SELECT * FROM flagged ORDER BY frame')).toEqual([
        { frame: 7, time: '2026-11-23T18:00:00.123456Z', loss: 0.5, score: 3, smoothed: 2, reason: flagged[0]?.reason },
        { frame: 9, time: '2026-11-23T18:00:01.000000Z', loss: null, score: 4, smoothed: 2.5, reason: 'a' },
      ]);
      expect(query('SELECT count(*) AS n FROM reasons')[0]?.n).toBe(
        report.incidents.reduce((sum, incident) => sum + incident.reasons.length, 0),
      );
      expect(query('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    });
  }

  it('are private files, and nothing else is left beside them', async () => {
    await writeReports(NAMES.map(at), mixed());
    expect(readdirSync(folder).sort()).toEqual([...NAMES].sort());
    for (const name of NAMES) expect(statSync(at(name)).mode & 0o777, name).toBe(0o600);
  });

  it('replace older reports, and only when they are complete', async () => {
    for (const name of NAMES) writeFileSync(at(name), 'old');
    const files = await ReportFiles.open(NAMES.map(at));
    files.flagged({ frame: 1, timestampUs: 0, loss: 0, score: 0, smoothed: 0, reason: '' });
    for (const name of NAMES) expect(read(name)).toBe('old');
    await files.write(mixed());
    expect(read('r.sqlite')).toBe('old');
    expect(read('r.txt')).toContain('Anomaly report');
    await files.finish(mixed());
    expect(query('SELECT count(*) AS n FROM flagged')).toEqual([{ n: 1 }]);
  });

  it('leave nothing behind when the run is given up', async () => {
    const files = await ReportFiles.open(NAMES.map(at));
    files.discard();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('keep a spreadsheet from taking a name for a formula', async () => {
    await writeReports([at('r.csv')], hostile(20));
    const cells = parse(read('r.csv')).flat();
    expect(cells.filter((cell) => /^[=+@-]/.test(cell))).toEqual([]);
    expect(cells.some((cell) => cell.startsWith("'=cmd"))).toBe(true);
  });
});

describe('report files', () => {
  it('refuse an unknown extension before anything runs, listing the known ones', async () => {
    await expect(ReportFiles.open([at('r.pdf')])).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('.txt .html .jsonl .csv .sqlite'),
    });
    await expect(ReportFiles.open([at('report')])).rejects.toMatchObject({ code: 'USAGE' });
    await expect(ReportFiles.open([at('r.txt'), join(folder, '.', 'r.txt')])).rejects.toThrow(/twice/);
  });

  it('are never written through a symbolic link or into a missing folder', async () => {
    writeFileSync(at('victim'), 'keep');
    for (const name of NAMES) {
      symlinkSync(at('victim'), at(name));
      await expect(writeReports([at(name)], mixed()), name).rejects.toMatchObject({ code: 'CANNOT_CREATE' });
    }
    expect(read('victim')).toBe('keep');
    await expect(writeReports([join(folder, 'no', 'r.sqlite')], mixed())).rejects.toMatchObject({
      code: 'CANNOT_CREATE',
    });
  });

  it('that fail do not keep the others from being written', async () => {
    const files = await ReportFiles.open([at('a.txt'), at('b.txt')]);
    symlinkSync(at('elsewhere'), at('a.txt'));
    await expect(files.finish(mixed())).rejects.toThrow(/symbolic link/);
    expect(read('b.txt')).toContain('Anomaly report');
  });
});
