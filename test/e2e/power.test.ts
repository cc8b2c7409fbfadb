/** Power by the command line: in the bundle, in both reports, at Ctrl+C. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadBundle } from '../../src/model/bundle.js';
import { powerSchema } from '../../src/model/power-schema.js';
import { connLog, HEADER } from '../support/conn-log.js';
import { anomaly, bin } from '../support/program.js';

describe('power by the command line', { timeout: 300_000 }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'anomaly-test-'));
  const at = (name: string): string => join(dir, name);
  const read = (name: string): string => readFileSync(at(name), 'utf8');
  const TRAIN = ['train', '--epochs', '1', '--model'];

  beforeAll(() => writeFileSync(at('conn.log'), HEADER + connLog(1, 1500)));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('is measured by default, also of what comes through a pipe, and told wherever people look', () => {
    const input = readFileSync(at('conn.log'));
    const { code, stderr } = anomaly([...TRAIN, 'm', '-'], { cwd: dir, input, timeoutMs: 200_000 });
    expect(code).toBe(0);
    expect(stderr).toMatch(/\npower(, best)?: /);
    expect(stderr).toMatch(/\npower, open: .*\nmodel: m\n$/);
    expect(stderr).not.toContain('Warning');
    const power = powerSchema.parse(JSON.parse(read('m/power.json')));
    expect(statSync(at('m/power.json')).mode & 0o777).toBe(0o600);
    const page = read('m/report.html');
    for (const { template } of power.templates) expect(page).toContain(`<th scope="row">${template}</th>`);

    const reports = ['r.txt', 'r.html', 'r.sqlite'];
    const done = anomaly(['detect', '-r', 'conn.log', '--model', 'm', '--out', ...reports], { cwd: dir });
    expect(done.code).toBe(0);
    expect(
      read('r.txt')
        .split('WHAT THIS MODEL WOULD NOT HAVE SEEN\n')[1]
        ?.match(/^ {2}- /gm),
    ).toHaveLength(2);
    expect(read('r.html')).toContain('What this model would not have seen</h2>');
    expect(readFileSync(at('r.sqlite'), 'latin1')).toContain('"unseen":[');
  });

  it('keeps the trained model at Ctrl+C, says so and exits with 0', async () => {
    const child = spawn(process.execPath, [bin, ...TRAIN, 'c', 'conn.log'], { cwd: dir });
    let said = '';
    let told = false;
    child.stderr.on('data', (data) => {
      said += data;
      // the last line before the measurement
      if (!told && said.includes('\ncheck: ')) told = child.kill('SIGINT');
    });
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    expect(said).toContain('\ninterrupted: the model is kept in c, its power is not measured\n');
    expect(said).toMatch(/\nmodel: c\n$/);
    expect(existsSync(at('c/power.json'))).toBe(false);
    expect((await loadBundle(at('c'))).power).toBeUndefined();
    const done = anomaly(['detect', '-r', 'conn.log', '--model', 'c', '--out', 'c.txt'], { cwd: dir });
    expect(done.code).toBe(0);
    expect(read('c.txt')).not.toContain('WOULD NOT HAVE SEEN');
  });
});
