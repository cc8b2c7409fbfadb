/** Open, then drop: root's command lines on files that others made, as real processes with real users. */
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { connLog, HEADER } from '../support/conn-log.js';
import { until } from '../support/live.js';
import { bin, folder, root, sample } from '../support/program.js';
import { trained } from '../support/trained.js';

const NOBODY = 65534;
const SUDO = { SUDO_UID: String(NOBODY), SUDO_GID: String(NOBODY), SUDO_USER: 'nobody' };
/** Node's answer to the io_uring of its libuv, and Debian's Node's answer always: nobody changes a user. */
const FIXED_USER = { UV_USE_IO_URING: '1' };
const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn('tests of giving up root are skipped: only root can');

let modelDir = '';
beforeAll(async () => {
  if (isRoot) ({ modelDir } = await trained());
}, 300_000);

/** A folder that anybody may write into, as /tmp is. */
function place(): string {
  const path = folder();
  chmodSync(path, 0o1777);
  return path;
}

/** What only root can read: a folder of its own with captures in it. */
function closed(at: string): string {
  const path = join(at, 'closed');
  mkdirSync(join(path, 'below'), { recursive: true });
  for (const name of ['one.pcap.gz', 'below/two.pcap.gz']) {
    copyFileSync(sample('mixed.pcap.gz'), join(path, name));
    chmodSync(join(path, name), 0o600);
  }
  chmodSync(path, 0o700);
  return path;
}

function run(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): SpawnSyncReturns<string> {
  const { SUDO_UID: _uid, SUDO_GID: _gid, SUDO_USER: _user, ...rest } = process.env;
  return spawnSync(process.execPath, [bin, ...args], {
    cwd,
    env: { ...rest, NO_COLOR: '1', ...env },
    encoding: 'utf8',
    timeout: 120_000,
  });
}

const ownerOf = (path: string): number => statSync(path).uid;

describe.skipIf(!isRoot)('root that reads files', { timeout: 300_000 }, () => {
  it.each([
    ['sudo', SUDO, []],
    ['--user', {}, ['--user', 'nobody']],
    ['sudo, where this Node cannot change its user', { ...SUDO, ...FIXED_USER }, []],
  ])('opens what it alone can read and goes on as whom it was told, by %s', (_how, env, options) => {
    const at = place();
    const input = closed(at);
    const one = run(
      ['sniff', '-q', '-r', join(input, 'one.pcap.gz'), '-c', '300', '--out', 'one.csv', ...options],
      at,
      env,
    );
    expect(one).toMatchObject({ status: 0, stderr: '' });
    expect(statSync(join(at, 'one.csv'))).toMatchObject({ uid: NOBODY, gid: NOBODY });

    const all = run(['sniff', '-r', 'closed', '--out', 'all.csv', ...options], at, env);
    expect(all.status).toBe(0);
    expect(all.stderr).toMatch(/^reading 2 files of closed into all\.csv\n/);
    expect(ownerOf(join(at, 'all.csv'))).toBe(NOBODY);
  });

  it.each([{}, FIXED_USER])(
    'learns from such files, which are read several times, and watches with such a model, %o',
    (env) => {
      const at = place();
      const table = join(closed(at), 'table.csv');
      const sudo = { ...SUDO, ...env };
      expect(run(['sniff', '-q', '-r', sample('benign.pcap.gz'), '-c', '2000', '--out', table], at).status).toBe(0);
      const learned = run(['train', '-q', table, '--epochs', '1', '--power', 'off', '--model', 'models/m'], at, sudo);
      expect(learned).toMatchObject({ status: 0, stderr: '' });
      for (const name of readdirSync(join(at, 'models'))) expect(ownerOf(join(at, 'models', name))).toBe(NOBODY);

      cpSync(modelDir, join(at, 'closed/model'), { recursive: true });
      writeFileSync(join(at, 'closed/allow.json'), '[]', { mode: 0o600 });
      writeFileSync(join(at, 'closed/labels.csv'), 'packet,label\n1,0\n', { mode: 0o600 });
      const lists = ['--allow', 'closed/allow.json', '--labels', 'closed/labels.csv'];
      const watched = run(
        [
          'detect',
          '-q',
          '-r',
          'closed/one.pcap.gz',
          '--model',
          'closed/model',
          ...lists,
          '--out',
          'r.txt',
          '--scores',
          's.csv',
        ],
        at,
        sudo,
      );
      expect(watched).toMatchObject({ status: 0, stderr: '' });
      for (const name of ['r.txt', 's.csv']) expect(ownerOf(join(at, name))).toBe(NOBODY);
    },
  );

  it.each([{}, FIXED_USER])('has no right left when it waits for the first byte, %o', async (env) => {
    const at = place();
    const child = spawn(process.execPath, [bin, 'sniff', '-r', '-', '--out', 't.csv'], {
      cwd: at,
      env: { ...process.env, ...SUDO, ...env },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const reader = (): number | undefined =>
      [child.pid as number, ...childrenOf(child.pid as number)].find(
        (pid) => linesOf(pid, 'Uid')?.[0] === String(NOBODY),
      );
    await until(() => reader() !== undefined && waitsForInput(reader() as number), 'a process that reads');
    const pid = reader() as number;
    for (const who of ['Uid', 'Gid']) expect(linesOf(pid, who)).toEqual(Array(4).fill(String(NOBODY)));
    for (const set of ['CapEff', 'CapPrm', 'CapAmb']) expect(Number.parseInt(linesOf(pid, set)?.[0] ?? '', 16)).toBe(0);
    child.stdin?.end();
  });

  it('reads a log of megabytes in its thread', () => {
    const at = place();
    const log = join(closed(at), 'conn.log');
    writeFileSync(log, HEADER + connLog(1, 90_000), { mode: 0o600 });
    expect(statSync(log).size).toBeGreaterThan(2 ** 23);
    const program = `
      const { openFirst } = await import('${root}dist/base/opened-first.js');
      const { becomeUser } = await import('${root}dist/base/privileges.js');
      const { openInThread, worthAThread } = await import('${root}dist/zeek/threaded.js');
      openFirst('${log}');
      becomeUser({ uid: ${NOBODY}, gid: ${NOBODY}, name: 'nobody' });
      let rows = 0;
      for await (const batch of (await openInThread(['${log}'])).batches) rows += batch.count;
      console.log(await worthAThread(['${log}']), rows);`;
    const file = join(at, 'program.mjs');
    writeFileSync(file, program);
    const { stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8' });
    expect(`${stdout}${stderr}`).toBe('true 90000\n');
  });

  it('says before it reads that the user cannot write where reports or models are to be', () => {
    const at = place();
    const mine = join(at, 'mine');
    mkdirSync(mine, { mode: 0o755 });
    const input = sample('benign.pcap.gz');
    const remedy = 'as nobody, whom root became; --user root stays root';
    const sniff = run(['sniff', '-r', input, '--out', 'mine/t.csv'], at, SUDO);
    expect(sniff).toMatchObject({
      status: 73,
      stderr: `anomaly: mine/t.csv: no permission to write there ${remedy}\n`,
    });
    const train = run(['train', input, '--model', 'mine/m'], at, SUDO);
    expect(train).toMatchObject({ status: 73, stderr: `anomaly: mine: no permission to write there ${remedy}\n` });
    const detect = run(['detect', '-r', input, '--model', modelDir, '--out', 'mine/r.txt'], at, SUDO);
    expect(detect.status).toBe(73);
    expect(detect.stderr).toContain(remedy);
    expect(readdirSync(mine)).toEqual([]);
    expect(
      run(['sniff', '-q', '-r', input, '-c', '9', '--out', 'mine/t.csv', '--user', 'root'], at, SUDO),
    ).toMatchObject({
      status: 0,
      stderr: '',
    });
    expect(ownerOf(join(mine, 't.csv'))).toBe(0);
  });

  it('follows no link in a folder of others to what they cannot read', () => {
    const at = place();
    mkdirSync(join(at, 'theirs'));
    copyFileSync(sample('mixed.pcap.gz'), join(at, 'theirs/one.pcap.gz'));
    writeFileSync(join(at, 'secret'), 'root alone may read this', { mode: 0o600 });
    symlinkSync(join(at, 'secret'), join(at, 'theirs/two.pcap'));
    const { status, stderr } = run(['sniff', '-r', 'theirs', '--out', 't.csv'], at, SUDO);
    expect(status).toBe(0);
    expect(stderr).toContain('warning: theirs: two.pcap left out: no permission to read\n');
  });

  it('stays root for a log that rotates and that it alone can read, and says so; a named user is refused', async () => {
    const at = place();
    const log = join(closed(at), 'conn.log');
    writeFileSync(log, HEADER + connLog(1, 1500), { mode: 0o600 });
    const model = join(at, 'closed/model');
    expect(run(['train', '-q', log, '--epochs', '1', '--power', 'off', '--model', model], at).status).toBe(0);
    const args = ['detect', '--model', model, '--follow', log, '--hours', '0.0001', '--out', 'r.txt'];
    const refused = run([...args, '--user', 'nobody'], at);
    expect(refused).toMatchObject({
      status: 77,
      stderr: `anomaly: ${log} can be read by root alone, and is opened again whenever it rotates; let nobody read it, or say --user root\n`,
    });
    const { status, stderr } = run(args, at, SUDO);
    expect(status).toBe(0);
    expect(stderr).toContain(
      `running as root, for ${log} can be read by root alone, and is opened again whenever it rotates`,
    );
    expect(ownerOf(join(at, 'r.txt'))).toBe(0);
  });

  it.each([
    [{ SUDO_UID: '4294967295' }, 'SUDO_UID is 4294967295, which is no user'],
    [{ SUDO_UID: '-1' }, 'SUDO_UID is -1, which is no user'],
    [{ SUDO_UID: 'abc' }, 'SUDO_UID is abc, which is no user'],
    [{ SUDO_UID: '99999999999' }, 'SUDO_UID is 99999999999, which is no user'],
    [{ SUDO_UID: '1e3' }, 'SUDO_UID is 1e3, which is no user'],
    [{ SUDO_UID: '54321' }, "SUDO_GID is not set, and user 54321 is none of this machine's"],
    [{ SUDO_UID: '54321', SUDO_GID: '4294967295' }, 'SUDO_GID is 4294967295, which is no group'],
  ])('refuses %o in one line', (env, what) => {
    const remedy = 'say whom to become with --user NAME, or stay root with --user root';
    const { status, stderr } = run(['sniff', '-r', sample('mixed.pcap.gz'), '--out', 't.csv'], place(), env);
    expect({ status, stderr }).toEqual({ status: 2, stderr: `anomaly: ${what}; ${remedy}\n` });
  });

  it.each([
    [{ SUDO_UID: '54321', SUDO_GID: '54321' }, 54321, 54321],
    [{ SUDO_UID: String(NOBODY) }, NOBODY, NOBODY],
  ])('becomes the numbers of %o', (env, uid, gid) => {
    const at = place();
    expect(run(['sniff', '-q', '-r', sample('mixed.pcap.gz'), '-c', '9', '--out', 't.csv'], at, env).status).toBe(0);
    expect(statSync(join(at, 't.csv'))).toMatchObject({ uid, gid });
  });

  it('stays root where nobody else was named, and says it once', () => {
    const { stderr } = run(['sniff', '-r', sample('mixed.pcap.gz'), '-c', '9', '--out', 't.csv'], place());
    expect(stderr.match(/running as root, for nobody else was named/g)).toHaveLength(1);
  });
});

function linesOf(pid: number, name: string): string[] | undefined {
  try {
    return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]?.split(/\s+/);
  } catch {
    return undefined;
  }
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

/** The kernel knows who waits for descriptor 0. */
function waitsForInput(pid: number): boolean {
  try {
    const at = `/proc/${pid}/fdinfo`;
    return readdirSync(at).some((fd) => /^tfd:\s+0 /m.test(readFileSync(join(at, fd), 'utf8')));
  } catch {
    return false;
  }
}
