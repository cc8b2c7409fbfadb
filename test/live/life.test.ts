/** What a capture survives. With SLOW set everything happens many times, at random moments of a fixed seed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { balanceOf, isAlive, liveObstacle, Network, readTable, sleep, until, writeSample } from '../support/live.ts';
import { random } from '../support/random.js';

const SLOW = Boolean(process.env.SLOW);
const KILLS = SLOW ? 50 : 2;
const FLAPS = SLOW ? 20 : 2;
const RATE = 2000;
const TIMEOUT = SLOW ? 600_000 : 60_000;

const report = (text: string): void => console.log(text);
const memory = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

describe.skipIf(liveObstacle)('a capture survives', () => {
  let network: Network;
  let sample: string;
  const seconds = (path: string): number[] => readTable(path).rows.map((row) => Number(row.slice(0, row.indexOf(','))));

  beforeEach(() => {
    network = new Network();
    sample = network.file('sample.pcap');
    writeSample(sample, 4000);
  });
  afterEach(() => network.close());

  const sent = (): number => Number(network.run('cat', ['/sys/class/net/far/statistics/tx_packets']));

  it.each(['cap', 'tcpdump'])(
    'its driver %s being killed: each time a gap, never more than that is lost',
    async (driver) => {
      const next = random(1);
      const sniff = network.anomaly(['sniff', '-i', 'near', '--driver', driver, '--out', 'live.csv']);
      await sniff.capturing();
      const player = network.playOn(sample, RATE);
      for (let k = 1; k <= KILLS; k++) {
        await sleep(100 + 900 * next());
        process.kill(sniff.driver as number, 'SIGKILL');
        await sniff.says(/capturing again/, k);
      }
      await sleep(300);
      player.kill('SIGTERM');
      await sleep(100);
      expect((await sniff.interrupt()).code).toBe(0);
      const gapSeconds = [...sniff.stderr.matchAll(/a gap of ([\d.]+) s/g)].reduce(
        (sum, [, text]) => sum + Number(text),
        0,
      );
      const rows = readTable(network.file('live.csv')).rows.length;
      const lost = sent() - rows;
      report(
        `${driver} killed ${KILLS} times: ${lost} of ${sent()} packets lost, gaps of ${gapSeconds.toFixed(1)} s recorded`,
      );
      expect(sniff.stderr).toMatch(new RegExp(`gaps: ${KILLS} stretches of`));
      expect(balanceOf(sniff.stderr).written).toBe(rows);
      // the rounding of the gaps in the messages, and packets beside them
      expect(lost).toBeLessThan((gapSeconds + 0.1 * KILLS) * RATE);
    },
    TIMEOUT,
  );

  it(
    'being killed itself, with rows up to the last second in whole lines and no process left behind',
    async () => {
      const next = random(2);
      network.playOn(sample, RATE);
      let worst = 0;
      for (let k = 0; k < KILLS; k++) {
        const driver = k % 2 === 0 ? 'cap' : 'tcpdump';
        const sniff = network.anomaly(['sniff', '-i', 'near', '--driver', driver, '--out', `live-${k}.csv`]);
        await sniff.capturing();
        // packets of the first second may still be on their way
        await sleep(1500 + 1000 * next());
        const left = [sniff.keeper as number, sniff.driver as number];
        const killed = Date.now() / 1000;
        sniff.signal('SIGKILL');
        expect((await sniff.ended).signal).toBe('SIGKILL');
        const last = seconds(network.file(`live-${k}.csv`)).at(-1) as number;
        // tcpdump's packets are held by the kernel for up to a second before anybody can have them
        worst = Math.max(worst, killed - last);
        expect(killed - last).toBeLessThan(driver === 'cap' ? 1.5 : 2.5);
        await until(() => !left.some(isAlive), 'the end of keeper and driver');
      }
      report(`sniff killed ${KILLS} times: every file whole, at most the last ${worst.toFixed(2)} s of rows missing`);
    },
    TIMEOUT,
  );

  it.each(['cap', 'tcpdump'])(
    'its interface going down, up, away and back (driver %s)',
    async (driver) => {
      const next = random(3);
      const sniff = network.anomaly(['sniff', '-i', 'near', '--driver', driver, '--out', 'live.csv']);
      await sniff.capturing();
      for (let k = 1; k <= FLAPS; k++) {
        network.play(sample, 40_000);
        if (k % 2 === 0) network.ip('link', 'delete', 'near');
        else network.ip('link', 'set', 'near', 'down');
        await sniff.says(/capture interrupted/, k);
        await sleep(500 * next());
        if (k % 2 === 0) network.addLink();
        else network.ip('link', 'set', 'near', 'up');
        await sniff.says(/capturing again/, k);
      }
      expect((await sniff.interrupt()).code).toBe(0);
      expect(sniff.stderr).toMatch(new RegExp(`gaps: ${FLAPS} stretches of`));
      const { rows } = readTable(network.file('live.csv'));
      report(`${driver}: interface lost ${FLAPS} times, ${FLAPS * 4000 - rows.length} of ${FLAPS * 4000} packets lost`);
    },
    TIMEOUT,
  );

  it('a full disk: exit 74, and the file ends on a whole line', async () => {
    const folder = network.file('small');
    mkdirSync(folder);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', folder], { encoding: 'utf8' });
    if (mounted.status !== 0) return console.warn(`skipped: no tmpfs can be mounted: ${mounted.stderr}`);
    try {
      const sniff = network.anomaly(['sniff', '-i', 'near', '--out', 'small/live.csv']);
      await sniff.capturing();
      network.play(sample, 5000);
      network.play(sample, 5000);
      expect((await sniff.ended).code).toBe(74);
      expect(sniff.stderr).toMatch(
        /anomaly: small\/live.csv: disk full; what was written before ends on a whole line\n$/,
      );
      const { rows } = readTable(`${folder}/live.csv`);
      report(`disk of 512 kB full: ${rows.length} whole rows on it`);
      expect(rows.length).toBeGreaterThan(1000);
    } finally {
      execFileSync('umount', [folder]);
    }
  });

  it.each(['cap', 'tcpdump'])(
    'a flood: Ctrl+C is honoured, memory stays bounded, losses are named (driver %s)',
    async (driver) => {
      const sniff = network.anomaly(['sniff', '-i', 'near', '--driver', driver, '--out', 'live.csv']);
      await sniff.capturing();
      const player = network.playOn(sample, 'top speed');
      await sleep(SLOW ? 5000 : 1500);
      const early = memory(sniff.pid);
      await sleep(SLOW ? 15_000 : 1000);
      const late = memory(sniff.pid);
      const pressed = performance.now();
      sniff.signal('SIGINT');
      expect((await sniff.ended).code).toBe(0);
      const took = performance.now() - pressed;
      player.kill('SIGTERM');
      const books = balanceOf(sniff.stderr);
      const dropped = /dropped (.*) \+ filtered/.exec(sniff.stderr)?.[1];
      report(
        `${driver} flooded: ${books.written} written, dropped ${dropped}; ended ${took.toFixed(0)} ms after Ctrl+C; ` +
          `memory ${early.toFixed(0)} MB, later ${late.toFixed(0)} MB`,
      );
      expect(readTable(network.file('live.csv')).rows.length).toBe(books.written);
      expect(late).toBeLessThan(300);
    },
    TIMEOUT,
  );
});
