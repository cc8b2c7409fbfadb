/**
 * A fleet on Debian hosts of its own: a hub as docs/fleet.md sets it up, three sensors and a sink by their units. Hub, sink, a sensor and
 * a cable fail while an attack goes on; what the sensors wrote into their own reports has to be in the sink's database all the same.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandsOf } from '../support/hub.js';
import { query } from '../support/sqlite.js';
import { Host, type HostNet, hostsObstacle, Parts, packWith } from './hosts.ts';

const SCRIPT = fileURLToPath(new URL('fleet.sh', import.meta.url));
/** s; it takes two and a quarter minutes on two busy cores, half of it waiting for what was pulled or is nudged */
const LIMIT = 400;
const PACKAGES = ['nodejs', 'tcpdump', 'tcpreplay', 'nats-server', 'openssl'];
const GATES = ['gate-1', 'gate-2', 'gate-3'];
const ATTACKER = '10.20.0.66';
const FLEET = '/var/lib/private/anomaly-fleet';

/** The commands of the page, for these hosts: the package is installed already, and apt has no way out. */
function setUpCommands(): string {
  const names = { 'hub.example.net': 'hub', '192.0.2.10': '10.99.0.1', 'web-1': 'gate-1', 'web-2': 'gate-2' };
  const commands = commandsOf('Set up a hub in ten minutes').replace(/^ *apt-get .*$/m, '');
  return Object.entries(names).reduce((text, [name, own]) => text.replaceAll(name, own), commands);
}

/** The package, and a model that learned from a recording. */
function prepare(host: Host, folder: string): void {
  packWith('run', '--silent', 'deb', '--', '--to', folder);
  const [deb = ''] = host.put(
    readdirSync(folder).map((name) => join(folder, name)),
    '/stage',
  );
  const commands = [
    `dpkg --force-unsafe-io --install ${deb}`,
    // Debian starts it wherever it is installed
    'systemctl --quiet disable nats-server',
    'for name in benign mixed; do zcat /usr/lib/anomaly/data/$name.pcap.gz >/root/$name.pcap; done',
    'cd /var/lib/anomaly',
    'runuser -u anomaly -- anomaly sniff -q -r /usr/lib/anomaly/data/benign.pcap.gz -c 10000',
    'runuser -u anomaly -- anomaly train -q --epochs 2 --power off',
  ];
  const { text, code } = host.chroot('bash', '-euc', commands.join('\n'));
  if (code !== 0) throw new Error(`the package could not be installed: ${text}`);
}

interface Line {
  readonly timestamp: string;
  readonly fleet?: { readonly event: string };
  readonly alert: {
    readonly context: { readonly id: string; readonly event: string; readonly evidence: number; readonly last: string };
  };
}

/** What makes a line of a sensor's own report the same as an event in the sink. */
function keyOf({ timestamp, alert: { context } }: Line): string {
  const { id, event, evidence, last } = context;
  return [timestamp, id, event, evidence, last].join(' ');
}

describe.skipIf(hostsObstacle)('a fleet of Debian hosts', () => {
  let net: HostNet;
  let text = '';
  let parts: Parts;
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'anomaly-deb-'));
    const host = Host.with('trixie', ...PACKAGES).copy();
    try {
      prepare(host, folder);
      net = host.net('hub', ...GATES, 'sink');
    } finally {
      host.remove();
    }
    net.host('hub').write('/root/set-up.sh', setUpCommands());
    ({ text } = net.boot(SCRIPT, LIMIT));
    for (const [, name, seconds] of text.matchAll(/^@@ (.*)\n(?:(?!@@).*\n)*?took (\d+) s$/gm))
      console.log(`${name}: ${seconds} s`);
    if (process.env.HOSTS_SHOW) console.log(text);
    parts = new Parts(text.replace(/^took \d+ s\n/gm, ''));
  });
  afterAll(() => {
    net?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const inSink = (sql: string): Record<string, unknown>[] =>
    query(net.host('sink').path(join(FLEET, 'fleet.sqlite')), sql);
  const linesOf = (text: string): Line[] =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));

  it('never waits in vain', () => {
    expect(text).not.toContain('waited in vain');
    expect(parts.of('end')).toBe('');
  });

  it('is set up by the page and by the words at the top of the units', () => {
    expect(parts.of('hub')).toContain('600 root /etc/anomaly-hub/gate-1.nk\n600 nats /etc/anomaly-hub/server.key\n');
    expect(parts.of('sink')).toMatch(
      /^unit is well\n *Active: active \(running\).*\n *Status: "hub tls:\/\/hub:4222: 0 sensors/,
    );
    const sensors = parts.lines('sensors');
    for (const gate of GATES) expect(sensors).toContain(`fleet: sensor ${gate} of site default, hub tls://hub:4222`);
    expect(sensors.filter((line) => line.endsWith(': connected'))).toHaveLength(GATES.length);
  });

  it('tells the sink of an attack at two of them', () => {
    expect(parts.lines('attack')).toEqual(
      expect.arrayContaining([expect.stringMatching(/^gate-1 [1-9]/), expect.stringMatching(/^gate-2 [1-9]/)]),
    );
  });

  it('has hub, sink and sensor back when they were killed, and a sensor goes on when its cable is pulled', () => {
    expect(parts.lines('hub killed')).toEqual(['hub nats-server: 1']);
    expect(parts.lines('sink killed')).toEqual(['sink anomaly-fleet: 1']);
    expect(parts.lines('sensor killed')).toEqual(['gate-2 anomaly: 1']);
    const [counts = '', ...after] = parts.lines('cable pulled');
    const [, before, then] = /^lines (\d+) and (\d+)$/.exec(counts) ?? [];
    expect(Number(then)).toBeGreaterThan(Number(before));
    expect(after[0]).toBe('goes on');
  });

  it("takes the owner's allow-list at once at its start, and a new one within a minute", () => {
    const taken = parts.lines('sensors').filter((line) => /^fleet: allow-list \d+ of default is in force/.test(line));
    expect(taken).toHaveLength(GATES.length);
    expect(parts.lines('cable pulled').slice(2)).toEqual(['gate-2 has it', 'gate-3 has it']);
    expect(parts.of('allowed attack')).toMatch(/^[1-9]\d* incidents? suppressed by the allow-list$/m);
  });

  it.each(GATES)('has each event of the report of %s in the sink, once or in a gap', (gate) => {
    const own = linesOf(net.host(gate).read('/var/lib/anomaly/reports/incidents.jsonl'));
    const events = inSink(`SELECT seq, json FROM events WHERE sensor = '${gate}' ORDER BY seq`);
    const gaps = inSink(`SELECT first, last FROM gaps WHERE sensor = '${gate}'`);
    expect(own.length).toBeGreaterThan(0);
    // a line of the report takes one of the events that are the same
    const there = new Map<string, number>();
    for (const { json } of events) {
      const key = keyOf(JSON.parse(String(json)));
      there.set(key, (there.get(key) ?? 0) + 1);
    }
    const missing = own.map(keyOf).filter((key) => {
      const left = (there.get(key) ?? 0) - 1;
      there.set(key, left);
      return left < 0;
    });
    const dropped = gaps.reduce((sum, { first, last }) => sum + Number(last) - Number(first) + 1, 0);
    expect(missing.slice(dropped)).toEqual([]);
    // nor is anything else there; who is killed may have told what it had not written yet
    if (dropped === 0 && gate !== 'gate-2') expect([...there].filter(([, left]) => left > 0)).toEqual([]);
    // every number of the spool, once
    const numbers = [
      ...events.map(({ seq }) => Number(seq)),
      ...gaps.flatMap(({ first, last }) =>
        Array.from({ length: Number(last) - Number(first) + 1 }, (_, k) => Number(first) + k),
      ),
    ].sort((a, b) => a - b);
    expect(numbers).toEqual(numbers.map((_, k) => k + 1));
    expect(inSink('SELECT id FROM conflicts')).toEqual([]);
  });

  it('lets the sensors forget what the sink has', () => {
    expect(parts.lines('all told').slice(0, 2)).toEqual(['all there', 'all released']);
  });

  it("shows the attack of two sensors as one campaign, without the third's, which was allowed", () => {
    const report = net.host('sink').read(join(FLEET, 'fleet.txt'));
    const campaigns = report.split(/^(?=\[[A-Z]+\] )/m).filter((part) => part.includes(` by ${ATTACKER} at `));
    expect(campaigns).toHaveLength(1);
    expect(campaigns[0]).toContain(`by ${ATTACKER} at 2 sensors of the site default`);
    expect(campaigns[0]).toMatch(/^ {2}Sensors {3}gate-1, gate-2$/m);
    const ofAttacker = `SELECT DISTINCT sensor FROM incidents WHERE initiator = '${ATTACKER}' ORDER BY sensor`;
    expect(inSink(ofAttacker)).toEqual([{ sensor: 'gate-1' }, { sensor: 'gate-2' }]);
  });

  it('runs again after an upgrade, and ends well, with files that only their owner reads', () => {
    const lines = parts.lines('upgrade');
    expect(lines[0]).toBe('runs again');
    expect(lines).toContain('success');
    const files = ['fleet.html', 'fleet.sqlite', 'fleet.txt', 'incidents.jsonl'].map((name) => `600 ${name}`);
    expect(lines.filter((line) => /^\d{3} /.test(line)).sort()).toEqual(files);
  });

  it("has a sink that is no more exposed than the sensor's service", () => {
    const level = (unit: string): number =>
      Number(new RegExp(`level for ${unit}.service: ([\\d.]+)`).exec(parts.of('security'))?.[1]);
    expect(level('anomaly-fleet')).toBeLessThanOrEqual(level('anomaly'));
  });

  it('shows no key and no stack trace anywhere', () => {
    expect(parts.of('journals')).toBe('');
  });
});
