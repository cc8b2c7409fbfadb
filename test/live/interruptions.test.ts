import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { liveObstacle, Network, readTable, writeSample } from '../support/live.ts';

describe.skipIf(liveObstacle)('an interrupted capture', () => {
  let network: Network;
  let sample: string;

  beforeEach(() => {
    network = new Network();
    sample = network.file('sample.pcap');
    writeSample(sample, 300);
  });
  afterEach(() => network.close());

  const interruptions: [string, RegExp, () => void, () => void][] = [
    [
      'taken down and up again',
      /near went down/,
      () => network.ip('link', 'set', 'near', 'down'),
      () => network.ip('link', 'set', 'near', 'up'),
    ],
    ['deleted and made anew', /near disappeared/, () => network.ip('link', 'delete', 'near'), () => network.addLink()],
    [
      'renamed',
      /near (went down|disappeared)/,
      () => {
        network.ip('link', 'set', 'near', 'down');
        network.ip('link', 'set', 'near', 'name', 'other');
      },
      () => network.ip('link', 'set', 'other', 'up'),
    ],
  ];

  for (const driver of ['cap', 'tcpdump']) {
    it.each(interruptions)(`goes on, its interface %s (driver ${driver})`, async (what, reason, interrupt, mend) => {
      const sniff = network.anomaly(['sniff', '-i', 'near', '--driver', driver, '--out', 'live.csv']);
      await sniff.capturing();
      network.play(sample, 2000);
      await network.rows('live.csv', 300);
      interrupt();
      await sniff.says(/capture interrupted: /);
      expect(sniff.stderr).toMatch(reason);
      mend();
      await sniff.says(what === 'renamed' ? /capturing again on other/ : /capturing again on near/);
      network.play(sample, 2000);
      await network.rows('live.csv', 600);
      expect((await sniff.interrupt()).code).toBe(0);
      expect(sniff.stderr).toMatch(/gaps: 1 stretch of/);
      expect(readTable(network.file('live.csv')).rows.length).toBe(600);
    });
  }

  it.each(['cap', 'tcpdump'])('goes on when somebody stops its driver %s, and tells since when', async (driver) => {
    const sniff = network.anomaly(['sniff', '-i', 'near', '--driver', driver, '--out', 'live.csv']);
    await sniff.capturing();
    const stopped = sniff.driver as number;
    process.kill(stopped, 'SIGSTOP');
    await sniff.says(/capture interrupted: the capture process was stopped \(SIGSTOP\)/);
    await sniff.says(/capturing again on near/);
    expect(sniff.driver).not.toBe(stopped);
    network.play(sample, 2000);
    await network.rows('live.csv', 300);
    expect((await sniff.interrupt()).code).toBe(0);
    // the time in which it was stopped is part of the gap
    expect(Number(/a gap of ([\d.]+) s/.exec(sniff.stderr)?.[1])).toBeGreaterThanOrEqual(3);
    expect(readTable(network.file('live.csv')).rows.length).toBe(300);
  });

  it('says what it missed up to the end when its interface never comes back', async () => {
    const sniff = network.anomaly(['sniff', '-i', 'near', '--hours', '0.0016', '--out', 'live.csv']);
    await sniff.capturing();
    network.play(sample, 2000);
    network.ip('link', 'delete', 'near');
    expect((await sniff.ended).code).toBe(0);
    expect(sniff.stderr).toMatch(/gaps: 1 stretch of [\d.]+ s in all.*\n {2}\S+ for .*: near disappeared/);
    expect(readTable(network.file('live.csv')).rows.length).toBeGreaterThan(200);
  });
});
