import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { childrenOf, isAlive, liveObstacle, Network, readTable, sleep, until, writeSample } from '../support/live.ts';
import { readPcap } from '../support/packets.ts';

describe.skipIf(liveObstacle)('a running sniff', () => {
  let network: Network;
  let sample: string;

  beforeEach(() => {
    network = new Network();
    sample = network.file('sample.pcap');
    writeSample(sample, 500);
  });
  afterEach(() => network.close());

  it('takes SIGTERM as Ctrl+C, and leaves no process and no temporary file behind', async () => {
    const env = { TMPDIR: network.folder };
    const sniff = network.anomaly(['sniff', '-i', 'near', '--out', 'live.csv'], { env });
    await sniff.capturing();
    const all = [sniff.keeper as number, sniff.driver as number];
    network.play(sample, 2000);
    sniff.signal('SIGTERM');
    expect(await sniff.ended).toEqual({ code: 0, signal: null });
    expect(readTable(network.file('live.csv')).rows.length).toBe(500);
    await until(() => !all.some(isAlive), 'the end of its processes');
    expect(readdirSync(network.folder).sort()).toEqual(['live.csv', 'sample.pcap']);
  });

  it('is not ended by a Ctrl+C that reaches its children', async () => {
    const sniff = network.anomaly(['sniff', '-i', 'near', '--out', 'live.csv']);
    await sniff.capturing();
    process.kill(sniff.driver as number, 'SIGINT');
    process.kill(sniff.driver as number, 'SIGTERM');
    network.play(sample, 2000);
    expect((await sniff.interrupt()).code).toBe(0);
    expect(sniff.stderr).not.toContain('gap');
    expect(readTable(network.file('live.csv')).rows.length).toBe(500);
  });

  it('prints its counters on SIGUSR1 and has rows in the file a second after their packets', async () => {
    const sniff = network.anomaly(['sniff', '-i', 'near', '--out', 'live.csv']);
    await sniff.capturing();
    network.play(sample, 2000);
    await network.rows('live.csv', 500);
    sniff.signal('SIGUSR1');
    await sniff.says(/^\d\d:\d\d:\d\d; packets: received 500 = written 500 \+ dropped unknown/m);
    expect((await sniff.interrupt()).code).toBe(0);
  });

  it('goes on in new files after SIGHUP, when the old ones were moved away', async () => {
    const sniff = network.anomaly(['sniff', '-i', 'near', '--out', 'live.csv', '-w', 'live.pcap']);
    await sniff.capturing();
    network.play(sample, 2000);
    await network.rows('live.csv', 500);
    renameSync(network.file('live.csv'), network.file('old.csv'));
    renameSync(network.file('live.pcap'), network.file('old.pcap'));
    sniff.signal('SIGHUP');
    await until(() => existsSync(network.file('live.csv')) && existsSync(network.file('live.pcap')), 'new files');
    network.play(sample, 2000);
    expect((await sniff.interrupt()).code).toBe(0);
    for (const name of ['old', 'live']) {
      expect(readTable(network.file(`${name}.csv`)).rows.length).toBe(500);
      expect(readPcap(readFileSync(network.file(`${name}.pcap`)))?.packets.length).toBe(500);
    }
  });

  it('ends at once with 130 at the second Ctrl+C', async () => {
    const sniff = network.anomaly(['sniff', '-i', 'near', '--driver', 'tcpdump', '--out', 'live.csv']);
    await sniff.capturing();
    const keeper = sniff.keeper as number;
    // its driver cannot answer: the first Ctrl+C waits for it
    const driver = childrenOf(keeper)[0];
    process.kill(driver, 'SIGSTOP');
    sniff.signal('SIGINT');
    await sleep(200);
    sniff.signal('SIGINT');
    expect((await sniff.ended).code).toBe(130);
    await until(() => !isAlive(keeper) && !isAlive(driver), 'the end of its processes');
  });

  it('writes rows to standard output, and ends quietly when their reader does', async () => {
    const sniff = network.anomaly(['sniff', '-i', 'near', '--out', '-']);
    await sniff.capturing();
    network.play(sample, 2000);
    await until(() => sniff.stdout.split('\n').length === 502, 'all rows');
    sniff.child.stdout?.destroy();
    network.play(sample, 2000);
    expect((await sniff.ended).code).toBe(0);
    expect(sniff.stderr).not.toContain('EPIPE');
  });

  it('says nothing with -q', async () => {
    const sniff = network.anomaly(['sniff', '-i', 'near', '-q', '--out', 'live.csv']);
    await until(() => existsSync(network.file('live.csv')), 'the table');
    expect((await sniff.interrupt()).code).toBe(0);
    expect(sniff.stderr + sniff.stdout).toBe('');
  });
});
