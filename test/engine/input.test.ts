/** The kind of input, from captures and logs to the report: bundled traffic, turned into other kinds of capture. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { openSource } from '../../src/engine/source.js';
import { watch } from '../../src/engine/watch.js';
import { loadBundle } from '../../src/model/bundle.js';
import { renderText } from '../../src/report/text.js';
import { Random } from '../features/traffic.js';
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

interface Told {
  /** titles of the incidents */
  incidents: string[];
  /** "one_direction begins", "one_direction ends", in the order in which they were told */
  changes: string[];
  report: string;
}

async function watched(path: string, modelDir: string): Promise<Told> {
  const told: Told = { incidents: [], changes: [], report: '' };
  for await (const event of watch(await openSource(path), await loadBundle(modelDir))) {
    if (event.type === 'opened') told.incidents.push(event.incident.title);
    if (event.type === 'input') {
      const { name, toUs } = event.change;
      told.changes.push(`${name} ${toUs === 0 ? 'begins' : 'ends'}`);
    }
    if (event.type === 'summary') told.report = renderText(event.report);
  }
  return told;
}

function captured(packets: readonly Packet[], linkType = 1): string {
  const path = join(folder(), 'in.pcap');
  writeFileSync(path, pcapFile(packets, { linkType }));
  return path;
}

const detect = (packets: readonly Packet[], linkType = 1): Promise<Told> =>
  watched(captured(packets, linkType), model.modelDir);

const unlike = (text: string): number => text.match(/not the kind of input that was learned/gi)?.length ?? 0;

describe('harmless traffic in another kind of capture', () => {
  const some = benign.slice(0, 6000);
  const host = hostOf(some);
  const ip = some.filter(({ data }) => data[12] === 8 && data[13] === 0);
  const random = new Random(3);
  const cases: [string, readonly Packet[], number, string, string][] = [
    ['what the host sends alone', some.filter((p) => sender(p) === host), 1, 'one_direction', 'one direction is seen'],
    ['what it receives alone', some.filter((p) => sender(p) !== host), 1, 'one_direction', 'one direction is seen'],
    ['one packet in ten', some.filter(() => random.chance(0.1)), 1, 'incomplete', 'packets are missing'],
    [
      'each packet twice',
      some.flatMap((p) => [p, { ...p, timestamp: p.timestamp + 20 }]),
      1,
      'twice',
      'captured twice',
    ],
    ['cut at 68 bytes', some.map(cut(68)), 1, 'short', 'cut shorter than the snap length'],
    ['cut at 96 bytes', some.map(cut(96)), 1, 'short', 'cut shorter than the snap length'],
    ['raw IP', ip.map(bare), 101, 'no_macs', 'without MAC addresses'],
    ['behind a VLAN tag', some.map(tag), 1, 'tagged', 'behind a VLAN tag'],
  ];
  it.each(cases)(
    'raises nothing, and the top of the report says why: %s',
    async (_name, packets, link, form, words) => {
      const byTime = [...packets].sort((a, b) => a.timestamp - b.timestamp);
      const { incidents, changes, report } = await detect(byTime, link);
      expect(incidents).toEqual([]);
      expect(changes).toContain(`${form} begins`);
      expect(report.replaceAll('\n', ' ').slice(0, 900)).toContain(words);
    },
  );

  it('is told once where it begins midway and once where it ends, in words on the console', () => {
    const third = Math.floor(benign.length / 3);
    const packets = benign.map((p, i) => (i >= third && i < 2 * third ? tag(p) : p));
    const { code, stdout, stderr } = anomaly(['detect', '-r', captured(packets), '--model', model.modelDir]);
    expect(code).toBe(0);
    expect(stdout).toBe('');
    expect(stderr.match(/warning: not the kind of input that was learned, since/g)).toHaveLength(1);
    expect(stderr.match(/the input is again as learned/g)).toHaveLength(1);
  });

  it.each([
    ['harmless', benign],
    ['with attacks', mixed],
  ])('is as learned where nothing was changed: %s', async (_name, packets) => {
    const { changes, report } = await detect(packets);
    expect(changes).toEqual([]);
    expect(unlike(report)).toBe(0);
  });
});

describe('attacks in another kind of capture', () => {
  it('are raised by the rules that stand on what is there', async () => {
    const kinds = ({ report }: Told): Set<string> =>
      new Set(report.match(/port scan|SYN flood|ping flood|ping sweep/g));
    const as = kinds(await detect(mixed));
    expect(as.size).toBeGreaterThan(0);
    expect(kinds(await detect(mixed.map(tag)))).toEqual(as);
  });
});

describe('training data of two kinds', () => {
  it('are told in a warning', () => {
    const dir = folder();
    const half = benign.slice(0, 8000);
    writeFileSync(join(dir, 'in.pcap'), pcapFile(half.map((p, i) => (i < 4000 ? cut(96)(p) : p))));
    const { stderr } = anomaly(['train', 'in.pcap', '--model', 'm', '--epochs', '1', '--power', 'off'], { cwd: dir });
    expect(stderr).toContain('the training data are of two kinds: ');
  });
});

describe('a log of a sensor that sees one direction', () => {
  it('raises nothing by the score, and that is said', async () => {
    const dir = folder();
    writeFileSync(join(dir, 'train.log'), HEADER + connLog(1, 1500));
    expect(anomaly(['train', 'train.log', '--model', 'm', '--epochs', '5', '--power', 'off'], { cwd: dir }).code).toBe(
      0,
    );
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
    const { incidents, changes } = await watched(join(dir, 'conn.log'), join(dir, 'm'));
    expect(incidents).toEqual([]);
    expect(changes).toEqual(['one_direction begins']);
    writeFileSync(join(dir, 'same.log'), HEADER + connLog(3, 1000, true, 10_000));
    expect((await watched(join(dir, 'same.log'), join(dir, 'm'))).changes).toEqual([]);
  });
});
