/** Power by a conn.log: the same templates as rows. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { learn } from '../../src/engine/learn.ts';
import { power } from '../../src/engine/power.ts';
import { openSource } from '../../src/engine/source.ts';
import { type Power, powerSchema } from '../../src/model/power-schema.ts';
import { connLog, HEADER } from '../support/conn-log.ts';

const ROWS = 6000;

describe('power on a conn.log', { timeout: 300_000 }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'anomaly-test-'));
  let measured: Power;
  let again: readonly Power[];
  let cut: Power;

  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  beforeAll(async () => {
    const path = join(dir, 'conn.log');
    writeFileSync(path, HEADER + connLog(1, ROWS));
    const source = await openSource(path);
    const bundle = await learn(source, { epochs: 2 });
    const templates = ['SYN scan', 'upload by tls', 'call home by tls'];
    measured = await power(bundle, source, { templates, budgetMs: 600_000 });
    const one = { templates: ['SYN scan'], budgetMs: 600_000 };
    again = [await power(bundle, source, one), await power(bundle, source, one)];
    cut = await power(bundle, source, { ...one, budgetMs: 1 });
    await source.close();
  }, 300_000);

  it('raises a large scan and an upload that is far above all others, under their names', () => {
    const [scan, , upload] = measured.templates;
    expect([scan.template, upload.template]).toEqual(['SYN scan', 'upload by tls']);
    if (scan.answer !== 'raised' || upload.answer !== 'raised') throw new Error(`${scan.answer}, ${upload.answer}`);
    const seen = scan.sizes.find(({ size }) => size === scan.smallest);
    expect(seen?.named).toBeGreaterThanOrEqual(0.9 * (seen?.placements as number));
    // the log's own are of 3 kB at most
    expect(upload.smallest).toBeLessThanOrEqual(1_000_000);
  });

  it('scores with the nets of the folds, where they are still there', () => {
    expect(measured.nets).toBe('folds');
    expect(powerSchema.parse(measured)).toEqual(measured);
  });

  it('is the same again', () => {
    const [first, second] = again.map((each) => ({ ...each, seconds: 0 }));
    expect(first).toEqual(second);
  });

  it('tells nothing of what time was too short for', () => {
    expect(cut.cut).toBe(true);
    expect(powerSchema.parse(cut)).toEqual(cut);
    for (const each of cut.templates) {
      expect(each).toMatchObject({ answer: 'unfinished', at_most: null, sizes: [] });
      expect(each).not.toHaveProperty('smallest');
      expect(each.skipped.map(({ reason }) => reason)).toContain('no time was left');
      expect(powerSchema.safeParse({ ...cut, templates: [{ ...each, smallest: null }] }).success).toBe(false);
    }
  });

  it('can weave in what takes an hour, for a log is longer than a capture', () => {
    const call = measured.templates[1];
    expect(call.sizes.map(({ size }) => size)).toContain(120);
    expect(call.skipped.map(({ size }) => size)).toContain(3600);
  });
});
