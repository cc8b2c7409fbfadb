/** Reports that grow while a run goes on, and that the next run goes on with. */
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openOwn } from '../../src/base/own-file.js';
import type { DetectorEvent } from '../../src/detect/detector-event.js';
import type { Incident } from '../../src/detect/incident.js';
import { ReportFiles } from '../../src/output/report-files.js';
import { linesBackwards, tornBytes } from '../../src/output/reports/tail.js';
import type { RunReport } from '../../src/report/run-report.js';
import { objectOf, toldBy } from '../../src/report/told.js';
import { incident, mixed } from '../report/sample.js';
import { context, run } from '../support/report-context.js';
import { query as queryFile } from '../support/sqlite.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anomaly-growing-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);
const BOTH = ['r.jsonl', 'r.sqlite'];

const told = (name = 'r.jsonl') =>
  readFileSync(at(name), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => toldBy(objectOf(line) ?? {}));
const numbers = (name?: string): string[] => told(name).map((one) => `${one?.event} ${one?.number}`);

const query = (sql: string, name = 'r.sqlite'): unknown[] => queryFile(at(name), sql);

const event = (type: DetectorEvent['type'], of: Incident): DetectorEvent => ({ type, incident: of, atUs: of.lastUs });

const open = (names: readonly string[], changes = {}): Promise<ReportFiles> =>
  ReportFiles.open(names.map(at), context(changes));

const reportOf = (incidents: readonly Incident[], { run: id } = run(1)): RunReport => ({
  facts: { ...mixed().facts, run: id },
  incidents,
});

describe('while a run goes on', () => {
  for (const ecs of [false, true]) {
    it(`a line is in the .jsonl when the event is told (${ecs ? "Elastic's" : "Suricata's"} shape), and its row in the .sqlite`, async () => {
      const files = await open(BOTH, { ecs });
      const one = incident(1, { closed: false });
      files.incident(event('opened', one));
      expect(numbers()).toEqual(['opened 1']);
      one.records = 999;
      files.incident(event('updated', one));
      expect(numbers()).toEqual(['opened 1', 'updated 1']);
      await sleep(500);
      expect(query('SELECT incident, packets, closed FROM incidents')).toEqual([
        { incident: 1, packets: 999, closed: 0 },
      ]);
      expect(query('SELECT outcome, ended FROM runs')).toEqual([{ outcome: null, ended: null }]);
      one.closed = true;
      files.incident(event('closed', one));
      const two = incident(2, { closed: false });
      files.incident(event('opened', two));
      await files.finish(reportOf([one, two]));
      // what still goes on has a last line, and what has ended has none more
      expect(numbers()).toEqual(['opened 1', 'updated 1', 'closed 1', 'opened 2', 'updated 2']);
      expect(query('SELECT incident, closed FROM incidents ORDER BY incident')).toEqual([
        { incident: 1, closed: 1 },
        { incident: 2, closed: 0 },
      ]);
      expect(query('SELECT outcome, ended IS NOT NULL AS ended FROM runs')).toEqual([{ outcome: 'done', ended: 1 }]);
      expect(readdirSync(folder).sort()).toEqual(BOTH);
      for (const name of BOTH) expect(statSync(at(name)).mode & 0o777).toBe(0o600);
    });
  }

  it('a flood of 10,000 incidents that change shares commits, and every line is there', async () => {
    const files = await open(BOTH);
    const all = Array.from({ length: 10_000 }, (_, k) => incident(k + 1, { closed: false }));
    for (const one of all) files.incident(event('opened', one));
    for (const one of all) files.incident(event('updated', one));
    await files.finish(reportOf(all));
    expect(told()).toHaveLength(30_000);
    expect(query('SELECT count(*) AS n FROM incidents')).toEqual([{ n: 10_000 }]);
  });

  it('lines go on in a new file when the old one was moved away, with and without SIGHUP', async () => {
    const files = await open(BOTH);
    files.incident(event('opened', incident(1)));
    for (const name of BOTH) renameSync(at(name), at(`old-${name}`));
    files.reopen();
    await sleep(300);
    files.incident(event('opened', incident(2)));
    renameSync(at('r.jsonl'), at('older.jsonl'));
    await sleep(1300);
    files.incident(event('opened', incident(3)));
    await files.finish(reportOf([]));
    expect(numbers('old-r.jsonl')).toEqual(['opened 1']);
    expect(numbers('older.jsonl')).toEqual(['opened 2']);
    expect(numbers()).toEqual(['opened 3']);
    expect(query('SELECT incident FROM incidents', 'old-r.sqlite')).toEqual([{ incident: 1 }]);
    expect(query('SELECT outcome FROM runs', 'old-r.sqlite')).toEqual([{ outcome: 'moved' }]);
    expect(query('SELECT incident FROM incidents')).toEqual([{ incident: 2 }, { incident: 3 }]);
  });

  it('files that are old enough are followed by new ones, and only the newest are kept', async () => {
    const notes: string[] = [];
    const files = await open(BOTH, { rotateHours: 1 / 3600, keep: 2, note: (line: string) => notes.push(line) });
    for (let k = 1; k <= 4; k++) {
      files.incident(event('opened', incident(k)));
      await sleep(2300);
    }
    files.incident(event('opened', incident(5)));
    await files.finish(reportOf([]));
    expect(notes).toEqual([]);
    const names = readdirSync(folder).sort();
    const kept = (kind: string): string[] => names.filter((name) => name.endsWith(kind));
    for (const kind of ['jsonl', 'sqlite']) {
      expect(kept(kind)).toHaveLength(2);
      expect(kept(kind)[0]).toMatch(new RegExp(`^r-\\d{8}T\\d{6}Z\\.${kind}$`));
    }
    // each in the current file, or in the one before where files were due just then
    const lines = kept('.jsonl').map(numbers);
    expect(lines.flat().at(-1)).toBe('opened 5');
    expect(
      kept('.sqlite')
        .flatMap((name) => query('SELECT incident FROM incidents', name))
        .at(-1),
    ).toEqual({ incident: 5 });
    // numbers go on though the current files were just begun
    const before = Number(lines[0]?.at(-1)?.split(' ')[1]);
    expect([4, 5]).toContain(before);
    rmSync(at('r.jsonl'));
    writeFileSync(at('r.jsonl'), '', { mode: 0o600 });
    const next = await open(['r.jsonl']);
    expect(next.lastNumber).toBe(before);
    await next.discard();
  }, 30_000);
});

describe('the next run', () => {
  const killed = async (names: readonly string[]): Promise<void> => {
    const files = await open(names, { who: run(1) });
    files.incident(event('opened', incident(6, { closed: false })));
    files.incident(event('opened', incident(7, { closed: false })));
    files.incident(event('closed', incident(6)));
    await sleep(500);
    // as they lie there now, so they are found after a kill
    for (const name of readdirSync(folder)) linkSync(at(name), at(`kept-${name}`));
    const copies = new Map(readdirSync(folder).map((name) => [name, readFileSync(at(name))]));
    await files.discard();
    for (const name of readdirSync(folder)) if (name.startsWith('kept-')) rmSync(at(name));
    for (const name of ['r.sqlite', 'r.sqlite-wal', 'r.jsonl.run'])
      if (copies.has(name)) writeFileSync(at(name), copies.get(name) ?? '', { mode: 0o600 });
  };

  it('appends, counts on and says what the run before left open; a clean end leaves nothing to say', async () => {
    await killed(BOTH);
    const files = await open(BOTH, { who: run(2) });
    expect(files.lastNumber).toBe(7);
    const said = files.before;
    expect(said).toHaveLength(2);
    expect(said[0]).toMatch(
      /r\.jsonl: the run before \(started 2026-11-26T17:10:18\.000Z, run 019ab1c8-[\da-f-]+1\) ended without its end; 1 incident of it still open in the file$/,
    );
    expect(said[1]).toMatch(
      /r\.sqlite: the run before .* ended without its end; 1 incident of it still open in the file$/,
    );
    files.incident(event('opened', incident(8, { uuid: 'another', closed: false })));
    await files.finish(reportOf([], run(2)));
    // no line pretends that the killed run closed anything
    expect(numbers()).toEqual(['opened 6', 'opened 7', 'closed 6', 'opened 8']);
    expect(query('SELECT outcome, ended IS NULL AS endless FROM runs ORDER BY run')).toEqual([
      { outcome: 'cut off', endless: 1 },
      { outcome: 'done', endless: 0 },
    ]);
    const third = await open(BOTH, { who: run(3) });
    expect(third.before).toEqual([]);
    expect(third.lastNumber).toBe(8);
    await third.discard();
    expect(query('SELECT count(*) AS n FROM runs')).toEqual([{ n: 2 }]);
  });

  it('cuts a torn last line, and ends one that lacks only its end', async () => {
    for (const [torn, said] of [
      ['{"timestamp":"2026-11', 'a torn last line of 21 bytes was cut'],
      ['{"half":true}', 'the end of its last line was missing and is there now'],
    ]) {
      rmSync(at('r.jsonl'), { force: true });
      const first = await open(['r.jsonl']);
      first.incident(event('opened', incident(1)));
      await first.finish(reportOf([]));
      appendFileSync(at('r.jsonl'), torn ?? '');
      const files = await open(['r.jsonl']);
      expect(files.before).toEqual([`${at('r.jsonl')}: ${said}`]);
      files.incident(event('opened', incident(2)));
      await files.finish(reportOf([]));
      const lines = readFileSync(at('r.jsonl'), 'utf8').trimEnd().split('\n');
      for (const line of lines) expect(objectOf(line), line).toBeDefined();
      expect(lines).toHaveLength(torn?.endsWith('}') ? 3 : 2);
    }
  });

  it('finds the last number at the end of a file that nobody could read whole', async () => {
    const first = await open(['r.jsonl']);
    first.incident(event('opened', incident(41)));
    await first.finish(reportOf([]));
    const line = readFileSync(at('r.jsonl'));
    // a hole of a terabyte before the line
    truncateSync(at('r.jsonl'), 2 ** 40);
    appendFileSync(at('r.jsonl'), Buffer.concat([Buffer.from('\n'), line]));
    const files = await open(['r.jsonl']);
    expect(files.lastNumber).toBe(41);
    await files.discard();
    rmSync(at('r.jsonl'));
  });

  it('goes on with a database that a reader holds open', async () => {
    const { DatabaseSync } = await import('@photostructure/sqlite');
    const first = await open(['r.sqlite']);
    first.incident(event('opened', incident(1)));
    await sleep(300);
    const reader = new DatabaseSync(at('r.sqlite'), { readOnly: true });
    reader.exec('BEGIN');
    const count = (): unknown => ({ ...(reader.prepare('SELECT count(*) AS n FROM incidents').get() as object) });
    expect(count()).toEqual({ n: 1 });
    first.incident(event('opened', incident(2)));
    await sleep(300);
    expect(query('SELECT count(*) AS n FROM incidents')).toEqual([{ n: 2 }]);
    // a reader sees what was there when it began
    expect(count()).toEqual({ n: 1 });
    await first.finish(reportOf([]));
    reader.close();
    const next = await open(['r.sqlite'], { who: run(2) });
    expect(next.lastNumber).toBe(2);
    await next.discard();
  });
});

describe('a run that told nothing', () => {
  it('leaves no file behind when it is given up, and those of others as they were', async () => {
    const files = await open([...BOTH, 'r.txt']);
    await files.discard();
    expect(readdirSync(folder)).toEqual([]);
    const first = await open(BOTH);
    first.incident(event('opened', incident(1)));
    await first.finish(reportOf([]));
    const before = readFileSync(at('r.jsonl'));
    const second = await open(BOTH, { who: run(2) });
    await second.discard();
    expect(readFileSync(at('r.jsonl'))).toEqual(before);
    expect(query('SELECT count(*) AS n FROM runs')).toEqual([{ n: 1 }]);
    expect(readdirSync(folder).sort()).toEqual(BOTH);
  });
});

describe('a file that is not ours', () => {
  const refused = async (name: string, words: RegExp): Promise<void> => {
    const before = existsSync(at(name)) && !statSync(at(name)).isDirectory() ? readFileSync(at(name)) : undefined;
    const opening = open([name]);
    await expect(opening, name).rejects.toMatchObject({ code: 'CANNOT_CREATE' });
    await expect(opening, name).rejects.toThrow(words);
    if (before) expect(readFileSync(at(name))).toEqual(before);
  };

  it('is refused in one line and stays as it was', async () => {
    for (const name of BOTH) {
      writeFileSync(at('victim'), '', { mode: 0o600 });
      symlinkSync(at('victim'), at(name));
      await refused(name, /is a symbolic link, which is not followed$/);
      rmSync(at(name));
      writeFileSync(at(name), '', { mode: 0o600 });
      chmodSync(at(name), 0o620);
      await refused(name, /can be written by others, who could forge it; chmod go-w it, or name another$/);
      rmSync(at(name));
      writeFileSync(at(name), 'a diary\nof somebody\n', { mode: 0o600 });
      await refused(name, /(holds no JSON lines|not a database); name another file$/);
      rmSync(at(name));
    }
    writeFileSync(at('r.jsonl'), 'one long text without an end', { mode: 0o600 });
    await refused('r.jsonl', /holds no JSON lines; name another file$/);
    const { DatabaseSync } = await import('@photostructure/sqlite');
    const other = new DatabaseSync(at('r.sqlite'));
    other.exec('CREATE TABLE bookmarks (url TEXT)');
    other.close();
    chmodSync(at('r.sqlite'), 0o600);
    await refused('r.sqlite', /is a database of something else; name another file$/);
  });

  it.skipIf(process.geteuid?.() !== 0)('is refused where it belongs to another user', async () => {
    writeFileSync(at('r.jsonl'), '', { mode: 0o600 });
    chownSync(at('r.jsonl'), 65_534, 65_534);
    await refused('r.jsonl', /belongs to another user \(uid 65534\), not to uid 0; name another file$/);
  });
});

describe('reading backwards', () => {
  it('gives the lines of a file from last to first, wherever chunks end', () => {
    const path = at('lines');
    const line = fc.oneof(fc.string({ minLength: 1, maxLength: 40 }), fc.constant('x'.repeat(300_000)));
    const text = line.map((one) => one.replaceAll('\n', ' '));
    fc.assert(
      fc.property(fc.array(text, { maxLength: 6 }), fc.string({ maxLength: 20 }), (lines, rest) => {
        const torn = rest.replaceAll('\n', '');
        rmSync(path, { force: true });
        writeFileSync(path, lines.map((one) => `${one}\n`).join('') + torn, { mode: 0o600 });
        const { fd } = openOwn(path);
        const whole = Buffer.byteLength(lines.map((one) => `${one}\n`).join(''));
        expect([...linesBackwards(fd, 0, whole)]).toEqual([...lines].reverse());
        expect(tornBytes(fd).toString()).toBe(torn);
        const from = lines.length > 1 ? Buffer.byteLength(`${lines[0]}\n`) : 0;
        expect([...linesBackwards(fd, from, whole)]).toEqual(
          [...(lines.length > 1 ? lines.slice(1) : lines)].reverse(),
        );
      }),
      { numRuns: 60 },
    );
    utimesSync(path, 0, 0);
  });
});
