import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CapturedPacket, pcapFile, readPcap } from '../support/packets.js';
import { anomaly, folder, has, sample } from '../support/program.js';
import { type Trained, trained } from '../support/trained.js';

let model: Trained;
beforeAll(async () => {
  model = await trained();
}, 300_000);

const packets = readPcap(gunzipSync(readFileSync(sample('mixed.pcap.gz'))))?.packets as Required<CapturedPacket>[];
/** One file after which two are interleaved. */
const third = Math.floor(packets.length / 3);
const PARTS: Readonly<Record<string, CapturedPacket[]>> = {
  'the first.pcap': packets.slice(0, third),
  'even.pcap': packets.filter((_, k) => k >= third && k % 2 === 0),
  'odd.pcap': packets.filter((_, k) => k >= third && k % 2 === 1),
};

interface Seen {
  readonly command: string;
  /** times of the sample records of the incident, s */
  readonly times: readonly string[];
}

/** What the report says of each incident in full, and what the command of it is to show. */
function examine(dir: string, inputs: readonly string[]): Seen[] {
  const outputs = ['--out', 'r.txt', 'r.csv'];
  const done = anomaly(['detect', '-r', ...inputs, '--model', model.modelDir, ...outputs], { cwd: dir });
  expect(done.stderr).toContain('packets examined');
  const rows: Record<string, string>[] = parse(readFileSync(join(dir, 'r.csv'), 'utf8'), { columns: true });
  const blocks = readFileSync(join(dir, 'r.txt'), 'utf8')
    .split(/^\[[A-Z]+\] +#/m)
    .slice(1);
  expect(blocks.length).toBeGreaterThan(1);
  return blocks.map((block) => {
    const command = /^ {2}See {7}(.*(?:\n {12}.*)*)/m.exec(block)?.[1].replaceAll(/\n {12}/g, '\n') ?? '';
    const row = rows.find(({ incident }) => incident === String(Number.parseInt(block, 10)));
    const frames = row?.frames.split(' ').map(Number) ?? [];
    return { command, times: frames.map((frame) => (packets[frame - 1].timestamp / 1e6).toFixed(6)) };
  });
}

/** The lines that a pasted command prints. */
function run(command: string, dir: string): string[] {
  const asTimes = 'tshark() { command tshark "$@" -T fields -e frame.time_epoch; }';
  return execFileSync('sh', ['-e', '-c', `${asTimes}\n${command}`], { cwd: dir, encoding: 'utf8', stdio: 'pipe' })
    .trimEnd()
    .split('\n')
    .map((line) => Number(line.split(',')[0]).toFixed(6));
}

function expectSamples({ command, times }: Seen, dir: string): void {
  const shown = run(command, dir);
  expect(shown, command).toContain(times[0]);
  expect(
    shown.filter((time) => !times.includes(time)),
    command,
  ).toEqual([]);
}

describe('the command that shows an incident of several files', () => {
  it.skipIf(!has('tshark'))('runs as it is printed, and shows the very packets', () => {
    const dir = folder();
    for (const [name, some] of Object.entries(PARTS)) writeFileSync(join(dir, name), pcapFile(some));
    const seen = examine(dir, Object.keys(PARTS).reverse());
    for (const each of seen) expectSamples(each, dir);
    for (const name of Object.keys(PARTS)) expect(seen.some(({ command }) => command.includes(name))).toBe(true);
  });

  it('runs as it is printed of packet tables, too', () => {
    const dir = folder();
    const tables = Object.entries(PARTS).map(([name, some], k) => {
      writeFileSync(join(dir, name), pcapFile(some));
      expect(anomaly(['sniff', '-q', '-r', name, '--out', `${k}.csv`], { cwd: dir }).code).toBe(0);
      return `${k}.csv`;
    });
    for (const each of examine(dir, tables)) expectSamples(each, dir);
  });
});
