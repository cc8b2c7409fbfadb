/** The kind of input, from captures and logs to the report: bundled traffic, turned into other kinds of capture. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { connLog, HEADER } from '../support/conn-log.js';
import { type CapturedPacket, concat, pcapFile, readPcap, u16 } from '../support/packets.js';
import { anomaly, folder, sample } from '../support/program.js';
import { type Trained, trained } from '../support/trained.js';

type Packet = Required<CapturedPacket>;
const packetsOf = (name: string): Packet[] => readPcap(gunzipSync(readFileSync(sample(name))))?.packets as Packet[];
const benign = packetsOf('benign.pcap.gz');
const mixed = packetsOf('mixed.pcap.gz');

let model: Trained;
beforeAll(async () => {
  model = await trained();
}, 300_000);

const sender = ({ data }: Packet): string => Buffer.from(data.subarray(6, 12)).toString('hex');

/** The MAC address that sends most: the monitored host's. */
function hostOf(packets: readonly Packet[]): string {
  const counts = new Map<string, number>();
  for (const packet of packets) counts.set(sender(packet), (counts.get(sender(packet)) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? '';
}

const cut =
  (bytes: number) =>
  (packet: Packet): Packet => ({ ...packet, data: packet.data.subarray(0, bytes) });
const tag = (packet: Packet): Packet => ({
  ...packet,
  data: concat(packet.data.subarray(0, 12), u16(0x8100, 7), packet.data.subarray(12)),
  wireLen: packet.wireLen + 4,
});
const bare = (packet: Packet): Packet => ({ ...packet, data: packet.data.subarray(14), wireLen: packet.wireLen - 14 });

/** @returns what the console and the report say */
function detect(packets: readonly Packet[], linkType = 1): { stdout: string; stderr: string; report: string } {
  const dir = folder();
  writeFileSync(join(dir, 'in.pcap'), pcapFile(packets, { linkType }));
  const { code, stdout, stderr } = anomaly(['detect', '-r', 'in.pcap', '--model', model.modelDir, '--out', 'r.txt'], {
    cwd: dir,
  });
  expect(code).toBe(0);
  return { stdout, stderr, report: readFileSync(join(dir, 'r.txt'), 'utf8') };
}

const unlike = (text: string): number => text.match(/not the kind of input that was learned/gi)?.length ?? 0;

describe('harmless traffic in another kind of capture', () => {
  const host = hostOf(benign);
  const ip = benign.filter(({ data }) => data[12] === 8 && data[13] === 0);
  const cases: [string, readonly Packet[], number, string][] = [
    ['what the host sends alone', benign.filter((p) => sender(p) === host), 1, 'only one direction is seen'],
    ['what the host receives alone', benign.filter((p) => sender(p) !== host), 1, 'only one direction is seen'],
    ['cut at 68 bytes', benign.map(cut(68)), 1, 'cut shorter than the snap length'],
    ['cut at 96 bytes', benign.map(cut(96)), 1, 'cut shorter than the snap length'],
    ['raw IP', ip.map(bare), 101, 'without MAC addresses'],
    ['behind a VLAN tag', benign.map(tag), 1, 'behind a VLAN tag'],
  ];
  it.each(cases)('raises nothing, and the top of the report says why: %s', (_name, packets, linkType, words) => {
    const { stdout, stderr, report } = detect(packets, linkType);
    expect(stdout).toBe('');
    expect(stderr).toContain('warning: not the kind of input that was learned, since');
    expect(report.replaceAll('\n', ' ').slice(0, 900)).toContain(words);
  });

  it('is told once where it begins midway and once where it ends', () => {
    const third = Math.floor(benign.length / 3);
    const packets = benign.map((p, i) => (i >= third && i < 2 * third ? tag(p) : p));
    const { stdout, stderr } = detect(packets);
    expect(stdout).toBe('');
    expect(stderr.match(/warning: not the kind of input/g)).toHaveLength(1);
    expect(stderr.match(/the input is again as learned/g)).toHaveLength(1);
  });

  it('is as learned where nothing was changed, also with attacks in it', () => {
    for (const packets of [benign, mixed]) {
      const { stderr, report } = detect(packets);
      expect(unlike(stderr + report)).toBe(0);
    }
  });
});

describe('attacks in another kind of capture', () => {
  it('are raised by the rules that stand on what is there', () => {
    const kinds = (text: string): Set<string> => new Set(text.match(/port scan|SYN flood|ping flood|ping sweep/g));
    const as = kinds(detect(mixed).report);
    expect(as.size).toBeGreaterThan(0);
    expect(kinds(detect(mixed.map(tag)).report)).toEqual(as);
  });
});

describe('training data of two kinds', () => {
  it('are told in a warning', () => {
    const dir = folder();
    const half = benign.slice(0, 8000);
    writeFileSync(join(dir, 'in.pcap'), pcapFile(half.map((p, i) => (i < 4000 ? cut(96)(p) : p))));
    const { stderr } = anomaly(['train', 'in.pcap', '--model', 'm', '--epochs', '1'], { cwd: dir });
    expect(stderr).toContain('the training data are of two kinds: ');
  });
});

describe('a log of a sensor that sees one direction', () => {
  it('raises nothing by the score, and that is said', () => {
    const dir = folder();
    writeFileSync(join(dir, 'train.log'), HEADER + connLog(1, 1500));
    expect(anomaly(['train', 'train.log', '--model', 'm', '--epochs', '5'], { cwd: dir }).code).toBe(0);
    const rows = connLog(2, 1000, false, 10_000)
      .trim()
      .split('\n')
      .map((row) => {
        const cells = row.split('\t');
        const [bytes, history, packets, ipBytes] = [10, 15, 18, 19];
        cells[bytes] = cells[packets] = cells[ipBytes] = '0';
        cells[history] = cells[history]?.replaceAll(/[a-z]/g, '') ?? '';
        return cells.join('\t');
      });
    writeFileSync(join(dir, 'conn.log'), `${HEADER}${rows.join('\n')}\n`);
    const { stdout, stderr } = anomaly(['detect', '-r', 'conn.log', '--model', 'm'], { cwd: dir });
    expect(stdout).toBe('');
    expect(stderr).toContain('only one direction is seen of');
    writeFileSync(join(dir, 'same.log'), HEADER + connLog(3, 1000, true, 10_000));
    expect(unlike(anomaly(['detect', '-r', 'same.log', '--model', 'm'], { cwd: dir }).stderr)).toBe(0);
  });
});
