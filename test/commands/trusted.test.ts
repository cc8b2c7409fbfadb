/** Files that decide over a run: root refuses those that others could have written, anybody else is told. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { exposure } from '../../src/base/trust.js';
import { until } from '../support/live.js';
import { anomaly, bin, folder, sample } from '../support/program.js';
import { trained } from '../support/trained.js';

const MALLORY = 54321;
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn('tests with files of other users are skipped: only root can make them');

const facts = (kind: 'file' | 'folder' | 'link', uid: number, mode: number, gid = uid): Stats =>
  ({
    uid,
    gid,
    mode,
    isDirectory: () => kind === 'folder',
    isSymbolicLink: () => kind === 'link',
  }) as Stats;

describe('what is at the mercy of others', () => {
  const root = { uid: 0, gid: 0, trusted: [0] };
  const alice = { uid: 1000, gid: 1000, trusted: [0] };

  it.each([
    ['a file of root', facts('file', 0, 0o644), root],
    ['a file of root that its own group may write', facts('file', 0, 0o664), root],
    ['a file of root', facts('file', 0, 0o600), alice],
    ['a file of one’s own that the own group may write', facts('file', 1000, 0o664), alice],
    ['a folder like /tmp', facts('folder', 0, 0o1777), alice],
    ['a link, whose mode means nothing', facts('link', 0, 0o777), root],
    ['a file of the owner of /', facts('file', 65534, 0o644), { ...root, trusted: [0, 65534] }],
  ])('is not: %s', (_what, stats, self) => {
    expect(exposure('m', stats, self)).toBeUndefined();
  });

  it.each([
    [
      'of another user, for root',
      facts('folder', 1000, 0o755),
      root,
      'm belongs to uid 1000, not to root; chown -R 0 m',
    ],
    [
      'of another user',
      facts('file', 7, 0o644),
      alice,
      'm belongs to uid 7, not to uid 1000 or root; as root: chown 1000 m',
    ],
    ['a link of another user', facts('link', 7, 0o777), root, 'm belongs to uid 7, not to root; chown 0 m'],
    ['open to all', facts('file', 0, 0o666), root, 'm can be written by everybody; chmod go-w m'],
    [
      'a folder that is open to all',
      facts('folder', 1000, 0o777),
      alice,
      'm can be written by everybody; chmod go-w m',
    ],
    ['open to a group', facts('folder', 0, 0o775, 50), root, 'm can be written by group 50; chmod go-w m'],
    [
      'a folder like /tmp, of another user',
      facts('folder', 7, 0o1777),
      root,
      'm belongs to uid 7, not to root; chown -R 0 m',
    ],
  ])('is what is %s', (_what, stats, self, words) => {
    expect(exposure('m', stats, self)).toBe(words);
  });
});

describe.skipIf(!isRoot)('files that decide over a run', { timeout: 120_000 }, () => {
  let modelDir = '';
  beforeAll(async () => {
    ({ modelDir } = await trained());
  }, 300_000);

  const ARGS = ['detect', '-q', '-r', sample('mixed.pcap.gz'), '-c', '100', '--out', 'r.txt', '--user', 'root'];

  /** A folder with a model in it. */
  function place(): string {
    const at = folder();
    cpSync(modelDir, join(at, 'model'), { recursive: true });
    return at;
  }
  const refusal = (what: string, why: string): string =>
    `anomaly: ${what} is at the mercy of others: ${why}, or run as its owner with --user NAME\n`;

  it('are refused to root where they belong to another, or others may write them', () => {
    const at = place();
    const model = join(at, 'model');
    const watch = (...more: string[]) => anomaly([...ARGS, '--model', 'model', ...more], { cwd: at });
    expect(watch()).toMatchObject({ code: 0, stderr: '' });

    chmodSync(join(model, 'weights.bin'), 0o666);
    const weights = `${model}/weights.bin can be written by everybody; chmod go-w ${model}/weights.bin`;
    expect(watch()).toMatchObject({ code: 77, stderr: refusal('the model', weights) });
    chmodSync(join(model, 'weights.bin'), 0o600);

    chownSync(model, MALLORY, MALLORY);
    const owner = `${model} belongs to uid ${MALLORY}, not to root; chown -R 0 ${model}`;
    expect(watch()).toMatchObject({ code: 77, stderr: refusal('the model', owner) });
    chownSync(model, 0, 0);

    // whoever may write the folder above could put another model in its place
    chmodSync(at, 0o777);
    expect(watch()).toMatchObject({
      code: 77,
      stderr: refusal('the model', `${at} can be written by everybody; chmod go-w ${at}`),
    });
    chmodSync(at, 0o1777);
    expect(watch()).toMatchObject({ code: 0, stderr: '' });

    for (const [option, what] of [
      ['--allow', 'the allow-list'],
      ['--exec', 'the program of --exec'],
    ] as const) {
      const file = join(at, 'file');
      writeFileSync(file, option === '--allow' ? '[]' : '#!/bin/sh\n');
      chmodSync(file, 0o755);
      chownSync(file, MALLORY, MALLORY);
      const why = `${file} belongs to uid ${MALLORY}, not to root; chown 0 ${file}`;
      expect(watch(option, file)).toMatchObject({ code: 77, stderr: refusal(what, why) });
      chownSync(file, 0, 0);
      expect(watch(option, file)).toMatchObject({ code: 0, stderr: '' });
    }
    writeFileSync(join(at, 'receiver'), 'http://127.0.0.1:9/', { mode: 0o600 });
    chownSync(join(at, 'receiver'), MALLORY, MALLORY);
    expect(watch('--notify', 'webhook=@receiver').stderr).toContain('the file of --notify is at the mercy of others: ');
  });

  it('are told to anybody else', () => {
    const at = place();
    chownSync(at, NOBODY, NOBODY);
    chmodSync(join(at, 'model'), 0o777);
    for (const file of readdirSync(join(at, 'model'))) chmodSync(join(at, 'model', file), 0o644);
    const args = [...ARGS.slice(0, -2).filter((word) => word !== '-q'), '--model', 'model', '--user', 'nobody'];
    const { code, stderr } = anomaly(args, { cwd: at });
    expect(code).toBe(0);
    const model = join(at, 'model');
    expect(stderr).toContain(
      `warning: the model is at the mercy of others: ${model} can be written by everybody; chmod go-w ${model}\n`,
    );
  });

  it('are no checkpoint of others', () => {
    const at = folder();
    chmodSync(at, 0o1777);
    writeFileSync(join(at, '.m.checkpoint'), 'theirs');
    chownSync(join(at, '.m.checkpoint'), MALLORY, MALLORY);
    const args = ['train', '-q', sample('benign.pcap.gz'), '--model', 'm', '--resume', '--user', 'root'];
    const why = `${at}/.m.checkpoint belongs to uid ${MALLORY}, not to root; chown 0 ${at}/.m.checkpoint`;
    expect(anomaly(args, { cwd: at })).toMatchObject({ code: 77, stderr: refusal('the checkpoint', why) });
  });

  it('are not what somebody else left as the model before, or as a link', () => {
    const at = place();
    chmodSync(at, 0o1777);
    renameSync(join(at, 'model'), join(at, '.default.previous'));
    const args = [...ARGS, '--model', 'default'];
    expect(anomaly(args, { cwd: at }).code).toBe(0);
    chownSync(join(at, '.default.previous'), MALLORY, MALLORY);
    expect(anomaly(args, { cwd: at })).toMatchObject({
      code: 66,
      stderr: expect.stringContaining('default: no model there'),
    });
    // nor is it taken over by the next training
    expect(anomaly(['train', '--model', 'default', '--rollback', '--user', 'root'], { cwd: at }).code).toBe(66);
    rmSync(join(at, '.default.previous'), { recursive: true });

    mkdirSync(join(at, 'theirs'), { mode: 0o755 });
    cpSync(modelDir, join(at, 'theirs/model'), { recursive: true });
    symlinkSync('theirs', join(at, 'way'));
    lchownSync(join(at, 'way'), MALLORY, MALLORY);
    expect(anomaly([...ARGS, '--model', 'way/model'], { cwd: at })).toMatchObject({
      code: 77,
      stderr: refusal('the model', `${at}/way belongs to uid ${MALLORY}, not to root; chown 0 ${at}/way`),
    });
  });
});

describe('the list of processes', () => {
  it('shows no address of a receiver, for no thread and no child', async () => {
    const { modelDir } = await trained();
    const at = folder();
    const secret = 'kept-from-others';
    const words = ['--notify', `webhook=http://127.0.0.1:9/${secret}`, `http://127.0.0.1:9/a?b=${secret}`];
    const child = spawn(process.execPath, [bin, 'detect', '-r', '-', '--model', modelDir, '--out', 'r.txt', ...words], {
      cwd: at,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const tasks = `/proc/${child.pid}/task`;
    const shown = (): string[] => readdirSync(tasks).map((task) => readFileSync(join(tasks, task, 'cmdline'), 'utf8'));
    await until(
      () => shown().every((line) => !line.includes(secret)),
      'a command line without secrets',
      () => shown().join(),
    );
    expect(shown().length).toBeGreaterThan(4);
    for (const line of shown()) expect(line).toContain('--notify webhook=http://… http://…');
    child.stdin.end();
  });
});
