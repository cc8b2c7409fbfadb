/** Pauses, steps of the clock and stray times in captures and logs: nothing is raised from them, and nothing is hidden by them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { openSource } from '../../src/engine/source.js';
import { watch } from '../../src/engine/watch.js';
import type { ClockEvent } from '../../src/features/clock.js';
import { type Bundle, loadBundle } from '../../src/model/bundle.js';
import { connLog, HEADER } from '../support/conn-log.js';
import { type CapturedPacket, pcapFile, readPcap } from '../support/packets.js';
import { anomaly, folder, sample } from '../support/program.js';
import { trained } from '../support/trained.js';

type Packet = Required<CapturedPacket>;

const HOUR = 3600e6;
const YEARS = 10 * 365 * 24 * HOUR;
let bundle: Bundle;
let modelDir = '';
beforeAll(async () => {
  ({ modelDir } = await trained());
  bundle = await loadBundle(modelDir);
}, 300_000);

const mixed = readPcap(gunzipSync(readFileSync(sample('mixed.pcap.gz'))))?.packets as Packet[];
const attacks = gunzipSync(readFileSync(sample('mixed.labels.csv.gz')))
  .toString()
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split(',')[1] !== '0');
const harmless = mixed.filter((_, i) => !attacks[i]).slice(0, 30_000);
const firstAttack = attacks.indexOf(true);

/** The packets from number `from` on, later by `us`. */
const later = (packets: readonly Packet[], from: number, us: number): Packet[] =>
  packets.map((packet, i) => (i < from ? packet : { ...packet, timestamp: packet.timestamp + us }));

/** One packet, moved by `us`. */
const stray = (packets: readonly Packet[], at: number, us: number): Packet[] =>
  packets.map((packet, i) => (i === at ? { ...packet, timestamp: packet.timestamp + us } : packet));

async function judge(path: string, by: Bundle) {
  const clock: ClockEvent[] = [];
  for await (const event of watch(await openSource([path]), by)) {
    if (event.type === 'clock') clock.push(event.event);
    if (event.type !== 'summary') continue;
    const raised = event.report.incidents.filter(({ severity }) => severity !== 'notice');
    return {
      clock,
      raised: raised.map(({ severity, kind, title }) => `${severity} ${kind}: ${title}`),
      ...event.report,
    };
  }
  throw new Error('no summary');
}

function packetsIn(packets: readonly Packet[]) {
  const path = join(folder(), 'packets.pcap');
  writeFileSync(path, pcapFile(packets));
  return judge(path, bundle);
}

describe('harmless packets', () => {
  it.each([
    ['a hole of five minutes', 'pause', (p: Packet[]) => later(p, 15_000, HOUR / 12)],
    ['a hole of eight hours', 'pause', (p: Packet[]) => later(p, 15_000, 8 * HOUR)],
    ['a hole of a day', 'pause', (p: Packet[]) => later(p, 15_000, 24 * HOUR)],
    ['a hole of years', 'pause', (p: Packet[]) => later(p, 15_000, YEARS)],
    ['a clock that is set back by an hour', 'back', (p: Packet[]) => later(p, 15_000, -HOUR)],
    ['a clock that is set back by two minutes', 'back', (p: Packet[]) => later(p, 15_000, -HOUR / 30)],
    ['one packet an hour ahead', 'stray', (p: Packet[]) => stray(p, 15_000, HOUR)],
    ['one packet ten years ahead', 'stray', (p: Packet[]) => stray(p, 15_000, YEARS)],
    ['one packet an hour behind', 'stray', (p: Packet[]) => stray(p, 15_000, -HOUR)],
    ['a first packet of ten years ahead', 'stray', (p: Packet[]) => stray(p, 0, YEARS)],
    [
      'a device that begins in 1970',
      'pause',
      (p: Packet[]) => later(p, 0, -p[0].timestamp).map((x, i) => (i < 500 ? x : (p[i] as Packet))),
    ],
  ] as const)('with %s raise nothing, and it is told once', async (_name, type, change) => {
    const { clock, raised, facts } = await packetsIn(change(harmless));
    expect(raised).toEqual([]);
    expect(clock.map((event) => event.type)).toEqual([type]);
    expect(facts.clock?.totals[type]).toBe(1);
    expect(facts.anomalous / facts.records).toBeLessThan(0.001);
  });

  it('that come slightly out of order are judged as they are, and nothing is told', async () => {
    const swapped = harmless.map((packet, i) => ({ ...packet, timestamp: packet.timestamp - (i % 7) * 20_000 }));
    const { clock, raised } = await packetsIn(swapped);
    expect([clock, raised]).toEqual([[], []]);
  });

  it('of two days in one call raise what each of them raises: nothing', async () => {
    const dir = folder();
    writeFileSync(join(dir, 'monday.pcap'), pcapFile(harmless.slice(0, 12_000)));
    writeFileSync(join(dir, 'friday.pcap'), pcapFile(later(harmless.slice(12_000), 0, 96 * HOUR)));
    const { code, stdout, stderr } = anomaly(
      ['detect', '-r', 'monday.pcap', 'friday.pcap', '--model', modelDir, '--out', 'r.txt'],
      { cwd: dir },
    );
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr.match(/^note: no packets for .*: a pause, or the clock was set forward$/gm)).toHaveLength(1);
    expect(readFileSync(join(dir, 'r.txt'), 'utf8')).toContain('Clock             no packets for 4 d');
  });
});

describe('attacks', () => {
  it('are raised after a pause or step as without it', async () => {
    const usual = await packetsIn(mixed);
    expect(usual.raised.length).toBeGreaterThanOrEqual(2);
    const before = firstAttack - 1;
    for (const change of [
      later(mixed, before, 8 * HOUR),
      later(mixed, before, -HOUR),
      later(mixed, 0, -YEARS).map((packet, i) => (i < before ? packet : (mixed[i] as Packet))),
      stray(mixed, before, HOUR),
      stray(mixed, firstAttack + 5, YEARS),
    ]) {
      const { raised, clock } = await packetsIn(change);
      expect(raised).toEqual(usual.raised);
      expect(clock).toHaveLength(1);
    }
  });
});

describe('a row of conn.log', () => {
  it.each([
    ['set back by an hour', 'back', -3600],
    ['that goes on after a night', 'pause', 8 * 3600],
  ] as const)('of a clock %s raises nothing, and it is told once', async (_name, type, by) => {
    const dir = folder();
    writeFileSync(join(dir, 'train.log'), HEADER + connLog(1, 4000));
    anomaly(['train', 'train.log', '--epochs', '5', '--power', 'off', '--model', 'm'], { cwd: dir });
    const rows = connLog(9, 2000).trimEnd().split('\n');
    const moved = rows.map((row, i) => (i < 1000 ? row : row.replace(/^[\d.]+/, (ts) => (Number(ts) + by).toFixed(6))));
    writeFileSync(join(dir, 'conn.log'), `${HEADER}${moved.join('\n')}\n`);
    const { clock, raised } = await judge(join(dir, 'conn.log'), await loadBundle(join(dir, 'm')));
    expect([clock.map((event) => event.type), raised]).toEqual([[type], []]);
  });
});

describe('training', () => {
  it('warns of a clock that was set, and its facts are of the believed times', async () => {
    const dir = folder();
    writeFileSync(join(dir, 'back.pcap'), pcapFile(stray(later(harmless.slice(0, 6000), 3000, -HOUR), 4500, YEARS)));
    const { code, stderr } = anomaly(['train', 'back.pcap', '--epochs', '2', '--power', 'off', '--model', 'm'], {
      cwd: dir,
    });
    expect(code).toBe(0);
    expect(stderr).toContain('the clock was set back by 1 h at packet 3,001');
    expect(stderr).toContain('packet 4,501 has the time');
    const { facts } = await loadBundle(join(dir, 'm'));
    expect(facts.records).toBe(6000);
    expect(facts.lastUs - facts.firstUs).toBeLessThan(1.1e6 * (harmless[5999].timestamp - harmless[0].timestamp));
  });
});
