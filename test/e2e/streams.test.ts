/** What becomes of standard output and standard error ends no run, and what was lost there is said. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { connLog, HEADER } from '../support/conn-log.js';
import { oneRowFlood } from '../support/hostile.js';
import { until } from '../support/live.js';
import { anomaly, bin, folder, root, sample } from '../support/program.js';
import { trained } from '../support/trained.js';

let modelDir = '';
beforeAll(async () => {
  ({ modelDir } = await trained());
}, 300_000);

/** A line of a shell, in which $A is the program. */
function shell(line: string, place: string): { code: number | null; stderr: string } {
  const env = { ...process.env, A: `${process.execPath} ${bin}`, NO_COLOR: '1' };
  const { status } = spawnSync('bash', ['-c', `${line.replaceAll('%ERR%', join(place, 'err'))}`], {
    cwd: root,
    env,
    timeout: 120_000,
  });
  const err = join(place, 'err');
  return { code: status, stderr: existsSync(err) ? readFileSync(err, 'utf8') : '' };
}

const detect = (place: string, more = ''): string =>
  `$A detect -r ${sample('mixed.pcap.gz')} --count 30000 --model ${modelDir} --out ${join(place, 'r.txt')} ${more}`;
const isWhole = (place: string): boolean =>
  readFileSync(join(place, 'r.txt'), 'utf8').includes('What to do next'.toUpperCase());
const FULL = 'standard output: writing failed (ENOSPC: no space left on device, write)';

describe.runIf(process.platform === 'linux')('detect', () => {
  it.each([
    ['a full disk', '>/dev/full 2>%ERR%', /\nwarning: standard output: writing failed \(ENOSPC: .*\)\n$/],
    ['a full disk behind both', '>/dev/full 2>/dev/full', /^$/],
    ['no standard output', '>&- 2>%ERR%', /\nwritten: /],
    ['neither', '>&- 2>&-', /^$/],
    ['a reader that had enough', '2>%ERR% | head -1; exit $' + '{PIPESTATUS[0]}', /\nwritten: /],
    ['a reader of its remarks that had enough', '2>&1 >/dev/null | head -1; exit $' + '{PIPESTATUS[0]}', /^$/],
  ])('writes its report with %s', (_, redirection, says) => {
    const place = folder();
    const { code, stderr } = shell(`${detect(place)} ${redirection}`, place);
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(code).toBe(0);
    expect(isWhole(place)).toBe(true);
  });

  it('ends with 74 where what was asked for on a full standard output is nowhere else', () => {
    const place = folder();
    const { code, stderr } = shell(`${detect(place, '--json')} >/dev/full 2>%ERR%`, place);
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(`anomaly: ${FULL}`);
    expect(code).toBe(74);
    expect(isWhole(place)).toBe(true);
  });

  it('goes on to its report while nobody reads, and ends once the reader goes', async () => {
    const place = folder();
    const report = join(place, 'r.txt');
    const [training, flood, model] = ['training.log', 'flood.log', 'model'].map((name) => join(place, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(training, HEADER + connLog(5, 3000));
    // megabytes of lines, where a pipe holds 64 KiB
    writeFileSync(flood, oneRowFlood(3000));
    const learned = anomaly(['train', training, '--epochs', '2', '--power', 'off', '--model', model]);
    expect(learned.code, learned.stderr).toBe(0);
    const args = [bin, 'detect', '-r', flood, '--json', '--model', model, '--out', report];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    // neither is read
    child.stdout.pause();
    child.stderr.pause();
    await until(() => existsSync(report), 'the report');
    expect(child.exitCode).toBe(null);
    const ended = new Promise((resolve) => child.on('exit', resolve));
    child.stdout.destroy();
    child.stderr.destroy();
    expect(await ended).toBe(0);
  });
});

describe.runIf(process.platform === 'linux')('a full standard output', () => {
  it.each([
    ['sniff --out -', `sniff -q -r ${sample('mixed.pcap.gz')} --out -`],
    ['--list-interfaces', 'sniff --list-interfaces'],
    ['--help', 'detect --help'],
    ['--version', '--version'],
  ])('ends %s with 74 and one line', (_, args) => {
    const { code, stderr } = shell(`$A ${args} >/dev/full 2>%ERR%`, folder());
    expect(stderr).toBe(`anomaly: ${FULL}\n`);
    expect(code).toBe(74);
  });
});

it.each([
  ['is of no use', 'detect --nonsense', 2],
  ['does not exist', 'detect -r /nonexistent', 66],
])('a full standard error changes no exit code: what %s', (_, args, expected) => {
  expect(shell(`$A ${args} --model ${modelDir} 2>/dev/full`, folder()).code).toBe(expected);
});
