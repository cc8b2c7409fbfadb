import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Exec, type ExecOptions, findProgram } from '../../../src/output/notify/exec.js';
import type { News } from '../../../src/report/notify/news.js';
import { incident } from '../../report/sample.js';
import { folder } from '../../support/program.js';

const news = (id: number, changes: Parameters<typeof incident>[1] = {}, event: News['event'] = 'opened'): News => ({
  event,
  incident: incident(id, changes),
  sensor: 'gateway',
});

function script(text: string): { file: string; dir: string } {
  const dir = folder();
  const file = join(dir, 'told');
  writeFileSync(file, `#!/bin/sh\ncd ${dir}\n${text}\n`);
  chmodSync(file, 0o700);
  return { file, dir };
}

function begin(text: string, options: ExecOptions = {}) {
  const { file, dir } = script(text);
  const lines: string[] = [];
  const exec = new Exec(file, { onLine: (line) => lines.push(line), ...options });
  return { exec, lines, written: (name: string) => readFileSync(join(dir, name), 'utf8'), dir };
}

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

describe('a program for incidents', () => {
  it('gets each piece of news on its standard input, one after the other, and is counted', async () => {
    const { exec, lines, written } = begin(
      'test -e busy && echo both >> out; touch busy; cat >> out; sleep 0.05; rm busy',
    );
    exec.tell(news(1), '{"n":1}\n');
    exec.tell(news(1, {}, 'closed'), '{"n":2}\n');
    exec.tell(news(2), '{"n":3}\n');
    expect(await exec.close()).toBe('exec told: 3 runs; exit code 0 3 times');
    expect(written('out')).toBe('{"n":1}\n{"n":2}\n{"n":3}\n');
    expect(lines).toEqual([]);
  });

  it('gets no argument, and an environment in which nothing is from packets or of ours', async () => {
    process.env.ANOMALY_TEST_SECRET = 'secret';
    const { exec, written } = begin('echo $# > arguments; env | sort > env');
    const hostile = '$(touch hacked); `touch hacked`';
    exec.tell(
      news(3, { title: hostile, initiator: hostile, responder: '2001:db8::1', others: [hostile] }, 'worse'),
      '{}\n',
    );
    await exec.close();
    delete process.env.ANOMALY_TEST_SECRET;
    expect(written('arguments')).toBe('0\n');
    const variables = written('env').split('\n').filter(Boolean);
    expect(variables.filter((line) => line.startsWith('ANOMALY_'))).toEqual([
      'ANOMALY_EVENT=worse',
      'ANOMALY_INCIDENT=3',
      'ANOMALY_INITIATOR=',
      'ANOMALY_KIND=port scan',
      'ANOMALY_PORT=22',
      'ANOMALY_RESPONDER=2001:db8::1',
      'ANOMALY_SENSOR=gateway',
      'ANOMALY_SEVERITY=high',
      `ANOMALY_UUID=${incident(3).uuid}`,
    ]);
    const names = variables.map((line) => line.split('=')[0]).filter((name) => !name?.startsWith('ANOMALY_'));
    // PWD, OLDPWD, SHLVL and _ are the shell's own
    const known = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR'];
    expect(names.filter((name) => ![...known, 'PWD', 'OLDPWD', 'SHLVL', '_'].includes(name ?? ''))).toEqual([]);
  });

  it('is told of by what it printed, cleaned and bounded, and by how it ended', async () => {
    const { exec, lines } = begin(
      "printf 'one \\033[31mred\\nno end'; i=0; while [ $i -lt 100 ]; do echo line $i >&2; i=$((i+1)); done; exit 7",
    );
    exec.tell(news(4), '{}\n');
    exec.tell(news(5), '{}\n');
    expect(await exec.close()).toBe('exec told: 2 runs; exit code 7 2 times');
    expect(lines).toContain('exec told: one \\u{1b}[31mred');
    expect(lines).toContain('exec told: 62 more lines of output left out');
    expect(lines.filter((line) => /exit code/.test(line))).toEqual(['warning: exec told: incident 4: exit code 7']);
    expect(lines).toHaveLength(2 * (40 + 1) + 1);
  });

  it('may print without end, and without ends of lines', async () => {
    const { exec, lines } = begin('head -c 5000000 /dev/zero | tr "\\0" x');
    exec.tell(news(1), '{}\n');
    expect(await exec.close(20_000)).toBe('exec told: 1 run; exit code 0 1 time');
    expect(lines).toEqual([`exec told: ${'x'.repeat(400)}…`]);
  });

  it('need not read, though it is given more than a pipe holds', async () => {
    const { exec } = begin('exit 0');
    exec.tell(news(1), 'x'.repeat(1_000_000));
    expect(await exec.close()).toBe('exec told: 1 run; exit code 0 1 time');
  });

  it('is ended when it takes too long, with all that it started, though it will not hear of it', async () => {
    const { exec, written, lines } = begin('trap "" TERM; sleep 600 & echo $! > child; wait; wait', { timeoutMs: 300 });
    exec.tell(news(6), '{}\n');
    exec.tell(news(7), '{}\n');
    expect(await exec.close(20_000)).toBe('exec told: 2 runs; ended after 0.3 s 2 times');
    expect(lines).toEqual(['warning: exec told: incident 6: ended after 0.3 s']);
    const pid = Number(written('child'));
    for (let n = 0; n < 50 && alive(pid); n++) await sleep(20);
    expect(alive(pid)).toBe(false);
  }, 20_000);

  it('may leave something in the background, which is not waited for', async () => {
    const { exec, written } = begin('sleep 600 & echo $! > child');
    exec.tell(news(1), '{}\n');
    expect(await exec.close()).toBe('exec told: 1 run; exit code 0 1 time');
    const pid = Number(written('child'));
    expect(alive(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
  });

  it('is ended with the run, and what could not be told any more is named', async () => {
    const { exec } = begin('sleep 600', { capacity: 2 });
    for (let id = 1; id <= 5; id++) exec.tell(news(id), '{}\n');
    expect(await exec.close(100)).toBe('exec told: 1 run; ended with the run 1 time; 4 dropped (incident 4, 5, 2, 3)');
  });

  it.each([
    ['is gone', (file: string) => rmSync(file), 'ENOENT'],
    ['cannot be executed any more', (file: string) => chmodSync(file, 0o600), 'EACCES'],
  ])('that %s is told, and the run goes on', async (_, spoil, code) => {
    const { file } = script('exit 0');
    spoil(file);
    const lines: string[] = [];
    const exec = new Exec(file, { onLine: (line) => lines.push(line) });
    exec.tell(news(1), '{}\n');
    exec.tell(news(2), '{}\n');
    expect(await exec.close()).toBe(`exec told: 2 runs; could not be run (${code}) 2 times`);
    expect(lines).toEqual([`warning: exec told: incident 1: could not be run (${code})`]);
  });
});

describe('the name of a program', () => {
  it('is a path or is looked for in PATH', () => {
    const { file, dir } = script('exit 0');
    expect(findProgram(file)).toBe(file);
    expect(findProgram('told', `/nowhere:${dir}`)).toBe(file);
    expect(existsSync(findProgram('sh'))).toBe(true);
  });

  it.each([
    ['/no/such', '--exec: there is no program /no/such'],
    [
      'told --loud',
      '--exec: there is no program told --loud; it takes a program without arguments, so put them into a script',
    ],
    ['/', '--exec: there is no program /'],
  ])('%s is refused in one line', (name, message) => {
    expect(() => findProgram(name)).toThrow(message);
  });

  it('of a file that cannot be executed is refused with the remedy', () => {
    const { file } = script('exit 0');
    chmodSync(file, 0o600);
    expect(() => findProgram(file)).toThrow(`--exec: ${file} cannot be executed; chmod +x it`);
  });
});
