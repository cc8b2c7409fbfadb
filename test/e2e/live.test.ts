import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { liveObstacle, Network } from '../support/live.js';
import { has, sample } from '../support/program.js';
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
});
