import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CHUNK_ROWS } from '../../src/model/row-order.js';
import { RowView } from '../../src/model/row-view.js';
import { RobustScaler } from '../../src/model/scaler.js';
import { Spool } from '../../src/model/spool.js';
import { PAGE_ROWS } from '../../src/model/spool-pages.js';
import { filledSpool } from './support/model.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anomaly-spool-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Row i holds i and −i. */
async function counted(rows: number, memoryBytes: number): Promise<Spool> {
  const spool = new Spool(2, { memoryBytes, folder });
  for (let i = 0; i < rows; i++) {
    spool.buffer[spool.offset] = i;
    spool.buffer[spool.offset + 1] = -i;
    const wait = spool.push(1e15 + i, i, i + 1, i + 2, i + 3, i < rows / 2 ? 0 : 1);
    if (wait) await wait;
  }
  await spool.finish();
  return spool;
}

async function firsts(spool: Spool, seed?: number) {
  const seen: number[] = [];
  let torn = 0;
  for await (const { rows, count } of new RowView(spool).chunks(seed)) {
    for (let i = 0; i < count; i++) {
      if (rows[2 * i + 1] !== -rows[2 * i]) torn++;
      seen.push(rows[2 * i]);
    }
  }
  expect(torn).toBe(0);
  return seen;
}

describe.each([
  ['in memory', 1e9],
  ['on disk', 1],
])('a spool %s', (_, memoryBytes) => {
  const sizes = [0, 1, PAGE_ROWS - 1, PAGE_ROWS, PAGE_ROWS + 1, CHUNK_ROWS, 2 * CHUNK_ROWS + 100];

  it.each(sizes)('gives %i rows back in order, with times and hashes', async (rows) => {
    const spool = await counted(rows, memoryBytes);
    expect(await firsts(spool)).toEqual(Array.from({ length: rows }, (_, i) => i));
    let wrong = 0;
    for await (const chunk of new RowView(spool).chunks()) {
      for (let i = 0; i < chunk.count; i++) {
        const row = chunk.first + i;
        if (chunk.timestampUs[i] !== 1e15 + row) wrong++;
        for (let word = 0; word < 4; word++) if (chunk.hashes[4 * i + word] !== row + word) wrong++;
      }
    }
    expect(wrong).toBe(0);
    await spool.close();
  });

  it('shuffles with a seed: every row once, the same order for the same seed, far from the order of time', async () => {
    const rows = 3 * CHUNK_ROWS + 77;
    const spool = await counted(rows, memoryBytes);
    const one = await firsts(spool, 1);
    expect(one.toSorted((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, i) => i));
    expect(await firsts(spool, 1)).toEqual(one);
    expect(await firsts(spool, 2)).not.toEqual(one);
    const distance = one.slice(1).reduce((sum, row, i) => sum + Math.abs(row - one[i]), 0) / rows;
    expect(distance).toBeGreaterThan(rows / 5);
    await spool.close();
  });

  it('shows chosen ranges only, scaled', async () => {
    const spool = await counted(5000, memoryBytes);
    const ranges = [
      { from: 10, to: 20 },
      { from: 3000, to: 4100 },
    ];
    const scaler = new RobustScaler({ columns: 2, inputs: [0], center: [0], scale: [1024] });
    const view = new RowView(spool, ranges, scaler);
    expect(view.rows).toBe(1110);
    const seen: number[] = [];
    for await (const { rows, count } of view.chunks(3)) seen.push(...rows.subarray(0, count));
    const expected = ranges.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => (from + i) / 1024));
    expect(seen.toSorted((a, b) => a - b)).toEqual(expected);
    await spool.close();
  });

  it('keeps the ranges of the time blocks', async () => {
    const spool = await counted(100, memoryBytes);
    expect(spool.ranges).toEqual([
      { block: 0, from: 0, to: 50 },
      { block: 1, from: 50, to: 100 },
    ]);
    expect([spool.firstUs, spool.lastUs]).toEqual([1e15, 1e15 + 99]);
    await spool.close();
  });
});

describe('the file of a spool', () => {
  it('has no name while it is in use, so that a killed process leaves nothing', async () => {
    const spool = await filledSpool(5000, 8, 1, { memoryBytes: 1, folder });
    expect(spool.onDisk).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
    if (process.platform === 'linux') {
      const open = readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder);
        } catch {
          return false;
        }
      });
      expect(open.length).toBe(1);
      const mode = readFileSync(`/proc/self/fdinfo/${open[0]}`, 'utf8');
      expect(mode).toContain('flags');
    }
    await spool.close();
  });

  it('is refused with one clear error where its folder does not exist', async () => {
    const fill = filledSpool(5000, 8, 1, { memoryBytes: 1, folder: join(folder, 'none') });
    await expect(fill).rejects.toMatchObject({ code: 'CANNOT_CREATE' });
  });
});
