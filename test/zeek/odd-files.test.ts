/** Files that people have: one bad one among others, cells of other programs, rows of other logs, wrong separators. */

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSource } from '../../src/engine/source.js';
import { openConnLogs } from '../../src/zeek/reader.js';
import { ConnRecord } from '../../src/zeek/record.js';

const NAMES =
  'ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes conn_state local_orig'.split(' ');
type Cells = Record<string, string>;
const PLAIN: Cells = Object.fromEntries(
  NAMES.map((name, i) => [
    name,
    '1700000000.5 C1 10.7.0.5 40000 203.0.113.10 443 tcp ssl 1.5 100 SF T'.split(' ')[i] ?? '',
  ]),
);
const head = (separator = '\t'): string =>
  `#separator \\x09\n#path${separator}conn\n#fields${separator}${NAMES.join(separator)}\n`;
const row = (cells: Cells = {}, separator = '\t'): string =>
  `${NAMES.map((name) => cells[name] ?? PLAIN[name]).join(separator)}\n`;
const rows = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, k) => row({ ts: `${1700000000 + from + k}.5`, uid: `C${from + k}` })).join('');

let folder: string;
let made = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'odd-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(content: string | Uint8Array): string {
  const path = join(folder, `${++made}.log`);
  writeFileSync(path, content);
  return path;
}

async function read(...paths: string[]) {
  const source = await openConnLogs(paths);
  const records: ConnRecord[] = [];
  let error: Error | undefined;
  try {
    for await (const batch of source.batches) {
      for (let k = 0; k < batch.count; k++) {
        const record = new ConnRecord();
        batch.read(k, record);
        records.push(record);
      }
    }
  } catch (cause) {
    error = cause as Error;
  }
  return { records, warnings: source.facts.warnings, error };
}

describe('one bad file among others', () => {
  it('is left out of a folder by its reason, and the rest is read', async () => {
    const path = join(folder, 'rotation');
    mkdirSync(join(path, 'conn.08.log'), { recursive: true });
    const put = (name: string, content: string): void => writeFileSync(join(path, name), content);
    put('conn.00.log', head() + rows(0, 5));
    put('conn.00.log~', head() + rows(0, 5));
    put('conn.00.log.bak', head() + rows(0, 5));
    put('.conn.00.log.swp', 'b0VIM 9.0');
    put('conn.01.log', '');
    put('conn.02.log', '#separator \\x09\n#fie');
    put('conn.03.log', 'Dear network');
    put('conn.04.log', rows(5, 8));
    put('conn.05.log', head() + rows(8, 10));
    symlinkSync(join(path, 'nowhere'), join(path, 'conn.06.log'));
    const server = createServer().listen(join(path, 'conn.07.log'));
    const { records, warnings, error } = await read(path);
    server.close();
    expect(error).toBeUndefined();
    expect(records).toHaveLength(7);
    const said = warnings.join('\n');
    expect(said).toContain(".conn.00.log.swp, conn.00.log.bak, conn.00.log~ left out: an editor's file, or a copy");
    expect(said).toContain('conn.06.log, conn.07.log left out: no regular file');
    expect(said).toMatch(/conn\.01\.log: is empty; left out/);
    expect(said).toMatch(/conn\.03\.log: is no capture .*; left out/);
    expect(said).toMatch(/conn\.04\.log: rows before a #fields line .*; left out/);
  });

  it('that is damaged in its midst is read up to there, the others to their end; then it is bad data', async () => {
    // what compresses badly: damage is behind the first piece that is unpacked
    const many = Array.from({ length: 20_000 }, (_, k) =>
      row({ uid: `C${(k * 2654435761) % 2 ** 32}x${(k * 40503) % 65536}` }),
    );
    const packed = gzipSync(head() + many.join(''));
    packed.fill(0x58, packed.length - 200, packed.length - 100);
    const { records, error } = await read(file(packed), file(head() + rows(10_000, 10_007)));
    expect(records.filter(({ timestampUs }) => timestampUs >= 1_700_010_000e6)).toHaveLength(7);
    expect(error).toMatchObject({
      code: 'BAD_DATA',
      message: expect.stringMatching(/gzip data damaged near byte \d+ .*; all else was read$/),
    });
  });

  it('does not decide what the others are', async () => {
    const source = await openSource([file('Dear network'), file(head() + rows(0, 3))]);
    expect(source.kind.kind).toBe('connection');
    await source.close();
    await expect(openSource([file('Dear network')])).rejects.toMatchObject({ code: 'BAD_DATA' });
  });
});

describe('cells of other programs', () => {
  it.each([
    [
      'nothing in words',
      { duration: 'NaN', orig_bytes: 'None', service: 'null', local_orig: 'nan', conn_state: '<NA>' },
    ],
    ['nothing', { duration: '', orig_bytes: '', service: '', local_orig: '', conn_state: '' }],
  ])('are missing without a word where they say %s', async (_, cells) => {
    const { records, warnings } = await read(file(head() + row(cells)));
    const [{ duration, origBytes, service, localOrig, connState }] = records as [ConnRecord];
    expect([duration, origBytes, service.length, localOrig, connState]).toEqual([-1, -1, 0, -1, -1]);
    expect(warnings).toEqual([]);
  });

  it.each([
    ['duration', '-3.5'],
    ['duration', '18446744073.709552'],
    ['duration', '4294967295.9'],
    ['orig_bytes', '12.7'],
    ['orig_bytes', '-1'],
    ['orig_bytes', '0x10'],
    ['id.resp_p', '70000'],
    ['conn_state', 'DONE'],
    ['local_orig', 'maybe'],
  ])('are missing, counted and shown where %s is %s', async (name, cell) => {
    const { records, warnings } = await read(
      file(head() + row() + row({ uid: 'C2', [name]: cell }) + row({ uid: 'C3', [name]: cell })),
    );
    expect(records).toHaveLength(3);
    expect(warnings).toEqual([
      expect.stringMatching(
        `2 rows with a value that cannot be read, which counts as missing; the first is line 5, ${name} "${cell}"$`,
      ),
    ]);
  });

  it.each([
    ['1700000000.123457', 1700000000123457, ''],
    ['1700000000,123457', 1700000000123457, ''],
    ['1.7e9', 1700000000000000, ''],
    ['2023-11-14 22:13:20.123457+00:00', 1700000000123457, ''],
    ['2023-11-14T22:13:20.123457Z', 1700000000123457, ''],
    ['2023-11-14T22:13:20', 1700000000000000, ''],
    ['1700000000123', 1700000000123000, 'milliseconds'],
    ['1700000000123457', 1700000000123457, 'microseconds'],
    ['1700000000123457001', 1700000000123457, 'nanoseconds'],
  ])('are times where ts is %s', async (ts, us, unit) => {
    for (const text of [head() + row({ ts }), `${JSON.stringify({ ...PLAIN, ts })}\n`]) {
      const { records, warnings } = await read(file(text));
      expect(records[0]?.timestampUs).toBe(us);
      expect(warnings).toEqual(
        unit === '' ? [] : [expect.stringContaining(`the times of 1 row were taken for ${unit}`)],
      );
    }
  });

  it.each([
    ['6', 6],
    ['17.0', 17],
    ['ICMP6', 1],
    ['47', 47],
  ])('are protocols where proto is %s', async (proto, number) => {
    const { records } = await read(file(head() + row({ proto })));
    expect(records[0]?.ipProto).toBe(number);
  });
});

describe('separators', () => {
  it.each([',', ';', '|'])('may be %s in all lines but the first', async (separator) => {
    const { records } = await read(file(head(separator) + row({}, separator)));
    expect(records).toHaveLength(1);
  });

  it('that differ from what the header says are named', async () => {
    await expect(read(file(head() + row({}, ';')))).rejects.toMatchObject({
      message: expect.stringMatching(/line 4: cells are separated by semicolons, where the header says tabs/),
    });
  });

  it('may stand in cells that are quoted', async () => {
    const quoted = `${NAMES.map((name) => `"${name === 'service' ? 'ssl,http' : PLAIN[name]}"`).join(',')}\n`;
    const { records } = await read(file(`${NAMES.join(',')}\n${quoted}`));
    expect(records[0]?.service.toString()).toBe('http,ssl');
  });
});

describe('other logs', () => {
  it('put behind conn.log, or before it, are left out and counted', async () => {
    const dns = '#path\tdns\n#fields\tts\tquery\n1700000000.5\ta.example\n1700000000.6\tb.example\n';
    for (const text of [head() + rows(0, 3) + dns, dns + head() + rows(0, 3)]) {
      const { records, warnings } = await read(file(text));
      expect(records).toHaveLength(3);
      expect(warnings).toEqual([expect.stringContaining('rows of other logs left out: 2 of dns')]);
    }
  });

  it('alone are refused, also after many rows', async () => {
    const object = '{"_path":"dns","ts":1700000000.5,"query":"a.example"}\n';
    for (const text of [object, object.repeat(20_000)]) {
      await expect(read(file(text))).rejects.toMatchObject({ message: expect.stringContaining('is a Zeek dns log') });
    }
  });

  it('do not come between the lines of names of logs put together with cat', async () => {
    const names = `${NAMES.join(',')}\n`;
    const { records, warnings } = await read(file(names + row({}, ',') + names + row({ uid: 'C2' }, ',')));
    expect(records).toHaveLength(2);
    expect(warnings).toHaveLength(1);
  });
});

describe('JSON', () => {
  const object = { ...PLAIN, ts: 1700000000.5 };

  it('objects over several lines are read, with what is cut off between them lost alone', async () => {
    const pretty = JSON.stringify(object, null, 2);
    const second = JSON.stringify({ ...object, uid: 'C2' }, null, 2);
    const { records } = await read(file(`${pretty}\n${pretty.slice(0, 60)}\n${second}\n`));
    expect(records.map(({ uid }) => `${uid}`)).toEqual(['C1', 'C2']);
  });

  it('lines of which the first is cut off are still lines', async () => {
    const { records, warnings } = await read(
      file(`${JSON.stringify(object).slice(0, 50)}\n${JSON.stringify(object)}\n`),
    );
    expect(records).toHaveLength(1);
    expect(warnings.join()).toMatch(/1 line left out/);
  });

  it('arrays of any length in one line are read', async () => {
    const many = Array.from({ length: 20_000 }, (_, k) => JSON.stringify({ ...object, uid: `C${k}` }));
    expect((await read(file(`[${many.join(',')}]`))).records).toHaveLength(20_000);
  });
});
