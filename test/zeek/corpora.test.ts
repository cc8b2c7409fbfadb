/** Every conn.log of the corpora is read to its last row or refused with one clear line. */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AnomalyError } from '../../src/base/errors.js';
import { openConnLogs } from '../../src/zeek/reader.js';
import { ConnRecord } from '../../src/zeek/record.js';

const corpora = fileURLToPath(new URL('../../../shared/corpora', import.meta.url));
const present = existsSync(corpora);
if (!present) console.log('conn.logs of the corpora: skipped, ../shared/corpora is absent');

function filesBelow(folder: string): string[] {
  return present
    ? readdirSync(join(corpora, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(corpora, join(entry.parentPath, entry.name)))
        .sort()
    : [];
}

/** The slow and obvious count: whole objects that parse, or lines with as many cells as the header names. */
function countRows(path: string): number {
  let bytes: Uint8Array = readFileSync(path);
  if (bytes[0] === 0x1f) bytes = gunzipSync(bytes);
  const lines = new TextDecoder('latin1').decode(bytes).split('\n');
  if (lines[0]?.startsWith('{')) {
    return lines.filter((line) => {
      try {
        return typeof JSON.parse(line).ts === 'number';
      } catch {
        return false;
      }
    }).length;
  }
  const fields = lines.find((line) => line.startsWith('#fields'))?.split('\t').length;
  return lines.filter((line) => !line.startsWith('#') && line !== '' && line.split('\t').length + 1 === fields).length;
}

async function read(path: string): Promise<{ rows: number; warnings: string[]; error?: AnomalyError }> {
  try {
    const source = await openConnLogs([path]);
    let rows = 0;
    for await (const batch of source.batches) rows += batch.count;
    expect(source.facts.received).toBe(rows);
    return { rows, warnings: source.facts.warnings };
  } catch (error) {
    return { rows: 0, warnings: [], error: error as AnomalyError };
  }
}

/** The logs of Zeek's own tests have their times crossed out; a copy with times. */
function withTimes(path: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'conn-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const copy = join(folder, 'conn.log');
  writeFileSync(copy, readFileSync(path, 'latin1').replace(/X{10}\.X{6}/g, '1500000000.000000'), 'latin1');
  return copy;
}

function crossedOut(path: string): boolean {
  return readFileSync(join(corpora, path), 'latin1').includes('XXXXXXXXXX.XXXXXX');
}

const REFUSED: Record<string, RegExp> = {
  'zeek/format-cases/plain-text-not-zeek.conn.log': /no capture .* or flow table/,
};
/** read as Zeek's own columns */
const BARE = 'zeek/format-cases/truncated-top-no-header.conn.log';
/** their last row stands there twice */
const REPEATED = ['zeek/format-cases/json-all-fields.conn.log', 'zeek/format-cases/tsv-small.conn.log'];
const CUT = ['zeek/format-cases/truncated.conn.log', 'zeek/format-cases/truncated.conn.json.log'];

describe.runIf(present)('conn.logs of other people', () => {
  for (const path of [...filesBelow('zeek'), ...filesBelow('parser/zeek-conn-oracle/baseline')]) {
    it(`are read to the last row or refused in one line: ${path}`, async () => {
      const baseline = path.startsWith('parser');
      const { rows, warnings, error } = await read(baseline ? withTimes(join(corpora, path)) : join(corpora, path));
      if (REFUSED[path]) {
        expect(error).toBeInstanceOf(AnomalyError);
        expect(error?.code).toBe('BAD_DATA');
        expect(error?.message).toMatch(REFUSED[path]);
        expect(error?.message).not.toContain('\n');
        return;
      }
      expect(error).toBeUndefined();
      const repeated = REPEATED.includes(path) ? 1 : 0;
      const lines = path === BARE ? readFileSync(join(corpora, path), 'latin1').split('\n').length - 1 : undefined;
      expect(rows).toBe(lines ?? countRows(join(corpora, path)) - repeated);
      expect(rows).toBeGreaterThan(0);
      if (CUT.includes(path)) expect(warnings.join('\n')).toMatch(/ends in the middle of line \d+; the \d+ whole rows/);
      else if (path === BARE) expect(warnings[0]).toMatch(/no #fields line; read as Zeek's own columns/);
      else if (repeated > 0) expect(warnings).toEqual([expect.stringMatching(/^1 row left out of connections that/)]);
      else expect(warnings).toEqual([]);
    });
  }

  it.each(filesBelow('parser/zeek-conn-oracle/baseline').filter((path) => crossedOut(path)))(
    'are refused without times: %s',
    async (path) => {
      const { rows, error } = await read(join(corpora, path));
      expect(rows).toBe(0);
      expect(error?.message).toMatch(/not one whole row of a conn log in it \(line \d+: ts cannot be read\)/);
    },
  );

  it('are one stream in the order of time when they are a folder of rotated logs', async () => {
    const folder = join(corpora, 'zeek/rotated-hourly');
    const source = await openConnLogs([folder]);
    let rows = 0;
    const firsts: number[] = [];
    const row = new ConnRecord();
    for await (const batch of source.batches) {
      batch.read(0, row);
      firsts.push(row.timestampUs);
      rows += batch.count;
    }
    const files = filesBelow('zeek/rotated-hourly');
    expect(files).toHaveLength(24);
    expect(rows).toBe(files.reduce((sum, file) => sum + countRows(join(corpora, file)), 0));
    expect(source.facts.name).toContain('24 logs');
    const hour = 3600e6;
    expect(firsts.every((first, i) => i === 0 || first > firsts[i - 1] - hour)).toBe(true);
  });
});
