/** What a mirror sends through a tunnel of the kernel, described and judged as it comes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { balanceOf, liveObstacle, Network, readTable, until, writeSample } from '../support/live.ts';
import { anomaly, sample } from '../support/program.ts';
import { COLLECTOR, recorded, SCANNED, SCANNER, VTEP, WRAPPINGS, withScan, wrapped } from '../support/wrap.ts';

const PACKETS = 500;
/** the room of tunnels and what they carry */
const MTU = '9000';

describe.skipIf(liveObstacle)('the contents of a tunnel on an interface', () => {
  let network: Network;

  beforeEach(() => {
    network = new Network();
    for (const end of ['near', 'far']) network.ip('link', 'set', end, 'mtu', MTU);
  });
  afterEach(() => network.close());

  /** What is sent into it comes to the near end in VXLAN, made by the kernel. */
  function addTunnel(): boolean {
    network.ip('address', 'add', `${VTEP}/24`, 'dev', 'far');
    network.ip('neighbour', 'add', COLLECTOR, 'lladdr', '02:00:00:00:0f:02', 'dev', 'far', 'nud', 'permanent');
    const tunnel = `type vxlan id 7 local ${VTEP} remote ${COLLECTOR} dev far dstport 4789`.split(' ');
    try {
      network.ip('link', 'add', 'tunnel', ...tunnel);
    } catch {
      return false;
    }
    network.ip('link', 'set', 'tunnel', 'up');
    return true;
  }

  it.each(['cap', 'tcpdump'])(
    'are what the table has, as of the same packets in a file, by driver %s',
    async (driver) => {
      if (!addTunnel()) return console.warn('skipped: this kernel has no VXLAN');
      const pcap = network.file('sample.pcap');
      writeSample(pcap, PACKETS);
      const sniff = network.anomaly(['sniff', '-i', 'near', '--driver', driver, '--inner', '--out', 'live.csv']);
      await sniff.capturing();
      network.run('tcpreplay', ['-q', '-K', '-i', 'tunnel', '--pps=1000', pcap]);
      await network.rows('live.csv', PACKETS);
      expect((await sniff.interrupt()).code).toBe(0);
      expect(balanceOf(sniff.stderr)).toMatchObject({ received: PACKETS, written: PACKETS });

      expect(anomaly(['sniff', '-r', pcap, '--out', network.file('plain.csv')]).code).toBe(0);
      const [live, plain] = ['live.csv', 'plain.csv'].map((name) => readTable(network.file(name)));
      // but for the time, the frame's own lengths and what it was carried in
      const cells = (row: string): string[] => row.split(',').slice(3, 37);
      expect(live?.header.endsWith(',encap')).toBe(true);
      expect(live?.rows.map(cells)).toEqual(plain?.rows.map(cells));
    },
  );

  it('are judged: the scan inside is told with its own addresses', async () => {
    const benign = recorded(sample('benign.pcap.gz'));
    const split = 20_000;
    const vxlan = WRAPPINGS.vxlan as (typeof WRAPPINGS)[string];
    writeFileSync(network.file('train.pcap'), wrapped(benign.slice(0, split), vxlan));
    writeFileSync(network.file('scan.pcap'), wrapped(withScan(benign.slice(split, split + 4 * PACKETS)), vxlan));
    const model = network.file('model');
    const options = ['--epochs', '3', '--power', 'off', '--model', model];
    expect(anomaly(['train', '--inner', network.file('train.pcap'), ...options]).code).toBe(0);

    const detect = network.anomaly(['detect', '-i', 'near', '--model', model, '--out', 'report.txt']);
    await detect.capturing();
    network.play(network.file('scan.pcap'), 1500);
    await until(
      () => detect.stdout.includes(SCANNER),
      'the scan',
      () => detect.stdout + detect.stderr,
    );
    expect((await detect.interrupt()).code).toBe(0);
    const report = readFileSync(network.file('report.txt'), 'utf8');
    expect(report).toContain(`${SCANNER} tries many ports on ${SCANNED}`);
    expect(report).not.toContain(VTEP);
  }, 120_000);
});
