import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { liveObstacle, Network, until } from '../support/live.js';
import { has, sample } from '../support/program.js';
import { seenIn, shown } from '../support/see.js';
import { type Trained, trained } from '../support/trained.js';

/** frames of the mixed recording around the beginning of its SYN scan */
const AROUND_THE_SCAN = '4300-6600';

let model: Trained;
let network: Network;

describe.skipIf(liveObstacle !== undefined || !has('editcap'))('detect on a live interface', () => {
  beforeAll(async () => {
    model = await trained();
  }, 300_000);
  beforeEach(() => {
    network = new Network();
  });
  afterEach(() => network.close());

  it('raises the incident while the attack is playing; Ctrl+C ends it with a complete report', async () => {
    const all = network.file('mixed.pcap');
    const attack = network.file('attack.pcap');
    writeFileSync(all, gunzipSync(readFileSync(sample('mixed.pcap.gz'))));
    execFileSync('editcap', ['-r', '-F', 'pcap', all, attack, AROUND_THE_SCAN]);

    const args = [
      'detect',
      '-i',
      'near',
      '--model',
      model.modelDir,
      '--out',
      'report.txt',
      'alerts.jsonl',
      '--scores',
      'scores.csv',
    ];
    const program = network.anomaly(args);
    await program.capturing();
    // the frames were cut to 200 bytes when recorded: the missing rest is sent as zeros
    const player = network.playOn(attack, 400);
    const before = Date.now();
    while (!program.stdout.includes('opened:') && Date.now() - before < 30_000)
      await new Promise((r) => setTimeout(r, 50));
    const stillPlaying = player.exitCode === null;
    console.log(`raised ${Date.now() - before} ms after the replay began: ${program.stdout.split('\n')[0]}`);
    expect(program.stdout).toContain('10.20.0.66 tries many ports on 10.20.0.1');
    expect(stillPlaying).toBe(true);

    const ending = await program.interrupt();
    player.kill();
    expect(ending.code).toBe(0);
    const report = readFileSync(network.file('report.txt'), 'utf8');
    expect(report).toContain('10.20.0.66 tries many ports on 10.20.0.1');
    const examined = Number(/([\d,]+) packets examined/.exec(program.stderr)?.[1]?.replaceAll(',', ''));
    expect(readFileSync(network.file('scores.csv'), 'utf8').trimEnd().split('\n').length - 1).toBe(examined);
    const alerts = readFileSync(network.file('alerts.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(alerts.some((alert) => alert.src_ip === '10.20.0.66')).toBe(true);
  });

  it.skipIf(!has('tshark'))('shows its packets: of a file that kept them, or else by a filter', async () => {
    const all = network.file('mixed.pcap');
    const attack = network.file('attack.pcap');
    writeFileSync(all, gunzipSync(readFileSync(sample('mixed.pcap.gz'))));
    execFileSync('editcap', ['-r', '-F', 'pcap', all, attack, AROUND_THE_SCAN]);
    const out = (dir: string): string[] => ['r.txt', 'r.html', 'r.csv'].map((name) => `${dir}/${name}`);
    const args = ['detect', '-i', 'near', '--model', model.modelDir, '--out'];
    for (const dir of ['kept', 'not']) mkdirSync(network.file(dir));
    const keeping = network.anomaly([...args, ...out('kept'), '--pcap-out', 'kept.pcap']);
    const passing = network.anomaly([...args, ...out('not')]);
    await keeping.capturing();
    await passing.capturing();
    const player = network.playOn(attack, 800);
    await until(() => keeping.stdout.includes('opened:') && passing.stdout.includes('opened:'), 'an incident');
    for (const program of [keeping, passing]) expect((await program.interrupt()).code).toBe(0);
    player.kill();

    const input = readFileSync(network.file('kept.pcap'));
    for (const [dir, name] of [
      ['kept', /^tshark -r \S+kept\.pcap /],
      ['not', /^tshark -r - -Y 'ip\./],
    ] as const) {
      const scan = seenIn(network.file(dir)).find(({ title }) => title.includes('10.20.0.66 tries many ports'));
      expect(scan?.frames.length).toBeGreaterThan(2);
      for (const command of scan?.commands ?? []) {
        expect(command).toMatch(name);
        const lines = shown(command, network.folder, input, [
          'ip.src',
          'ip.dst',
          'arp.src.proto_ipv4',
          'arp.dst.proto_ipv4',
        ]);
        expect(lines.length).toBeGreaterThan(2);
        for (const line of lines) expect(line.match(/[\d.]+/g)?.sort()).toEqual(['10.20.0.1', '10.20.0.66']);
      }
    }
    expect(readFileSync(network.file('not/r.txt'), 'utf8')).toContain('--pcap-out');
  });
});
