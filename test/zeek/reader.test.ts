import { appendFile, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConnBatch } from '../../src/zeek/conn-batch.js';
import { followConnLog } from '../../src/zeek/follow.js';
import { Rows } from '../../src/zeek/lines.js';
import { openConnLogs } from '../../src/zeek/reader.js';
import { CONN_STATES, ConnRecord, ICMP, TCP } from '../../src/zeek/record.js';
import { TsvParser } from '../../src/zeek/tsv.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'conn-'));
});
afterAll(() => rm(folder, { recursive: true }));

const FIELDS =
  'ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state history';
const ROW = '1700000000.123457 C1 10.0.0.1 40000 192.0.2.7 443 tcp ssl 1.500000 100 2000 SF ShADadFf';
/** the row of another connection */
const OTHER = ROW.replace(' C1 ', ' C2 ');
const tabs = (text: string): string => text.replaceAll(' ', '\t');
const head = (fields = FIELDS): string => `#separator \\x09\n#path\tconn\n#fields\t${tabs(fields)}\n`;

async function readText(text: string | Uint8Array, name = 'conn.log') {
  const path = join(folder, `${Math.random().toString(36).slice(2)}.${name}`);
  await writeFile(path, text);
  return readPaths([path]);
}

async function readPaths(paths: string[]) {
  const source = await openConnLogs(paths);
  const rows: ConnRecord[] = [];
  for await (const batch of source.batches) {
    for (let k = 0; k < batch.count; k++) {
      const row = new ConnRecord();
      batch.read(k, row);
      rows.push(row);
    }
  }
  return { rows, warnings: source.facts.warnings };
}

describe('tab-separated logs', () => {
  it('give a record with exact times and numbers for each row', async () => {
    const { rows } = await readText(`${head()}${tabs(ROW)}\n`);
    const [r] = rows as [ConnRecord];
    expect(r.timestampUs).toBe(1700000000123457);
    expect([...r.origH.subarray(0, 4)]).toEqual([10, 0, 0, 1]);
    expect([r.origP, r.respP, r.proto, r.ipProto]).toEqual([40000, 443, TCP, 6]);
    expect([r.service.toString(), r.duration, r.origBytes, r.respBytes]).toEqual(['ssl', 1.5, 100, 2000]);
    expect(CONN_STATES[r.connState]).toBe('SF');
    expect(r.history.toString()).toBe('ShADadFf');
  });

  it('may have columns in any order, and unknown ones are passed over', async () => {
    const names = FIELDS.split(' ');
    const cells = ROW.split(' ');
    const text = `${head(`_node ${[...names].reverse().join(' ')} extra`)}${tabs(`w1 ${[...cells].reverse().join(' ')} x`)}\n`;
    const { rows } = await readText(text);
    expect(rows[0]?.timestampUs).toBe(1700000000123457);
    expect(rows[0]?.respP).toBe(443);
  });

  it('say in their header what separates, what is empty and what is unset', async () => {
    const text = `#separator \\x7c\n#set_separator|;\n#empty_field|EMPTY\n#unset_field|?\n#path|conn\n#fields|${FIELDS.replaceAll(' ', '|')}\n${ROW.replace('ssl', 'ssl;http').replace('1.500000', '?').replace('ShADadFf', 'EMPTY').replaceAll(' ', '|')}\n`;
    const { rows } = await readText(text);
    expect(rows[0]?.service.toString()).toBe('http,ssl');
    expect(rows[0]?.duration).toBe(-1);
    expect(rows[0]?.history.length).toBe(0);
  });

  it('give numbers and addresses that are not written plainly all the same, or as not present', async () => {
    const cases: [string, string, (r: ConnRecord) => unknown, unknown][] = [
      ['orig_bytes', '1e3', (r) => r.origBytes, 1000],
      ['orig_bytes', '12.0', (r) => r.origBytes, 12],
      ['orig_bytes', '9007199254740991', (r) => r.origBytes, 2 ** 53 - 1],
      ['orig_bytes', '99999999999999999', (r) => r.origBytes, -1],
      ['orig_bytes', '-', (r) => r.origBytes, -1],
      ['orig_bytes', '-5', (r) => r.origBytes, -1],
      ['orig_bytes', '7x', (r) => r.origBytes, -1],
      ['id.resp_p', '65536', (r) => r.respP, -1],
      ['id.resp_h', '192.0.2.7', (r) => r.ipVersion, 4],
      ['id.resp_h', '2001:db8::7', (r) => r.ipVersion, 6],
      ['conn_state', 'RSTOS0', (r) => CONN_STATES[r.connState], 'RSTOS0'],
      ['conn_state', 'XF', (r) => r.connState, -1],
    ];
    for (const [name, cell, value, expected] of cases) {
      const cells = ROW.split(' ').map((old, i) => (FIELDS.split(' ')[i] === name ? cell : old));
      const { rows } = await readText(`${head()}${cells.join('\t')}\n`);
      expect([name, cell, value(rows[0])]).toEqual([name, cell, expected]);
    }
    const { warnings } = await readText(`${head()}${tabs(ROW)}\n${tabs(ROW.replace('192.0.2.7', '192.0.2.777'))}\n`);
    expect(warnings.join()).toContain('id.resp_h cannot be read');
  });

  it('may set off label columns by several spaces', async () => {
    const text = `#separator \\x09\n#path\tconn\n#fields\t${tabs(FIELDS)}\ttunnel_parents   label   detailed-label\n${tabs(ROW)}\t(empty)   Malicious   C&C File\n`;
    const { rows } = await readText(text);
    expect(rows[0]?.label.toString()).toBe('Malicious');
    expect(rows[0]?.detailedLabel.toString()).toBe('C&C File');
  });

  it('may have header lines again, with other columns', async () => {
    const { rows } = await readText(`${head()}${tabs(ROW)}\n#close\tx\n${head(`x ${FIELDS}`)}${tabs(`1 ${OTHER}`)}\n`);
    expect(rows).toHaveLength(2);
    expect(rows[1]?.timestampUs).toBe(rows[0]?.timestampUs);
  });

  it('give IPv6 and ICMP their numbers', async () => {
    const row = ROW.replace('10.0.0.1 40000', 'fe80::1 128').replace('192.0.2.7 443 tcp', 'ff02::2 0 icmp');
    const { rows } = await readText(`${head()}${tabs(row)}\n`);
    expect(rows[0]?.ipVersion).toBe(6);
    expect([rows[0]?.proto, rows[0]?.ipProto]).toEqual([ICMP, 58]);
  });

  it('may have comments before the header', async () => {
    const { rows } = await readText(`### data of a test. Do not edit.\n# a note\n${head()}${tabs(ROW)}\n`);
    expect(rows).toHaveLength(1);
  });

  it.each([
    ['a script', '#!/bin/sh\n# says so\necho\n', /no capture/],
    ['another kind of log', '#separator \\x09\n#path\tdns\n#fields\tts\n', /is a Zeek dns log/],
    ['missing columns', '#separator \\x09\n#path\tconn\n#fields\tts\tuid\n', /column id\.orig_h, id\.resp_h.* missing/],
    ['rows without header', `#open\tx\n${tabs(ROW)}\n`, /before a #fields line/],
    ['no whole row', `${head()}1\t2\n`, /not one whole row .*line 4: .*columns/],
    ['text', 'Lorem ipsum dolor', /no capture/],
  ])('are refused in one line: %s', async (_, text, message) => {
    await expect(readText(text)).rejects.toMatchObject({ code: 'BAD_DATA', message: expect.stringMatching(message) });
  });

  it('lose only a damaged line in the middle, which is counted', async () => {
    const { rows, warnings } = await readText(`${head()}${tabs(ROW)}\nrubbish\n${tabs(OTHER)}\n`);
    expect(rows).toHaveLength(2);
    expect(warnings.join()).toMatch(/1 line left out .* line 5 \(/);
  });

  it('lose a row without one of its addresses: it would carry that of another', async () => {
    const lost = ROW.replace('192.0.2.7', '-');
    const { rows, warnings } = await readText(`${head()}${tabs(ROW)}\n${tabs(lost)}\n${tabs(OTHER)}\n`);
    expect(rows).toHaveLength(2);
    expect(warnings.join()).toMatch(/1 line left out .* line 5 \(no time or address\)/);
  });

  it('lose one row by a cut tail, with a warning', async () => {
    const { rows, warnings } = await readText(`${head()}${tabs(ROW)}\n${tabs(ROW).slice(0, 60)}`);
    expect(rows).toHaveLength(1);
    expect(warnings.join()).toMatch(/ends in the middle of line 5; the 1 whole rows/);
  });

  it('give the same rows wherever chunks are cut', () => {
    const text = Buffer.from(`${head()}${`${tabs(ROW)}\n`.repeat(9)}`);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }), (sizes) => {
        const rows = new Rows('x', new TsvParser('x'));
        let count = 0;
        let times = 0;
        const row = new ConnRecord();
        const take = (batches: Iterable<ConnBatch>) => {
          for (const batch of batches) {
            count += batch.count;
            for (let k = 0; k < batch.count; k++) {
              batch.read(k, row);
              times += Number(row.timestampUs === 1700000000123457);
            }
          }
        };
        for (let at = 0, i = 0; at < text.length; i++) {
          const end = at + sizes[i % sizes.length];
          take(rows.take(text.subarray(at, end)));
          at = end;
        }
        take(rows.finish());
        return count === 9 && times === 9;
      }),
      { seed: 6, numRuns: 200 },
    );
  });

  it('are refused, and nothing worse, when they are random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const rows = new Rows('x', new TsvParser('x'));
        for (const _ of rows.take(Buffer.from(head()))) expect.unreachable();
        for (const batch of rows.take(bytes)) expect(batch.count).toBeGreaterThan(0);
      }),
      { seed: 6, numRuns: 300 },
    );
  });
});

describe('JSON lines', () => {
  const object = {
    ts: 1700000000.123457,
    uid: 'C1',
    'id.orig_h': '10.0.0.1',
    'id.orig_p': 40000,
    'id.resp_h': '192.0.2.7',
    'id.resp_p': 443,
    proto: 'tcp',
    tunnel_parents: ['a', '{"}'],
    service: 'ssl',
    nested: { conn_state: 'REJ', more: [1, [2]] },
    duration: 1.5,
    conn_state: 'SF',
    local_orig: true,
    label: 'Benign',
  };

  it('give the same record as the tab-separated row, whatever the order and spacing', async () => {
    const reversed = Object.fromEntries(Object.entries({ ...object, uid: 'C2' }).reverse());
    const { rows } = await readText(
      `${JSON.stringify(object)}\n${JSON.stringify(reversed, null, 1).replaceAll('\n', ' ')}\n`,
    );
    expect(rows).toHaveLength(2);
    for (const r of rows) {
      expect(r.timestampUs).toBe(1700000000123457);
      expect([r.origP, r.respP, r.proto, r.duration, r.localOrig, r.origBytes]).toEqual([40000, 443, TCP, 1.5, 1, -1]);
      expect([r.service.toString(), CONN_STATES[r.connState], r.label.toString()]).toEqual(['ssl', 'SF', 'Benign']);
    }
  });

  it.each([
    ['ISO 8601', '2023-11-14T22:13:20.123457Z'],
    ['milliseconds', 1700000000123],
  ])('give the same times when written as %s', async (_, ts) => {
    const { rows } = await readText(`${JSON.stringify({ ...object, ts })}\n`);
    expect(Math.floor((rows[0]?.timestampUs ?? 0) / 1000)).toBe(1700000000123);
  });

  it('are refused when they are another kind of log', async () => {
    await expect(readText('{"ts":1,"query":"a.example"}\n')).rejects.toMatchObject({ code: 'BAD_DATA' });
    await expect(readText('{"_path":"dns","ts":1}\n')).rejects.toMatchObject({
      message: expect.stringContaining('dns log'),
    });
  });
});

describe('several logs', () => {
  it('are read in the order of their first rows, gzipped or not', async () => {
    const sub = await mkdtemp(join(folder, 'rotated-'));
    const at = (s: number) => `${head()}${tabs(ROW.replace('1700000000.123457', `${s}.000000`))}\n`;
    await writeFile(join(sub, 'conn.1.log'), at(30));
    await writeFile(join(sub, 'conn.2.log.gz'), gzipSync(at(10)));
    await writeFile(join(sub, 'conn.log'), at(20));
    await writeFile(join(sub, 'conn-summary.log'), 'not read');
    const { rows } = await readPaths([sub]);
    expect(rows.map((r) => r.timestampUs / 1e6)).toEqual([10, 20, 30]);
  });

  it('are missed, with an error, in a folder without any', async () => {
    await expect(openConnLogs([await mkdtemp(join(folder, 'empty-'))])).rejects.toMatchObject({ code: 'NO_INPUT' });
  });
});

describe('a followed log', () => {
  const row = (n: number): string => `${tabs(ROW.replace('40000', String(n)))}\n`;

  async function follow(path: string, want: number, steps: (seen: () => number) => Promise<void>, fromStart = false) {
    const source = followConnLog(path, { pollMs: 5, fromStart });
    const ports: number[] = [];
    const row = new ConnRecord();
    const done = (async () => {
      for await (const batch of source.batches) {
        for (let k = 0; k < batch.count; k++) {
          batch.read(k, row);
          ports.push(row.origP);
        }
        if (ports.length >= want) await source.close();
      }
    })();
    await steps(() => ports.length);
    await done;
    return ports;
  }

  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  it('gives rows from now on, through rotation and truncation, without losing or doubling one', async () => {
    const path = join(folder, 'live.log');
    await writeFile(path, head() + row(1));
    const ports = await follow(path, 6, async (seen) => {
      // the first poll decides what counts as there already
      await new Promise((resolve) => setTimeout(resolve, 50));
      await appendFile(path, row(2) + row(3).slice(0, 30));
      await until(() => seen() === 1);
      await appendFile(path, row(3).slice(30));
      await until(() => seen() === 2);
      // rotation: the last rows of the old file, and a new one that is longer than the old one was
      await rename(path, `${path}.1`);
      await appendFile(`${path}.1`, row(4));
      await writeFile(path, head() + row(5));
      await until(() => seen() === 4);
      await truncate(path, 0);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await appendFile(path, head() + row(6));
      await until(() => seen() === 5);
      await appendFile(path, row(7));
    });
    expect(ports).toEqual([2, 3, 4, 5, 6, 7]);
  });

  it('waits for a file that is not there yet', async () => {
    const path = join(folder, 'later.log');
    const ports = await follow(path, 1, async () => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      await writeFile(`${path}.new`, head() + row(9));
      await rename(`${path}.new`, path);
    });
    expect(ports).toEqual([9]);
  });
});
