import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CapturedPacket, pcapFile, readPcap } from '../support/packets.js';
import { anomaly, folder, has, sample } from '../support/program.js';
import { type Comparison, expectRecords, type Seen, seenIn, shown } from '../support/see.js';
import { type Trained, trained } from '../support/trained.js';

let model: Trained;
beforeAll(async () => {
  model = await trained();
}, 300_000);

const whole = gunzipSync(readFileSync(sample('mixed.pcap.gz')));
const packets = readPcap(whole)?.packets as Required<CapturedPacket>[];
/** One file after which two are interleaved. */
const third = Math.floor(packets.length / 3);
const PARTS: Readonly<Record<string, CapturedPacket[]>> = {
  'the first.pcap': packets.slice(0, third),
  'even.pcap': packets.filter((_, k) => k >= third && k % 2 === 0),
  'odd.pcap': packets.filter((_, k) => k >= third && k % 2 === 1),
};
const OUT = ['--out', 'r.txt', 'r.html', 'r.csv'];
/** Longer than a line, and everything that a shell, a terminal or a browser could take for something else. */
const NAMES = [
  `${'a long name '.repeat(12)}.pcap`,
  '-Xit\'s `id` $(id) "quoted" \\ !.pcap',
  'Übertragung 日本語.pcap',
  'line\nend\ttab\u001b[31m %d 100%.pcap',
  'ends in a line end\n',
  'right\u202eto left\u00a0and\u200bnothing.pcap',
];

function detect(dir: string, inputs: readonly string[], options: readonly string[] = OUT, input?: Buffer): void {
  const args = ['detect', '-r', ...inputs, '--model', model.modelDir, ...options];
  expect(anomaly(args, { cwd: dir, ...(input && { input }) }).stderr).toContain('packets examined');
}

const timeOf = (frame: number): string => ((packets[frame - 1] as Required<CapturedPacket>).timestamp / 1e6).toFixed(6);
/** Of a frame that tshark shows, or of a row of a packet table. */
const timeIn = (line: string): string => Number(line.split(',')[0]).toFixed(6);
const expectFrames = (dir: string, options: Comparison = {}): Seen[] => expectRecords(dir, timeOf, timeIn, options);

describe.runIf(has('tshark'))('the command that shows an incident of captures', () => {
  it('names the file of several that holds it, by its own numbers', () => {
    const dir = folder();
    for (const [name, some] of Object.entries(PARTS)) writeFileSync(join(dir, name), pcapFile(some));
    detect(dir, Object.keys(PARTS).reverse());
    const seen = expectFrames(dir);
    for (const name of Object.keys(PARTS)) expect(seen.some(({ commands }) => commands[0]?.includes(name))).toBe(true);
  });

  it('runs whatever the files are called', () => {
    const dir = folder();
    for (const [k, name] of NAMES.entries()) {
      writeFileSync(join(dir, name), pcapFile(packets.filter((_, i) => Math.floor(i / 50) % NAMES.length === k)));
    }
    detect(
      dir,
      NAMES.map((name) => (name.startsWith('-') ? `./${name}` : name)),
    );
    const commands = expectFrames(dir).map((seen) => seen.commands[0]);
    // an incident's first three files are named
    expect(commands.join('\n').match(/tshark/g)?.length).toBeGreaterThan(NAMES.length);
  });

  it('runs of a folder of captures, packed ones and of the newer format among them', () => {
    const dir = folder();
    mkdirSync(join(dir, 'captures/-below'), { recursive: true });
    const [first = [], even = [], odd = []] = Object.values(PARTS);
    writeFileSync(join(dir, 'captures/-below/first'), gzipSync(pcapFile(first)));
    writeFileSync(join(dir, 'captures/even.pcap'), pcapFile(even));
    writeFileSync(join(dir, 'odd.pcap'), pcapFile(odd));
    execFileSync('editcap', ['-F', 'pcapng', join(dir, 'odd.pcap'), join(dir, 'captures/odd.pcapng')], {
      stdio: 'pipe',
    });
    detect(dir, ['captures']);
    expectFrames(dir);
  });

  it('runs in the folder of the report where names are relative, and anywhere where the report is elsewhere', () => {
    const dir = folder();
    mkdirSync(join(dir, 'in'));
    mkdirSync(join(dir, 'out'));
    writeFileSync(join(dir, 'in/x.pcap'), whole);
    detect(dir, ['in/x.pcap']);
    expect(seenIn(dir)[0]?.commands[0]).toMatch(/^tshark -r in\/x\.pcap /);
    expect(readFileSync(join(dir, 'r.txt'), 'utf8')).toContain('there the commands of See run');
    detect(dir, ['in/x.pcap'], ['--out', 'out/r.txt', 'out/r.html', 'out/r.csv']);
    expectFrames(join(dir, 'out'), { cwd: '/' });
    expect(readFileSync(join(dir, 'out/r.txt'), 'utf8')).not.toContain('there the commands of See run');
  });

  it('reads standard input where the capture came that way, and says so', () => {
    const dir = folder();
    const input = gzipSync(whole);
    detect(dir, ['-'], OUT, input);
    expectFrames(dir, { input });
    expect(readFileSync(join(dir, 'r.txt'), 'utf8')).toContain('"See" reads standard');
  });
});

describe.runIf(has('tshark'))('the command of packets that were kept', () => {
  it.each(['kept packets.pcap', 'kept.pcapng'])('names that file, by its own numbers: %s', (name) => {
    const dir = folder();
    detect(dir, ['-'], [...OUT, '--pcap-out', name], whole);
    for (const { commands } of expectFrames(dir, { later: true })) expect(commands[0]).toContain(name);
    expect(readFileSync(join(dir, 'r.txt'), 'utf8')).not.toContain('standard input');
  });

  it('finds them by link type: in one pcapng, or in a classic file each', () => {
    const dir = folder();
    // the same packets, without their Ethernet headers, go on in a second file
    const bare = packets.slice(third).flatMap(({ data, timestamp, wireLen }) => {
      const ip = data[12] === 8 && data[13] === 0;
      return ip ? [{ data: data.subarray(14), timestamp, wireLen: wireLen - 14 }] : [];
    });
    writeFileSync(join(dir, 'ether.pcap'), pcapFile(packets.slice(0, third)));
    writeFileSync(join(dir, 'raw.pcap'), pcapFile(bare, { linkType: 101 }));
    const times = [...packets.slice(0, third), ...bare].map(({ timestamp }) =>
      ((timestamp as number) / 1e6).toFixed(6),
    );
    for (const [name, others] of [
      ['kept.pcapng', []],
      ['kept.pcap', ['kept.linktype-101.pcap']],
    ] as const) {
      detect(dir, ['ether.pcap', 'raw.pcap'], [...OUT, '--pcap-out', name]);
      const seen = expectRecords(dir, (frame) => times[frame - 1] as string, timeIn, { later: true });
      for (const other of [name, ...others]) {
        expect(seen.some(({ commands }) => commands[0]?.includes(`-r ${other} `))).toBe(true);
        expect(shown(`tshark -r ${other}`, dir).length).toBeGreaterThan(10);
      }
    }
  });
});

describe('the command that shows an incident of packet tables', () => {
  it('prints the very rows, of plain and packed tables, and of such that were put together', () => {
    const dir = folder();
    const tables = Object.entries(PARTS).map(([name, some], k) => {
      writeFileSync(join(dir, name), pcapFile(some));
      expect(anomaly(['sniff', '-q', '-r', name, '--out', `${k}.csv`], { cwd: dir }).code).toBe(0);
      return `${k}.csv`;
    });
    detect(dir, tables);
    expectFrames(dir);
    // one behind the other: the header line stands among the rows
    const [first = '', ...others] = tables;
    for (const other of others) appendFileSync(join(dir, first), readFileSync(join(dir, other)));
    const [begin = [], even = [], odd = []] = Object.values(PARTS);
    const order = [...begin, ...even, ...odd].map(({ timestamp }) => ((timestamp as number) / 1e6).toFixed(6));
    detect(dir, [first]);
    const inOrder = (frame: number): string => order[frame - 1] as string;
    expectRecords(dir, inOrder, timeIn);
    const packed = gzipSync(readFileSync(join(dir, first)));
    writeFileSync(join(dir, 'packed table'), packed);
    detect(dir, ['packed table']);
    expectRecords(dir, inOrder, timeIn);
    detect(dir, ['-'], OUT, packed);
    expectRecords(dir, inOrder, timeIn, { input: packed });
  });
});
