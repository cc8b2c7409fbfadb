import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Report } from '../../src/detect/run-facts.js';
import { ReportFiles, writeReports } from '../../src/output/report-files.js';
import { hostile, mixed } from '../report/sample.js';
import { context } from '../support/report-context.js';
import { query as queryFile } from '../support/sqlite.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anomaly-report-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const NAMES = ['r.txt', 'r.html', 'r.jsonl', 'r.json', 'r.csv', 'r.sqlite'];
const at = (name: string): string => join(folder, name);
const read = (name: string): string => readFileSync(at(name), 'utf8');

const query = (sql: string): Record<string, unknown>[] => queryFile(at('r.sqlite'), sql);

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
    const opening = ReportFiles.open([at('gone/r.txt')], context());
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
      const { run: id } = report.facts;
      expect(query('SELECT * FROM flagged ORDER BY frame')).toEqual([
        {
          ...{ run: id, frame: 7, time: '2026-11-23T18:00:00.123456Z' },
          ...{ loss: 0.5, score: 3, smoothed: 2, reason: flagged[0]?.reason },
        },
        { run: id, frame: 9, time: '2026-11-23T18:00:01.000000Z', loss: null, score: 4, smoothed: 2.5, reason: 'a' },
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

  it('replace older reports, but a database has all of its runs', async () => {
    for (const name of NAMES.filter((one) => one !== 'r.sqlite')) writeFileSync(at(name), 'old');
    const [first, second] = [mixed(), mixed()];
    await writeReports(NAMES.map(at), first);
    const later = {
      facts: { ...second.facts, run: '019ab1c8-9a3f-7abc-8def-000000000001' },
      incidents: second.incidents.map((one) => ({ ...one, uuid: one.uuid.replace('8000', '9000'), id: one.id + 100 })),
    };
    await writeReports(NAMES.map(at), later);
    for (const name of ['r.txt', 'r.html', 'r.jsonl', 'r.csv']) expect(read(name)).not.toMatch(/^old/);
    expect(read('r.jsonl').trimEnd().split('\n')).toHaveLength(later.incidents.length);
    expect(query('SELECT outcome FROM runs')).toEqual([{ outcome: 'done' }, { outcome: 'done' }]);
    expect(query('SELECT count(*) AS n FROM incidents')).toEqual([{ n: 2 * later.incidents.length }]);
  });

  it('keep a spreadsheet from taking a name for a formula', async () => {
    await writeReports([at('r.csv')], hostile(20));
    const named = parse(read('r.csv'), { columns: true }) as Record<string, string>[];
    const { sensor, run } = hostile(20).facts;
    expect(named.map((row) => [row.uuid, row.sensor, row.run])).toEqual(
      hostile(20).incidents.map(({ uuid }) => [uuid, sensor, run]),
    );
    const cells = parse(read('r.csv')).flat();
    expect(cells.filter((cell) => /^[=+@-]/.test(cell))).toEqual([]);
    expect(cells.some((cell) => cell.startsWith("'=cmd"))).toBe(true);
  });
});

describe('report files', () => {
  it('refuse an unknown extension before anything runs, listing the known ones', async () => {
    await expect(ReportFiles.open([at('r.pdf')], context())).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('.txt .html .jsonl .json .csv .sqlite'),
    });
    await expect(ReportFiles.open([at('report')], context())).rejects.toMatchObject({ code: 'USAGE' });
    await expect(ReportFiles.open([at('r.txt'), join(folder, '.', 'r.txt')], context())).rejects.toThrow(/twice/);
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
    const files = await ReportFiles.open([at('a.txt'), at('b.txt'), at('c.jsonl')], context());
    symlinkSync(at('elsewhere'), at('a.txt'));
    expect((await files.finish(mixed())).map(({ error }) => String(error))).toEqual([
      expect.stringMatching(/symbolic link/),
    ]);
    expect(read('b.txt')).toContain('Anomaly report');
    expect(readdirSync(folder).sort()).toEqual(['a.txt', 'b.txt', 'c.jsonl']);
  });
});
