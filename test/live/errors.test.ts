import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { balanceOf, liveObstacle, Network, writeSample } from '../support/live.ts';

const NOBODY = 65534;

describe.skipIf(liveObstacle)('a capture that cannot be opened', () => {
  let network: Network;

  beforeEach(() => {
    network = new Network();
    chmodSync(network.folder, 0o777);
  });
  afterEach(() => network.close());

  async function failure(args: string[], user?: number): Promise<[number | null, string]> {
    const sniff = network.anomaly(['sniff', ...args, '--out', 'x.csv'], user === undefined ? {} : { user });
    const { code } = await sniff.ended;
    return [code, sniff.stderr];
  }

  it.each([
    [['-i', 'nosuch0'], 69, 'anomaly: nosuch0: no such interface; -D lists them\n'],
    [['-i', 'near', '-f', 'tcp prot 80'], 2, 'anomaly: filter "tcp prot 80": syntax error\n'],
    [['-i', 'near', '-f', 'host nosuch.invalid.'], 2, /^anomaly: filter "host nosuch.invalid.": .*\n$/],
    [['-i', 'near', '-f', 'tcp prot 80', '--driver', 'tcpdump'], 2, 'anomaly: filter "tcp prot 80": syntax error\n'],
    [['-i', 'near', '-p', '--driver', 'cap'], 2, /^anomaly: -p: driver cap is always promiscuous.*\n$/],
    [['-i', 'near', '--user', 'nosuchuser'], 2, 'anomaly: --user nosuchuser: no such user on this machine\n'],
  ])('ends with one line for %j', async (args, code, message) => {
    const [exit, stderr] = await failure(args);
    expect(exit).toBe(code);
    if (typeof message === 'string') expect(stderr).toBe(message);
    else expect(stderr).toMatch(message);
  });

  it('names the command that brings an interface up', async () => {
    network.ip('link', 'set', 'near', 'down');
    expect(await failure(['-i', 'near'])).toEqual([
      69,
      'anomaly: near: is down; "ip link set dev near up" changes that\n',
    ]);
  });

  it.each(['auto', 'cap', 'tcpdump'])(
    'names the remedy for a missing right, and node is not in it (driver %s)',
    async (driver) => {
      const [code, stderr] = await failure(['-i', 'near', '--driver', driver], NOBODY);
      expect(code).toBe(77);
      expect(stderr.trimEnd().split('\n').length).toBe(1);
      expect(stderr).toContain('AmbientCapabilities=CAP_NET_RAW');
      expect(stderr).toContain('sudo setcap cap_net_raw+ep "$(command -v tcpdump)"');
      expect(stderr).not.toMatch(/setcap [^"]*node/);
    },
  );

  it('takes the remedy: with a capability on tcpdump, another user may capture', async () => {
    const program = spawnSync('sh', ['-c', 'command -v tcpdump'], { encoding: 'utf8' }).stdout.trim();
    const own = join(network.folder, 'tcpdump');
    copyFileSync(program, own);
    chmodSync(own, 0o755);
    const capability = spawnSync('setcap', ['cap_net_raw+ep', own]);
    if (capability.status !== 0) return console.warn(`skipped: setcap does not work here: ${capability.stderr}`);
    writeSample(network.file('sample.pcap'), 200);
    chmodSync(network.file('sample.pcap'), 0o644);
    const sniff = network.anomaly(['sniff', '-i', 'near', '--out', 'x.csv'], {
      user: NOBODY,
      env: { PATH: `${network.folder}${delimiter}${process.env.PATH}` },
    });
    await sniff.capturing();
    expect(sniff.stderr).toContain('with tcpdump');
    network.play(network.file('sample.pcap'), 1000);
    expect((await sniff.interrupt()).code).toBe(0);
    expect(balanceOf(sniff.stderr)).toEqual({ received: 200, written: 200, dropped: 0, filtered: 0 });
  });
});
