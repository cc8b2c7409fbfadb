import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFixed6, writeInteger, writeSeconds } from '../../src/output/ascii.js';
import { SCORE_COLUMNS, ScoresWriter } from '../../src/output/scores.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anomaly-scores-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('numbers as ASCII', () => {
  const out = new Uint8Array(64);
  const text = (end: number): string => Buffer.from(out.subarray(0, end)).toString('latin1');

  it('are what JavaScript writes, for integers', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (n) => {
        expect(text(writeInteger(n, out, 0))).toBe(String(n));
      }),
      { seed: 7 },
    );
  });

  it('have six decimals and come back as the same number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -1e12, max: 1e12 }), (n) => {
        expect(Math.abs(Number(text(writeFixed6(n, out, 0))) - n)).toBeLessThanOrEqual(
          Math.max(5.1e-7, Math.abs(n) * 1e-15),
        );
      }),
      { seed: 7 },
    );
    expect(text(writeFixed6(1.5, out, 0))).toBe('1.500000');
    expect(text(writeFixed6(-0.0000001, out, 0))).toBe('0.000000');
    expect(text(writeFixed6(0.9999999, out, 0))).toBe('1.000000');
    expect(text(writeFixed6(Number.NaN, out, 0))).toBe('');
    expect(text(writeFixed6(Number.POSITIVE_INFINITY, out, 0))).toBe('');
    expect(text(writeFixed6(1e300, out, 0))).toBe('1e+300');
  });

  it('are exact for µs since the epoch', () => {
    expect(text(writeSeconds(1_795_456_800_123_456, out, 0))).toBe('1795456800.123456');
    expect(text(writeSeconds(0, out, 0))).toBe('0.000000');
    expect(text(writeSeconds(-1_500_000, out, 0))).toBe('-1.500000');
  });
});

describe('the scores file', () => {
  it('has one row a record, in order, readable while it grows', () => {
    const path = join(folder, 'scores.csv');
    const writer = new ScoresWriter(path);
    for (let k = 1; k <= 20_000; k++) {
      writer.write(
        k,
        1_795_456_800_000_000 + k,
        k / 7,
        k / 3,
        0.25,
        1.9,
        k % 5 === 0,
        k % 2 ? 'rarity.service' : 'a,"b"',
      );
    }
    writer.flush();
    expect(existsSync(path)).toBe(false);
    expect(readFileSync(`${path}.part`, 'utf8').endsWith('\n')).toBe(true);
    writer.close();
    expect(existsSync(`${path}.part`)).toBe(false);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const rows: Record<string, string>[] = parse(readFileSync(path), { columns: true });
    expect(Object.keys(rows[0] as object)).toEqual(SCORE_COLUMNS.map(({ name }) => name));
    expect(rows).toHaveLength(20_000);
    expect(writer.count).toBe(20_000);
    expect(rows[9]).toEqual({
      frame: '10',
      ts: '1795456800.000010',
      loss: '1.428571',
      score: '3.333333',
      smoothed: '0.250000',
      threshold: '1.900000',
      anomaly: '1',
      reason: 'a,"b"',
    });
    expect(rows.map((row) => Number(row.frame))).toEqual(Array.from({ length: 20_000 }, (_, k) => k + 1));
  });

  it('replaces an older file at the end only, and what a killed run left', () => {
    const path = join(folder, 'scores.csv');
    writeFileSync(path, 'old');
    writeFileSync(`${path}.part`, 'left behind');
    const writer = new ScoresWriter(path);
    writer.write(1, 0, 0, 0, 0, 0, false, '');
    expect(readFileSync(path, 'utf8')).toBe('old');
    writer.close();
    expect(readFileSync(path, 'utf8')).toBe(
      'frame,ts,loss,score,smoothed,threshold,anomaly,reason\n1,0.000000,0.000000,0.000000,0.000000,0.000000,0,\n',
    );
  });

  it('is never written through a symbolic link', () => {
    const path = join(folder, 'link.csv');
    writeFileSync(join(folder, 'victim'), 'keep');
    symlinkSync(join(folder, 'victim'), path);
    expect(() => new ScoresWriter(path)).toThrow(/symbolic link/);
    symlinkSync(join(folder, 'victim'), join(folder, 'other.csv.part'));
    const writer = new ScoresWriter(join(folder, 'other.csv'));
    writer.close();
    expect(readFileSync(join(folder, 'victim'), 'utf8')).toBe('keep');
  });

  it('says where it cannot be created', () => {
    expect(() => new ScoresWriter(join(folder, 'no', 'scores.csv'))).toThrow(/its folder does not exist/);
  });
});
