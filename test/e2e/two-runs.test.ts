/** Two runs with the same outputs at once, and what a run finds that comes after one that was killed. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createReadStream, lstatSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { anomaly, bin, folder, sample } from '../support/program.js';
import { trained } from '../support/trained.js';

let modelDir = '';
let table = '';
beforeAll(async () => {
  ({ modelDir, table } = await trained());
}, 300_000);

/** A run whose standard input stays open after all of a recording. */
function begun(
  input: string | undefined,
  ...args: string[]
): {
  child: ChildProcess;
  /** ends its input when it has all of it */
  end(): Promise<void>;
  ended: Promise<number | null>;
  said(): string;
} {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['pipe', 'ignore', 'pipe'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stdin?.on('error', () => undefined);
  const fed = new Promise<void>((resolve) => {
    if (input === undefined) return resolve();
    const bytes = createReadStream(sample(input)).pipe(createGunzip());
    bytes.on('end', resolve).pipe(child.stdin as NodeJS.WritableStream, { end: false });
  });
  const end = (): Promise<void> => fed.then(() => void child.stdin?.end());
  return { child, end, ended: new Promise((resolve) => child.on('close', resolve)), said: () => said };
}

/** Until a file is there and has so many bytes, or its run ended. */
async function until(run: ChildProcess, path: string, bytes = 0): Promise<void> {
  while (run.exitCode === null && !((lstatSync(path, { throwIfNoEntry: false })?.size ?? -1) >= bytes)) await sleep(50);
}

/** Its only line but for the closing of a pipe. */
const lines = (stderr: string): string[] => stderr.trim().split('\n');

describe('two runs with the same outputs', () => {
  it('detect: the second is refused in one line that names the first, and nothing is mixed', async () => {
    const place = folder();
    const at = (name: string): string => join(place, name);
    const all = ['--out', at('r.txt'), at('r.jsonl'), at('r.sqlite'), '--scores', at('s.csv'), '--csv', at('t.csv')];
    const first = begun('mixed.pcap.gz', 'detect', '-r', '-', '--model', modelDir, ...all, '--pcap-out', at('p.pcap'));
    await until(first.child, at('p.pcap'));
    for (const [option, name] of [
      ['--out', 'r.txt'],
      ['--out', 'r.jsonl'],
      ['--out', 'r.sqlite'],
      ['--scores', 's.csv'],
      ['--csv', 't.csv'],
      ['--pcap-out', 'p.pcap'],
    ] as const) {
      const second = anomaly([
        'detect',
        '-r',
        sample('mixed.pcap.gz'),
        '--model',
        modelDir,
        '--out',
        at('other.txt'),
        option,
        at(name),
      ]);
      expect(second.code).toBe(73);
      expect(lines(second.stderr)).toEqual([
        expect.stringMatching(
          new RegExp(`^anomaly: \\S*${name}: process ${first.child.pid} \\(anomaly detect, since [^)]*\\) writes it`),
        ),
      ]);
    }
    await first.end();
    expect(await first.ended).toBe(0);
    expect(readdirSync(place).sort()).toEqual(['p.pcap', 'r.jsonl', 'r.sqlite', 'r.txt', 's.csv', 't.csv']);
    expect(readFileSync(at('s.csv'), 'utf8').match(/^frame,/gm)?.length).toBe(1);
  }, 120_000);

  it('sniff: also with --force', async () => {
    const place = folder();
    const out = join(place, 't.csv');
    const first = begun('benign.pcap.gz', 'sniff', '-r', '-', '--out', out);
    await until(first.child, out);
    for (const force of [[], ['--force']]) {
      const second = anomaly(['sniff', '-r', sample('benign.pcap.gz'), '--out', out, ...force]);
      expect(second.code).toBe(73);
      expect(lines(second.stderr)).toEqual([
        expect.stringMatching(`process ${first.child.pid} \\(anomaly sniff, since`),
      ]);
    }
    await first.end();
    expect(await first.ended).toBe(0);
    expect(readFileSync(out).equals(readFileSync(table))).toBe(true);
    expect(readdirSync(place)).toEqual(['t.csv']);
  }, 60_000);

  it('train: into the same model; when the first was killed the next says so and cleans up', async () => {
    const place = folder();
    const model = join(place, 'm');
    const first = begun(undefined, 'train', table, '--epochs', '500', '--power', 'off', '--model', model);
    await until(first.child, join(place, '.m.lock'), 1);
    const second = anomaly(['train', table, '--epochs', '1', '--power', 'off', '--model', model]);
    expect(second.code).toBe(73);
    expect(lines(second.stderr).at(-1)).toMatch(`m: process ${first.child.pid} (anomaly train, since`);
    first.child.kill('SIGKILL');
    await first.ended;
    // as if it had been killed while it saved; what is another's, or runs, or is young and nameless, stays
    const left = `.anomaly-${first.child.pid}-0123456789ab`;
    for (const name of [
      left,
      `.anomaly-${process.pid}-0123456789ab`,
      '.m.0123456789ab',
      '.m.ba9876543210',
      '.n.0123456789ab',
    ]) {
      mkdirSync(join(place, name));
      writeFileSync(join(place, name, 'weights.bin'), 'half');
    }
    utimesSync(join(place, '.m.0123456789ab'), 1, 1);
    const third = anomaly(['train', table, '--epochs', '1', '--power', 'off', '--model', model]);
    expect(third.code).toBe(0);
    expect(third.stderr).toMatch(
      new RegExp(
        `m: process ${first.child.pid} \\(anomaly train, since .*\\) ended without its end; its lock is void\n`,
      ),
    );
    expect(third.stderr).toMatch(`removed what killed runs left: ${join(place, left)}\n`);
    expect(third.stderr).toMatch(`removed what killed runs left: ${join(place, '.m.0123456789ab')}\n`);
    const names = readdirSync(place).filter((name) => name.startsWith('.'));
    expect(names.sort()).toEqual([`.anomaly-${process.pid}-0123456789ab`, '.m.ba9876543210', '.n.0123456789ab']);
  }, 120_000);
});

describe('after a run that was killed', () => {
  it('its scores are kept under another name, and the next says what they hold', async () => {
    const place = folder();
    const scores = join(place, 's.csv');
    const args = ['--model', modelDir, '--out', join(place, 'r.txt'), '--scores', scores];
    const first = begun('mixed.pcap.gz', 'detect', '-r', '-', ...args);
    await until(first.child, `${scores}.part`, 1e6);
    first.child.kill('SIGKILL');
    await first.ended;
    const part = readFileSync(`${scores}.part`, 'utf8');
    const next = anomaly(['detect', '-r', sample('mixed.pcap.gz'), '-c', '3000', ...args]);
    expect(next.code).toBe(0);
    const [, name = '', record] =
      /(\S+s\.csv-\d{8}T\d{6}Z\.part): rows up to record (\d+) \(\S+ MB\) of a run that ended without its end are kept there\n/.exec(
        next.stderr,
      ) ?? [];
    expect(readFileSync(name, 'utf8')).toBe(part);
    expect(part.slice(0, part.lastIndexOf('\n')).split('\n').at(-1)?.split(',')[0]).toBe(record);
    expect(next.stderr).toMatch(new RegExp(`s\\.csv: process ${first.child.pid} \\(anomaly detect, since`));
    expect(readFileSync(scores, 'utf8').split('\n').length).toBe(3002);
    expect(readdirSync(place).length).toBe(3);
  }, 60_000);

  it('copies of what came through a pipe go with the next training', async () => {
    const place = folder();
    // where the trainings of other tests tidy up nothing
    vi.stubEnv('TMPDIR', folder());
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const first = begun('benign.pcap.gz', 'train', '-', '--model', join(place, 'm'));
    const mine = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith(`anomaly-${first.child.pid}-`));
    while (first.child.exitCode === null && mine().length === 0) await sleep(50);
    first.child.kill('SIGKILL');
    await first.ended;
    expect(mine().length).toBe(1);
    const next = anomaly(['train', table, '--epochs', '1', '--power', 'off', '--model', join(place, 'm')]);
    expect(next.stderr).toMatch(new RegExp(`removed what killed runs left: .*anomaly-${first.child.pid}-`));
    expect(mine()).toEqual([]);
  }, 120_000);
});

describe('the limit of open files', () => {
  it.each([20, 30, 40, 64])(
    'of %i is one line with what to do',
    (limit) => {
      const place = folder();
      for (const args of [
        ['detect', '-r', table, '--model', modelDir, '--out', join(place, 'r.txt'), join(place, 'r.html')],
        ['train', table, '--epochs', '1', '--power', 'off', '--model', join(place, 'm')],
        ['sniff', '-r', table, '--out', join(place, 't.csv')],
      ]) {
        const command = ['-c', `ulimit -n ${limit}; exec "$@"`, 'sh', process.execPath, bin, ...args];
        const { status, stderr } = spawnSync('sh', command, { encoding: 'utf8' });
        // a limit that happens to be enough is none
        if (status === 0) continue;
        expect([args[0], status, lines(stderr).at(-1)]).toEqual([
          args[0],
          71,
          expect.stringMatching(/^anomaly: more files are open .* ulimit -n 1024$/),
        ]);
        expect(stderr).not.toMatch(/^ {4}at |Node\.js v|fault of the program/m);
      }
      expect(readdirSync(place).filter((name) => name.startsWith('.'))).toEqual([]);
    },
    60_000,
  );
});
