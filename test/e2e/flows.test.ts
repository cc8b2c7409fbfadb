/** train and detect on flow tables of other programs: the same incidents as on the conn.log of the same connections. */
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { FLOW_FORMATS, type FlowFormat } from '../../src/source/flow-tables/formats.ts';
import { connLog, DROP, HEADER, SCANNER, UPLOADER } from '../support/conn-log.js';
import { flowsOf, flowTableOf } from '../support/flow-tables.ts';
import { anomaly, folder } from '../support/program.js';
import { Running } from '../support/running.js';
import { seenIn, shown } from '../support/see.js';

const ROWS = 3000;
const DAY = 86_400;
const OUT = ['--out', 'r.txt', 'r.html', 'r.csv'];
const clean = flowsOf(connLog(1, ROWS));
const attacked = flowsOf(connLog(2, ROWS, true, DAY));
const models = mkdtempSync(join(tmpdir(), 'anomaly-test-'));
afterAll(() => rmSync(models, { recursive: true, force: true }));

function trained(format: FlowFormat): string {
  const model = join(models, format);
  const table = join(models, `${format}.txt`);
  writeFileSync(table, flowTableOf(format, clean));
  const done = anomaly(['train', table, '--power', 'off', '--model', model]);
  expect(done.stderr).toContain(`learned from ${ROWS.toLocaleString('en')} connections`);
  expect(done.code).toBe(0);
  return model;
}

/** Every command of the reports shows rows of its incident. */
function expectShown(dir: string): void {
  const seen = seenIn(dir);
  expect(seen.length).toBeGreaterThan(1);
  for (const { title, commands } of seen) {
    const [who] = title.split(' ');
    for (const command of commands) {
      const lines = shown(command, dir);
      expect(lines.length, command).toBeGreaterThan(0);
      for (const line of lines) expect(line, command).toContain(who);
    }
  }
}

const FAST: readonly FlowFormat[] = ['eve', 'nfdump-text'];
const formats = process.env.SLOW ? FLOW_FORMATS : FAST;

describe.each(formats)('%s', (format) => {
  it('has the scan and the upload told, and nothing else, with commands that show their rows', {
    timeout: 600_000,
  }, () => {
    const model = trained(format);
    const dir = folder();
    mkdirSync(join(dir, 'flows'));
    writeFileSync(join(dir, 'flows/a b.gz'), gzipSync(flowTableOf(format, attacked)));
    const done = anomaly(['detect', '-r', 'flows', '--model', model, ...OUT], { cwd: dir });
    expect(done.stderr).toContain(`${attacked.length.toLocaleString('en')} connections examined`);
    expect(done.code).toBe(0);
    const titles = seenIn(dir).map(({ title }) => title);
    const alarms = readFileSync(join(dir, 'r.txt'), 'utf8').match(/^\[(HIGH|MEDIUM|LOW)\]/gm) ?? [];
    expect(alarms).toHaveLength(2);
    expect(titles.some((title) => title.includes(SCANNER))).toBe(true);
    expect(titles.some((title) => title.includes(UPLOADER) && title.includes(DROP))).toBe(true);
    expect(readFileSync(join(dir, 'r.txt'), 'utf8')).toContain(`"initiator": "${SCANNER}"`);
    expectShown(dir);
  });

  it('is refused by a model of another kind of log', { timeout: 300_000 }, () => {
    const dir = folder();
    writeFileSync(join(dir, 'conn.log'), HEADER + connLog(2, 50));
    const done = anomaly(['detect', '-r', 'conn.log', '--model', join(models, format)], { cwd: dir });
    expect(done.stderr).toMatch(/the model learned from a .*, and this is a Zeek conn\.log, which tells other things/);
    expect(done.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(done.code).toBe(65);
  });
});

describe('an eve.json that grows', () => {
  it('is followed, and its incidents are found by flow ids', { timeout: 300_000 }, async () => {
    const dir = folder();
    const log = join(dir, 'eve.json');
    const lines = flowTableOf('eve', attacked).trimEnd().split('\n');
    writeFileSync(log, `{"timestamp":"2023-11-15T00:00:00.000000+0000","event_type":"stats"}\n${lines[0]}\n`);
    const run = new Running(['detect', '--follow', 'eve.json', '--model', join(models, 'eve'), ...OUT], dir);
    await run.until('following');
    appendFileSync(log, `${lines.slice(1).join('\n')}\n`);
    await run.until(`opened: ${SCANNER}`);
    await run.end('SIGINT');
    expect(readFileSync(join(dir, 'r.txt'), 'utf8')).toMatch(/zgrep -hwF .*-e 10000000\d+/);
    expectShown(dir);
  });
});
