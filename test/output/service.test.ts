import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERRORS, exitCodes } from '../../src/base/errors.js';
import { buildProgram } from '../../src/cli.js';
import { COMMANDS } from '../../src/options/commands.js';

const service = new URL('../../service/', import.meta.url);
const unit = fileURLToPath(new URL('anomaly.service', service));
const load = (name: string): Promise<Record<string, (...args: unknown[]) => string>> =>
  import(new URL(name, service).href);
const has = (program: string): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

const program = buildProgram(async () => undefined);
const options = program.commands.flatMap((command) => command.options);
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'anomaly-service-'));
  const [{ treeOf }, man, completions] = [await load('tree.js'), await load('man.js'), await load('completions.js')];
  const tree = treeOf?.(program);
  writeFileSync(
    join(folder, 'anomaly.1'),
    man.manPage?.(tree, { version: '0.1.0', commands: COMMANDS, exits: exitCodes(), date: '2026-11-23' }) ?? '',
  );
  writeFileSync(join(folder, 'anomaly.bash'), completions.bashCompletion?.(tree) ?? '');
  writeFileSync(join(folder, '_anomaly'), completions.zshCompletion?.(tree) ?? '');
  writeFileSync(join(folder, 'anomaly.fish'), completions.fishCompletion?.(tree) ?? '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const written = (name: string): string => readFileSync(join(folder, name), 'utf8');

describe('the man page', () => {
  it('names every command, option and exit code', () => {
    const page = written('anomaly.1').replaceAll('\\-', '-');
    for (const command of program.commands) expect(page).toContain(`anomaly ${command.name()}`);
    for (const option of options) expect(page, option.long ?? '').toContain(`\\fB${option.long}\\fR`);
    for (const { exit } of exitCodes()) expect(page).toContain(`.B ${exit}\n`);
  });

  it('shows the examples of --help, and expert options apart', () => {
    const page = written('anomaly.1').replaceAll('\\-', '-');
    for (const { examples } of Object.values(COMMANDS)) {
      for (const [, line] of examples) expect(page).toContain(`.RS\n${line}\n.RE\n`);
    }
    expect(page.match(/^Expert options:$/gm)).toHaveLength(program.commands.length);
  });

  it.runIf(has('mandoc'))('is understood by mandoc without an error or a warning', () => {
    const { stdout } = spawnSync('mandoc', ['-Tlint', '-Wwarning', join(folder, 'anomaly.1')], { encoding: 'utf8' });
    expect(stdout).toBe('');
  });
});

describe('shell completions', () => {
  const complete = (words: string[]): string[] => {
    const script = `source ${join(folder, 'anomaly.bash')}; COMP_WORDS=(${words.map((w) => `'${w}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _anomaly; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).split('\n').filter(Boolean);
  };

  it('complete commands, options, choices and interfaces in bash', () => {
    expect(complete(['anomaly', ''])).toEqual(expect.arrayContaining(program.commands.map((c) => c.name())));
    expect(complete(['anomaly', 'detect', '--sco'])).toEqual(['--scores']);
    expect(complete(['anomaly', 'detect', '--engine', 's'])).toEqual(['simd']);
    expect(complete(['anomaly', 'help', 't'])).toEqual(['train']);
    if (existsSync('/sys/class/net/lo')) expect(complete(['anomaly', 'sniff', '-i', 'l'])).toContain('lo');
    for (const command of program.commands) {
      const offered = complete(['anomaly', command.name(), '--']);
      for (const option of command.options) expect(offered).toContain(option.long);
    }
  });

  for (const [shell, file, flag] of [
    ['zsh', '_anomaly', '-n'],
    ['fish', 'anomaly.fish', '--no-execute'],
  ] as const) {
    it.runIf(has(shell))(`are accepted by ${shell}`, () => {
      const { status, stderr } = spawnSync(shell, [flag, join(folder, file)], { encoding: 'utf8' });
      expect(stderr).toBe('');
      expect(status).toBe(0);
    });
  }
});

describe('the units that record and learn anew', () => {
  const text = (name: string): string => readFileSync(new URL(name, service), 'utf8');
  const names = ['anomaly-sniff.service', 'anomaly-train.service', 'anomaly-train.timer'];

  it.runIf(has('systemd-analyze'))('are understood by systemd without a word', () => {
    const units = join(folder, 'units');
    mkdirSync(units);
    // programs that verify finds, and no pages of the manual that are not installed here
    for (const name of [...names, 'anomaly.service']) {
      const here = text(name)
        .replace(/^(Exec\w+=[-+]?)anomaly /gm, '$1/bin/true ')
        .replace(/^Documentation=.*$/m, '');
      writeFileSync(join(units, name), here);
    }
    const paths = names.map((name) => join(units, name));
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', ...paths], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });

  it.runIf(has('systemd-analyze'))('expose little: at most 2 of 10, and training next to nothing', () => {
    for (const [name, most] of [
      ['anomaly-sniff.service', 2],
      ['anomaly-train.service', 0.5],
    ] as const) {
      const args = ['security', '--offline=true', '--no-pager', fileURLToPath(new URL(name, service))];
      const { stdout } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
      expect(Number(/Overall exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1]), name).toBeLessThanOrEqual(most);
    }
  });

  it('give only options that the commands have, and come once a week', () => {
    for (const [name, command] of [
      ['anomaly-sniff.service', 'sniff'],
      ['anomaly-train.service', 'train'],
    ]) {
      const known = program.commands.find((c) => c.name() === command)?.options.map((o) => o.long);
      const given =
        text(name as string)
          .match(/^(Exec|Environment).*--[a-z-]+.*$|exec anomaly .*$/gm)
          ?.join(' ') ?? '';
      const options = given.match(/--[a-z-]+/g) ?? [];
      expect(options.length).toBeGreaterThan(1);
      for (const option of options) expect(known, option).toContain(option);
    }
    const timer = text('anomaly-train.timer');
    for (const line of ['OnCalendar=Sun ', 'RandomizedDelaySec=', 'Persistent=yes']) expect(timer).toContain(line);
  });

  it('learn from every table but the newest, which still grows, and tell where there is none', () => {
    const line = /^ExecStart=\/bin\/sh -ec '((?:.|\n)*?)'$/m.exec(text('anomaly-train.service'))?.[1] ?? '';
    const script = line.replaceAll('\\\n', ' ').replaceAll('$$', '$');
    const bin = join(folder, 'bin');
    mkdirSync(join(folder, 'data'));
    mkdirSync(bin);
    writeFileSync(join(bin, 'anomaly'), '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, ANOMALY_TRAIN_OPTIONS: '--power full' };
    const run = () => spawnSync('sh', ['-ec', script], { cwd: folder, env, encoding: 'utf8' });
    const put = (name: string, minute: number): void => {
      writeFileSync(join(folder, 'data', name), '');
      utimesSync(join(folder, 'data', name), 0, 1_800_000_000 + 60 * minute);
    };
    put('packets-2026-11-27.csv', 0);
    expect(run()).toMatchObject({
      status: 66,
      stderr: expect.stringMatching(/^no packet table in data\/ is complete yet/),
    });
    put('packets-2026-11-27.0002.csv', 1);
    put('packets-2026-11-26.csv', 2);
    expect(run().stdout).toBe(
      'train --keep-if-worse --power full data/packets-2026-11-27.0002.csv data/packets-2026-11-27.csv\n',
    );
  });
});

describe('the systemd unit', () => {
  const text = readFileSync(unit, 'utf8');
  const execStart = (): string => (/^ExecStart=((?:.*\\\n)*.*)$/m.exec(text)?.[1] ?? '').replaceAll(/\\\n\s*/g, '');

  it('runs as a user of its own with one capability', () => {
    expect(text).toMatch(/^User=anomaly$/m);
    expect(text).toMatch(/^CapabilityBoundingSet=CAP_NET_RAW$/m);
    expect(text).toMatch(/^AmbientCapabilities=CAP_NET_RAW$/m);
    expect(text).toMatch(/^ProtectSystem=strict$/m);
    expect(text).toMatch(/^Restart=on-failure$/m);
    expect(text).toMatch(/^Type=notify\nNotifyAccess=all$/m);
    expect(text).toMatch(/^WatchdogSec=\d+$/m);
    expect(text).toMatch(/^ExecReload=.*-HUP/m);
  });

  it('goes on with the incidents of earlier runs, and keeps their reports for a time', () => {
    expect(execStart()).toMatch(/ --out \S+\.txt \S+\.html \S+\.jsonl .*--rotate-hours \d+ --keep \d+ /);
    // what moves reports away before a start would take from detect what it goes on with
    expect(text).not.toMatch(/^ExecStartPre/m);
  });

  it('is not started again after an end that another start would not mend', () => {
    const codes = /^RestartPreventExitStatus=(.*)$/m.exec(text)?.[1]?.split(' ').map(Number);
    const { USAGE, BAD_DATA, BAD_MODEL, NO_INPUT, CANNOT_CREATE, NO_PERMISSION } = ERRORS;
    const final = [USAGE, BAD_DATA, BAD_MODEL, NO_INPUT, CANNOT_CREATE, NO_PERMISSION].map(({ exit }) => exit);
    expect(codes).toEqual([...new Set(final)].sort((a, b) => a - b));
  });

  it('gives only options that detect has', () => {
    const known = new Set(program.commands.find((c) => c.name() === 'detect')?.options.map((o) => o.long));
    for (const option of execStart().match(/--[a-z-]+/g) ?? []) expect(known, option).toContain(option);
  });

  it.runIf(has('systemd-analyze'))('exposes little: at most 1.7 of 10 by systemd-analyze security', () => {
    const { stdout } = spawnSync('systemd-analyze', ['security', '--offline=true', '--no-pager', unit], {
      encoding: 'utf8',
    });
    const level = /Overall exposure level for anomaly\.service: ([\d.]+)/.exec(stdout)?.[1];
    expect(Number(level)).toBeLessThanOrEqual(1.7);
  });
});
