/** The clock of the capturing machine is set, or its processes stand still, while a capture goes on. */
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ChangedClock, clockObstacle } from '../support/changed-clock.ts';
import { lastWords } from '../support/eve.js';
import { liveObstacle, Network, type Program, readTable } from '../support/live.ts';
import { pcapFile, readPcap } from '../support/packets.ts';
import { sample } from '../support/program.ts';
import { trained } from '../support/trained.ts';

const RATE = 400;
const HARMLESS = 1200;
const HOUR = 3600;
const SCAN = '10.20.0.66 tries many ports on 10.20.0.1';

const mixed = readPcap(gunzipSync(readFileSync(sample('mixed.pcap.gz'))))?.packets ?? [];
const firstAttack = gunzipSync(readFileSync(sample('mixed.labels.csv.gz')))
  .toString()
  .split('\n')
  .slice(1)
  .findIndex((line) => line.split(',')[1] !== '0');

let modelDir = '';
let network: Network;
/** what harmless hosts send, and that with the beginning of the scan */
let harmless: string;
let scan: string;

function begin(): void {
  network = new Network();
  harmless = network.file('harmless.pcap');
  scan = network.file('scan.pcap');
  // the frames were cut when recorded: the missing rest is sent as zeros
  writeFileSync(harmless, pcapFile(mixed.slice(0, HARMLESS)));
  writeFileSync(scan, pcapFile(mixed.slice(firstAttack - 80, firstAttack + 1600)));
}

/** The report for people in one line, and who is behind the incidents. */
function reported(): { text: string; sources: string[] } {
  const text = readFileSync(network.file('report.txt'), 'utf8').replace(/\s+/g, ' ');
  const alerts = lastWords(readFileSync(network.file('alerts.jsonl'), 'utf8'));
  return { text, sources: alerts.map(({ src_ip }) => src_ip ?? '') };
}

function detecting(driver: string, options?: ChangedClock): Program {
  const args = ['detect', '-i', 'near', '--driver', driver, '--model', modelDir, '--out', 'report.txt', 'alerts.jsonl'];
  return network.anomaly(args, options);
}

describe.skipIf(liveObstacle ?? clockObstacle)('a clock that is set while capturing', () => {
  let clock: ChangedClock;
  beforeAll(async () => {
    modelDir = (await trained()).modelDir;
  }, 300_000);
  beforeEach(() => {
    begin();
    clock = new ChangedClock(network);
  });
  afterEach(() => network.close());

  it.each(['cap', 'tcpdump'])(
    'is told at once as that, and reported; only the scan after it is raised (driver %s)',
    async (driver) => {
      const detect = detecting(driver, clock);
      await detect.capturing();
      network.play(harmless, RATE);
      clock.set(HOUR);
      network.play(harmless, RATE);
      await detect.says(/note: the clock was set forward by 1 h at packet/);
      clock.set(-HOUR);
      network.play(harmless, RATE);
      await detect.says(/note: the clock was set back by 2 h at packet/);
      expect(detect.stdout).toBe('');

      network.play(scan, RATE);
      expect((await detect.interrupt()).code).toBe(0);
      expect(detect.stderr).not.toMatch(/a pause|not believed/);
      const { text, sources } = reported();
      expect(text).toContain('the clock was set forward by 1 h');
      expect(text).toContain('the clock was set back by 2 h');
      expect(text).toContain(`[HIGH] #1 ${SCAN}`);
      expect(new Set(sources)).toEqual(new Set(['10.20.0.66']));
    },
    120_000,
  );

  it.each(['cap', 'tcpdump'])(
    'is told by sniff, which writes the times as they were (driver %s)',
    async (driver) => {
      const sniff = network.anomaly(['sniff', '-i', 'near', '--driver', driver, '--out', 'live.csv'], clock);
      await sniff.capturing();
      network.play(harmless, RATE);
      clock.set(-HOUR);
      await sniff.says(/note: the clock was set back by 1 h, from/);
      network.play(harmless, RATE);
      expect((await sniff.interrupt()).code).toBe(0);
      expect(sniff.stderr).toMatch(/^the clock was set back by 1 h, from/m);
      const times = readTable(network.file('live.csv')).rows.map((row) => Number(row.split(',', 1)[0]));
      expect(times.length).toBe(2 * HARMLESS);
      const steps = times.slice(1).map((time, k) => time - times[k]);
      // two processors may stamp packets a few µs out of order
      expect(steps.filter((step) => step < -1).map((step) => Math.round(step / HOUR))).toEqual([-1]);
    },
    60_000,
  );
});

describe.skipIf(liveObstacle)('a process that stands still while packets come', () => {
  beforeAll(async () => {
    modelDir = (await trained()).modelDir;
  }, 300_000);
  beforeEach(begin);
  afterEach(() => network.close());

  /** Packets examined, and dropped as far as anybody knows. */
  async function ending(detect: Program): Promise<{ examined: number; dropped: number }> {
    expect((await detect.interrupt()).code).toBe(0);
    const { text, sources } = reported();
    expect(sources).toEqual([]);
    const number = (pattern: RegExp): number => Number(pattern.exec(text)?.[1]?.replaceAll(',', '') ?? 0);
    return { examined: number(/Packets ([\d,]+),/), dropped: number(/about ([\d,]+) packets?/) };
  }

  it.each(['cap', 'tcpdump'])(
    'loses none where it is detect itself: its driver holds them (driver %s)',
    async (driver) => {
      const detect = detecting(driver);
      await detect.capturing();
      network.play(harmless, RATE);
      detect.signal('SIGSTOP');
      network.play(harmless, RATE);
      detect.signal('SIGCONT');
      network.play(harmless, RATE);
      expect(await ending(detect)).toEqual({ examined: 3 * HARMLESS, dropped: 0 });
    },
    60_000,
  );

  it('is the capture process: what its kernel buffer could not hold is counted, and nothing raised', async () => {
    const detect = detecting('cap');
    await detect.capturing();
    network.play(harmless, RATE);
    const driver = detect.driver as number;
    process.kill(driver, 'SIGSTOP');
    // one that is stopped for three seconds is replaced
    network.play(harmless, 4 * RATE);
    network.play(harmless, 4 * RATE);
    process.kill(driver, 'SIGCONT');
    network.play(harmless, RATE);
    const { examined, dropped } = await ending(detect);
    console.log(`capture process stopped: ${examined} examined, about ${dropped} dropped of ${4 * HARMLESS}`);
    expect(examined + dropped).toBe(4 * HARMLESS);
  }, 60_000);
});
