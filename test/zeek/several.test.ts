/** Several logs, and several rows of one connection. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openConnLogs } from '../../src/zeek/reader.js';
import { ConnRecord } from '../../src/zeek/record.js';
import { type ConnRow, connTsv, START, steady } from '../support/conn-rows.ts';

let base = '';
let folders = 0;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'several-'));
});
afterAll(() => rm(base, { recursive: true }));

async function folderOf(files: Record<string, string | Uint8Array>): Promise<string> {
  const folder = join(base, String(folders++));
  await mkdir(folder);
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  return folder;
}

async function read(paths: string[]): Promise<{ times: number[]; ports: number[]; warnings: string[] }> {
  const source = await openConnLogs(paths);
  const record = new ConnRecord();
  const times: number[] = [];
  const ports: number[] = [];
  for await (const batch of source.batches) {
    for (let k = 0; k < batch.count; k++) {
      batch.read(k, record);
      times.push(record.timestampUs / 1e6 - START);
      ports.push(record.origP);
      // texts and addresses came along
      expect(`${record.service} ${record.history} ${record.origH[0]}`).toBe('ssl ShADadFf 10');
    }
  }
  expect(source.facts.received).toBe(times.length);
  return { times, ports, warnings: source.facts.warnings };
}

describe('an empty log', () => {
  it('among others is left out with a warning, also the first one, and gzipped', async () => {
    const rows = steady('a', 20);
    const folder = await folderOf({
      'conn.00.log': '',
      'conn.01.log': connTsv(rows.slice(0, 10)),
      'conn.02.log.gz': gzipSync(''),
      'conn.03.log': connTsv(rows.slice(10)),
    });
    const { times, warnings } = await read([folder]);
    expect(times).toHaveLength(20);
    expect(warnings).toEqual([
      expect.stringMatching(/conn\.00\.log: is empty; left out$/),
      expect.stringMatching(/conn\.02\.log\.gz: is empty; left out$/),
    ]);
  });

  it('is refused where all are', async () => {
    const folder = await folderOf({ 'conn.00.log': '', 'conn.01.log': '' });
    await expect(read([folder])).rejects.toMatchObject({
      code: 'BAD_DATA',
      message: expect.stringMatching(/is empty; /),
    });
  });
});

describe('conn_long.log', () => {
  const rows = steady('a', 50);
  const long = rows.slice(0, 3).flatMap((row) => [600, 1200].map((seconds) => ({ ...row, seconds })));

  it('beside conn.log in a folder is left out and named', async () => {
    const folder = await folderOf({ 'conn.log': connTsv(rows), 'conn_long.00.log': connTsv(long, 'conn_long') });
    const { times, warnings } = await read([folder]);
    expect(times).toHaveLength(50);
    expect(warnings).toEqual([expect.stringMatching(/conn_long\.00\.log: left out, .* name such a log to read it$/)]);
  });

  it('alone in a folder, or named, is read: one row a connection', async () => {
    const folder = await folderOf({ 'conn_long.log': connTsv(long, 'conn_long') });
    for (const path of [folder, join(folder, 'conn_long.log')]) {
      const { times, warnings } = await read([path]);
      expect(times).toEqual([0, 1, 2]);
      expect(warnings).toEqual([expect.stringMatching(/^3 rows left out of connections that had a row before/)]);
    }
  });

  it('named beside conn.log gives no connection twice', async () => {
    const folder = await folderOf({ 'conn.log': connTsv(rows), 'conn_long.log': connTsv(long, 'conn_long') });
    const { times, warnings } = await read([join(folder, 'conn.log'), join(folder, 'conn_long.log')]);
    expect(times).toHaveLength(50);
    expect(warnings).toEqual([expect.stringMatching(/^6 rows left out/)]);
  });
});

describe('rows of one uid', () => {
  it('are different connections where time, host or port differ: some programs write one uid for all', async () => {
    const rows: ConnRow[] = [
      { at: START, uid: 'C1' },
      { at: START + 1, uid: 'C1' },
      { at: START + 1, uid: 'C1', port: 7 },
      { at: START + 1, uid: 'C1', port: 7, host: '10.0.0.2' },
      { at: START + 1, uid: 'C1', port: 7, host: '10.0.0.2' },
    ];
    const folder = await folderOf({ 'conn.log': connTsv(rows) });
    expect((await read([folder])).ports).toEqual([40_000, 40_000, 7, 7]);
  });

  it('are known again after thousands of others', async () => {
    const rows = steady('a', 20_000, START, 0.01);
    const folder = await folderOf({ 'conn.log': connTsv([...rows, ...rows]) });
    const { times, warnings } = await read([folder]);
    // the table has a fixed size, so that some are forgotten
    expect(times.length).toBeGreaterThanOrEqual(20_000);
    expect(times.length).toBeLessThan(20_400);
    expect(warnings).toHaveLength(1);
  });
});

describe('logs', () => {
  it('of the same hours are merged by time', async () => {
    const folder = await folderOf({
      'one.conn.log': connTsv(steady('a', 3000)),
      'two.conn.log.gz': gzipSync(connTsv(steady('b', 3000, START + 0.5))),
      'three.conn.log': connTsv(steady('c', 500, START + 1000.25)),
    });
    const { times } = await read([folder]);
    expect(times).toHaveLength(6500);
    expect([...new Set(times)]).toHaveLength(6500);
    // nobody is ahead of the others by more than what rotation may leave over
    let most = 0;
    for (const [i, time] of times.entries()) most = Math.max(most, (times[i - 1] ?? 0) - time);
    expect(most).toBeLessThanOrEqual(60 + 8);
    const settled = times.slice(300, 1500);
    expect(settled).toEqual(settled.toSorted((a, b) => a - b));
  });

  it('that follow one another are read one after the other, with the rows that began before the rotation', async () => {
    const first = steady('a', 600);
    // these began in the first log's time and ended in the second's
    const long = [500, 10, 580].map((at, i) => ({ at: START + at, uid: `Clong${i}`, port: i, seconds: 601 - at }));
    const second = [...long, ...steady('b', 600, START + 600)];
    const folder = await folderOf({ 'conn.1.log': connTsv(second), 'conn.2.log': connTsv(first) });
    const { times } = await read([folder]);
    expect(times).toEqual([...first, ...second].map((row) => row.at - START));
  });

  it('keep their own order, which is that in which connections ended', async () => {
    const rows = steady('a', 900).map((row, i) => (i % 7 === 0 ? { ...row, at: row.at - 90, seconds: 90 } : row));
    const other = steady('b', 900, START + 0.5).map((row) => ({ ...row, host: '10.0.0.2' }));
    const folder = await folderOf({ 'conn.a.log': connTsv(rows), 'conn.b.log': connTsv(other) });
    const { times } = await read([folder]);
    const own = times.filter((time) => Number.isInteger(time));
    expect(own).toEqual(rows.map((row) => row.at - START));
  });
});
