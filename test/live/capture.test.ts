import { readFileSync, statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { balanceOf, liveObstacle, Network, readTable, writeSample } from '../support/live.ts';
import { readPcap } from '../support/packets.ts';

const PACKETS = 3000;
const RATE = 3000;

describe.skipIf(liveObstacle)('sniff on an interface', () => {
  let network: Network;
  let sample: string;

  beforeEach(() => {
    network = new Network();
    sample = network.file('sample.pcap');
    writeSample(sample, PACKETS);
  });
  afterEach(() => network.close());

  /** The table's rows without the time, which is that of the replay. */
  const withoutTime = (path: string): string[] => readTable(path).rows.map((row) => row.slice(row.indexOf(',')));

  it.each(['cap', 'tcpdump'])(
    'captures every packet of a replayed sample, as it is in the file (driver %s)',
    async (driver) => {
      const sniff = network.anomaly([
        'sniff',
        '-i',
        'near',
        '--driver',
        driver,
        '--out',
        'live.csv',
        '-w',
        'live.pcap',
      ]);
      await sniff.capturing();
      network.play(sample, RATE);
      expect(await sniff.interrupt()).toEqual({ code: 0, signal: null });
      const { received, written, dropped, filtered } = balanceOf(sniff.stderr);
      expect([received, written, filtered]).toEqual([PACKETS, PACKETS, 0]);
      if (driver === 'tcpdump') expect(dropped).toBe(0);
      else expect(sniff.stderr).toContain("dropped unknown (about 0 by the interface's counters)");

      const file = network.anomaly(['sniff', '-r', 'sample.pcap', '--out', 'file.csv']);
      expect((await file.ended).code).toBe(0);
      expect(withoutTime(network.file('live.csv'))).toEqual(withoutTime(network.file('file.csv')));
      expect(statSync(network.file('live.csv')).mode & 0o777).toBe(0o600);

      const before = readPcap(readFileSync(sample))?.packets.map(({ data }) => Buffer.from(data).toString('hex'));
      const after = readPcap(readFileSync(network.file('live.pcap')));
      expect(after?.linkType).toBe(1);
      expect(after?.packets.map(({ data }) => Buffer.from(data).toString('hex'))).toEqual(before);
    },
  );

  it('ends by itself after -c packets, writes only a capture with -w alone, and keeps -s bytes of each', async () => {
    const sniff = network.anomaly(['sniff', '-i', 'near', '-c', '100', '-s', '64', '-w', 'short.pcap']);
    await sniff.capturing();
    network.play(sample, RATE);
    expect((await sniff.ended).code).toBe(0);
    expect(balanceOf(sniff.stderr)).toMatchObject({ received: 100, written: 100 });
    expect(sniff.stderr).not.toContain('warning');
    const { packets } = readPcap(readFileSync(network.file('short.pcap'))) as NonNullable<ReturnType<typeof readPcap>>;
    const wire =
      readPcap(readFileSync(sample))
        ?.packets.slice(0, 100)
        .map(({ wireLen }) => wireLen) ?? [];
    expect(packets.map(({ wireLen }) => wireLen)).toEqual(wire);
    expect(packets.map(({ data }) => data.length)).toEqual(wire.map((bytes) => Math.min(bytes, 64)));
  });

  it('lets only what the filter accepts through, and does not claim to know the rest', async () => {
    const sniff = network.anomaly([
      'sniff',
      '-i',
      'near',
      '-f',
      'udp port 53',
      '--driver',
      'tcpdump',
      '-p',
      '--out',
      'dns.csv',
    ]);
    await sniff.capturing();
    network.play(sample, RATE);
    expect((await sniff.interrupt()).code).toBe(0);
    const filtered = network.run('tcpdump', ['-r', sample, '-w', network.file('dns.pcap'), 'udp port 53']);
    expect(filtered).toBe('');
    const expected = readPcap(readFileSync(network.file('dns.pcap')))?.packets.length as number;
    expect(expected).toBeGreaterThan(10);
    expect(readTable(network.file('dns.csv')).rows.length).toBe(expected);
    expect(balanceOf(sniff.stderr)).toEqual({
      received: expected,
      written: expected,
      dropped: 0,
      filtered: Number.NaN,
    });
  });

  it('stops after the hours it was given', async () => {
    const sniff = network.anomaly(['sniff', '-i', 'near', '--hours', '0.0003', '--out', 'short.csv']);
    expect((await sniff.ended).code).toBe(0);
    expect(readTable(network.file('short.csv')).rows).toEqual([]);
  });

  it('takes the interface that is up when none is named, and a folder of its own for the table', async () => {
    const sniff = network.anomaly(['sniff', '-c', '1']);
    await sniff.capturing();
    expect(sniff.stderr).toMatch(/capturing on (near|far) with cap into data\/packets-\d{8}T\d{6}Z\.csv/);
    network.play(sample, RATE);
    expect((await sniff.ended).code).toBe(0);
    expect(statSync(network.file('data')).mode & 0o777).toBe(0o700);
  });
});
