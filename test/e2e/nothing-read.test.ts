/** Runs that end before they read a record: by Ctrl+C, or by an input that cannot be read. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { HEADER_LINE } from '../../src/table/encode.js';
import { until } from '../support/live.js';
import { pcapFile } from '../support/packets.js';
import { anomaly, bin, folder, forAll } from '../support/program.js';
import { trained } from '../support/trained.js';

let modelDir = '';
beforeAll(async () => {
  ({ modelDir } = await trained());
}, 300_000);

function factsOfDescriptors(pid: number): string[] {
  const at = `/proc/${pid}/fdinfo`;
  try {
    return readdirSync(at).map((fd) => readFileSync(join(at, fd), 'utf8'));
  } catch {
    // one was closed meanwhile
    return [];
  }
}

/** Ends by Ctrl+C while it waits for the first byte of standard input. */
async function interrupted(args: string[]): Promise<{ code: number | null; stderr: string }> {
  const child: ChildProcess = spawn(process.execPath, [bin, ...args], { stdio: ['pipe', 'ignore', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr?.on('data', (text) => {
    stderr += text;
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  // Ctrl+C that comes before it listens ends it, as any program: the kernel knows when it waits for descriptor 0
  const waits = (): boolean => factsOfDescriptors(child.pid as number).some((text) => /^tfd:\s+0 /m.test(text));
  await until(waits, 'reading of standard input');
  child.kill('SIGINT');
  return { code: await ended, stderr: forAll(stderr) };
}

it.runIf(process.platform === 'linux')('detect ends with a report, standard input not having sent a byte', async () => {
  const report = join(folder(), 'report.txt');
  const { code, stderr } = await interrupted(['detect', '--model', modelDir, '-r', '-', '--out', report]);
  expect(code).toBe(0);
  expect(stderr).toContain('0 packets examined');
  expect(readFileSync(report, 'utf8')).toContain('Nothing was examined');
});

it.runIf(process.platform === 'linux')('sniff ends without a table, and says why', async () => {
  const table = join(folder(), 'table.csv');
  const { code, stderr } = await interrupted(['sniff', '-r', '-', '--out', table]);
  expect(code).toBe(0);
  expect(stderr).toBe('ended before standard input sent a byte: nothing was written\n');
  expect(existsSync(table)).toBe(false);
});

const header = Buffer.from(HEADER_LINE).toString();
const damagedPcap = Buffer.from(pcapFile([]));
// major version number, after the magic
damagedPcap.writeUInt16LE(9, 4);

it.each([
  ['a packet table with a column missing', 'x.csv', header.replace(/,[^,]*\n$/, '\n')],
  ['a packet table that breaks in its first row', 'x.csv', `${header}nonsense\n`],
  ['a capture of a version that nobody knows', 'x.pcap', damagedPcap],
])('%s gives its error, and no report of nothing', (_, name, content) => {
  const at = folder();
  writeFileSync(join(at, name), content);
  const report = join(at, 'report.txt');
  const { code, stderr } = anomaly(['detect', '-q', '--model', modelDir, '-r', join(at, name), '--out', report]);
  expect(code).toBe(65);
  expect(stderr.trimEnd().split('\n').at(-1)).toMatch(/^anomaly: /);
  expect(existsSync(report)).toBe(false);
});
