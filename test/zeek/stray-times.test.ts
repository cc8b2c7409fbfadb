/** Rows with a time far ahead of all around them. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openConnLogs } from '../../src/zeek/reader.js';
import { ConnRecord } from '../../src/zeek/record.js';
import { type ConnRow, connTsv, START, steady } from '../support/conn-rows.ts';

let folder = '';
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stray-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(rows: readonly ConnRow[], packed = false): Promise<{ times: number[]; warnings: string[] }> {
  const path = join(folder, `${files++}.conn.log`);
  await writeFile(path, packed ? gzipSync(connTsv(rows)) : connTsv(rows));
  const source = await openConnLogs([path]);
  const record = new ConnRecord();
  const times: number[] = [];
  for await (const batch of source.batches) {
    for (let k = 0; k < batch.count; k++) {
      batch.read(k, record);
      times.push(record.timestampUs / 1e6 - START);
      expect(`${record.service} ${record.history}`).toBe('ssl ShADadFf');
    }
  }
  return { times, warnings: source.facts.warnings };
}

const timesOf = (rows: readonly ConnRow[]): number[] => rows.map((row) => row.at - START);
const HOUR = 3600;

/** `rows` with strays before the ones of these numbers. */
function withStrays(rows: readonly ConnRow[], places: readonly number[], ahead: number): ConnRow[] {
  return rows.flatMap((row, i) =>
    places.includes(i) ? [{ ...row, at: row.at + ahead, uid: `Cstray${i}`, port: 9 }, row] : [row],
  );
}

describe('a row far ahead of all others', () => {
  const rows = steady('a', 5000, START, 3);

  it.each([
    ['an hour, in the middle', [700], HOUR],
    ['ten years, in the middle', [700], 87_600 * HOUR],
    ['a day, as the first row', [0], 24 * HOUR],
    ['an hour, near the end', [4996], HOUR],
    ['an hour, two close to each other', [700, 703], HOUR],
    ['an hour, each at or near the end of a batch', [1016, 1020, 1023, 2045, 2050], HOUR],
  ])('is left out and named: %s', async (_, places, ahead) => {
    for (const packed of [false, true]) {
      const { times, warnings } = await read(withStrays(rows, places, ahead), packed);
      expect(times).toEqual(timesOf(rows));
      const count = places.length === 1 ? '1 row' : `${places.length} rows`;
      expect(warnings).toEqual([
        expect.stringMatching(new RegExp(`: ${count} left out with a time far ahead .* row ${places[0] + 1} of 20`)),
      ]);
    }
  });

  it.each([
    ['after a pause', [...rows.slice(0, 700), ...steady('b', 700, START + 24 * HOUR, 3)]],
    [
      'between pauses',
      [...rows.slice(0, 700), ...steady('b', 1, START + 9 * HOUR), ...steady('c', 99, START + 20 * HOUR)],
    ],
    ['where rows are sparse', steady('a', 300, START, 2 * HOUR)],
    ['where the last rows come first', steady('a', 300, START, 600).toReversed()],
    [
      'where rows are in no order',
      steady('a', 2000, START, 60).toSorted(
        (a, b) => (((a.port ?? 0) * 7919) % 2000) - (((b.port ?? 0) * 7919) % 2000),
      ),
    ],
    ['where the log of an earlier day follows', [...steady('b', 700, START + 24 * HOUR, 3), ...rows.slice(0, 700)]],
    [
      'before long connections',
      [...rows.slice(0, 700), ...steady('b', 20, START + 2000).map((row, i) => ({ ...row, seconds: 200 + i }))],
    ],
    ['at the very end, where it may be after a pause', [...rows, { at: START + 24 * HOUR, uid: 'Clast' }]],
  ])('is none, and nothing is left out: %s', async (_, all) => {
    const { times, warnings } = await read(all);
    expect(times).toEqual(timesOf(all));
    expect(warnings).toEqual([]);
  });
});
