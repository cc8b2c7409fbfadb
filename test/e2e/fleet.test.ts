/** A fleet as its users run it: detect with --hub, detect -r of the hub, and what both say when something is wrong. */
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { SinkProcess } from '../fleet/support/children.js';
import { eveLines, eveProblems } from '../support/eve.js';
import { anomaly, folder, root, sample } from '../support/program.js';
import { query } from '../support/sqlite.js';
import { type Trained, trained } from '../support/trained.js';

let model: Trained;
beforeAll(async () => {
  model = await trained();
}, 300_000);

const NOBODY = 'nats://127.0.0.1:1';

function detect(dir: string, name: string, capture: string, ...more: string[]) {
  const own = ['--out', `${name}.txt`, `${name}.jsonl`, '--user', 'root'];
  return anomaly(['detect', '-r', sample(capture), '--model', model.modelDir, '--sensor', name, ...own, ...more], {
    cwd: dir,
  });
}

const shipped = (hub: string, name: string): string[] => ['--hub', hub, '--hub-name', name, '--spool', `${name}.spool`];

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition() && waited < 30_000; waited += 100) await sleep(100);
}

/** What two runs of the same input may differ in: who said it, and when it was written. */
const sameRun = (text: string): string => text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID');

describe('a fleet on a shared folder', () => {
  it('shows incidents of all sensors as their own reports do, and what two of them saw as a campaign', async () => {
    const dir = folder();
    const hub = join(dir, 'hub');
    const out = ['fleet.sqlite', 'fleet.txt', 'fleet.html', 'fleet.jsonl', 'fleet.csv', 'fleet.json'].map((name) =>
      join(dir, name),
    );
    const [database = '', text = '', html = '', lines = ''] = out;
    const sink = new SinkProcess(pathToFileURL(hub).href, out);
    await until(() => existsSync(join(hub, 'anomaly-fleet.json')));
    for (const name of ['gate-1', 'gate-2']) {
      const { code, stderr } = detect(dir, name, 'mixed.pcap.gz', ...shipped(hub, name));
      expect([code, stderr]).toEqual([0, expect.stringContaining(`fleet: sensor ${name} of site default, hub `)]);
      expect(stderr).not.toContain('warning: hub');
    }
    const own = new Map(eveLines(readFileSync(join(dir, 'gate-1.jsonl'), 'utf8')).map((l) => [l.alert.context.id, l]));
    await until(
      () => query(database, "SELECT 1 FROM sensors WHERE sensor = 'gate-2' AND heartbeat LIKE '%ended%'").length > 0,
    );
    expect(await sink.end('SIGINT')).toBe(0);

    const there = query(database, "SELECT uuid, title, severity, closed FROM incidents WHERE sensor = 'gate-1'");
    expect(new Map(there.map(({ uuid, title, severity, closed }) => [uuid, [title, severity, closed]]))).toEqual(
      new Map(
        [...own.values()].map(({ alert: { signature, context } }) => [
          context.id,
          [signature, context.severity, context.closed ? 1 : 0],
        ]),
      ),
    );
    expect(there.length).toBeGreaterThan(2);
    const guesser = [...own.values()].find(({ alert }) => alert.category === 'password guessing');
    const campaign = `password guessing by ${guesser?.src_ip} at 2 sensors of the site default`;
    expect(readFileSync(text, 'utf8')).toContain(campaign);
    expect(readFileSync(html, 'utf8')).toMatch(/^<!doctype html>/i);
    const told = readFileSync(lines, 'utf8').trim().split('\n');
    for (const line of told) expect(eveProblems(JSON.parse(line))).toEqual([]);
    expect(told.length).toBeGreaterThan(2 * own.size);
  });

  it('keeps everything but addresses of incidents at home', async () => {
    const dir = folder();
    const hub = join(dir, 'hub');
    const sink = new SinkProcess(pathToFileURL(hub).href, [join(dir, 'fleet.sqlite')]);
    await until(() => existsSync(join(hub, 'anomaly-fleet.json')));
    detect(dir, 'gate-1', 'mixed.pcap.gz', ...shipped(hub, 'gate-1'));
    await sink.end('SIGINT');
    const sent = readdirSync(hub, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
      .join('\n');
    const { stdout } = anomaly(['sniff', '-r', sample('mixed.pcap.gz'), '--out', '-']);
    const [head = '', ...rows] = stdout.trim().split('\n');
    const columns = head.split(',');
    const values = (name: string): Set<string> =>
      new Set(rows.map((row) => row.split(',')[columns.indexOf(name)] ?? '').filter((cell) => cell.length > 6));
    const told = new Set(
      eveLines(readFileSync(join(dir, 'gate-1.jsonl'), 'utf8')).flatMap(
        (line) => JSON.stringify(line).match(/\d+\.\d+\.\d+\.\d+|[0-9a-f]*:[0-9a-f:]+:[0-9a-f]+/g) ?? [],
      ),
    );
    const names = [...values('dns.qry.name'), ...values('tls.handshake.extensions_server_name')];
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter((name) => sent.includes(name))).toEqual([]);
    const addresses = [...values('ip.src'), ...values('ip.dst')].filter((address) => !told.has(address));
    expect(addresses.length).toBeGreaterThan(5);
    expect(addresses.filter((address) => sent.includes(`"${address}"`))).toEqual([]);
  });
});

describe('a sensor without its hub', () => {
  it('reports the same, ends the same, and keeps for later what it could not tell', () => {
    const dir = folder();
    const alone = detect(dir, 'lab', 'mixed.pcap.gz');
    const before = readFileSync(join(dir, 'lab.txt'), 'utf8');
    const lines = readFileSync(join(dir, 'lab.jsonl'), 'utf8');
    writeFileSync(join(dir, 'lab.jsonl'), '');
    const shipping = detect(dir, 'lab', 'mixed.pcap.gz', ...shipped(NOBODY, 'lab'));
    expect(shipping.code).toBe(alone.code);
    expect(sameRun(readFileSync(join(dir, 'lab.txt'), 'utf8'))).toBe(sameRun(before));
    expect(sameRun(readFileSync(join(dir, 'lab.jsonl'), 'utf8'))).toBe(sameRun(lines));
    expect(shipping.stdout).toBe(alone.stdout);
    expect(shipping.stderr).toMatch(
      /^hub nats:\/\/127\.0\.0\.1:1: .*; detection goes on, incidents wait in the spool/m,
    );
    expect(shipping.stderr).toMatch(
      /^warning: hub nats:\/\/127\.0\.0\.1:1: \d+ events wait in lab\.spool for the next run$/m,
    );
  });
});

describe('what cannot be', () => {
  const refused = (...args: string[]): [number | null, string] => {
    const { code, stderr } = anomaly(['detect', ...args], { cwd: folder() });
    return [code, stderr];
  };

  it('is told in one line', () => {
    expect(refused('-r', NOBODY, '--out', 'fleet.txt')).toEqual([
      2,
      'anomaly: --out takes one .sqlite file here, beside others: it is what remembers the fleet\n',
    ]);
    expect(refused('-r', NOBODY, 'a.pcap')).toEqual([2, 'anomaly: -r takes one hub, and nothing beside it\n']);
    expect(refused('-r', NOBODY, '--model', 'm')).toEqual([2, 'anomaly: --model does not go with -r of a hub\n']);
    expect(refused('-r', NOBODY, '--hub', NOBODY)).toEqual([2, 'anomaly: --hub does not go with -r of a hub\n']);
    expect(refused('--spool', 'x')).toEqual([2, 'anomaly: --spool goes with --hub\n']);
    expect(refused('--hub', NOBODY, '--hub-name', 'A.b')).toEqual([
      2,
      'anomaly: --hub-name: 1 to 63 small letters, digits and hyphens expected, not "A.b"\n',
    ]);
  });

  it('is no key that is typed wrong, and two keys are each given', () => {
    const keys = [1, 2].map(() => generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x);
    const at = (...trust: string[]) => detect(folder(), 'lab', 'benign.pcap.gz', '-c', '10', '--hub', NOBODY, ...trust);
    expect(at(...keys.map((key) => `--hub-trust=${key}`)).code).toBe(0);
    expect(at(`--hub-trust=${keys[0]}x`).code).toBe(2);
    // as the page writes it
    expect(readFileSync(join(root, 'docs/fleet.md'), 'utf8')).toContain('--hub-trust=OLD --hub-trust=NEW');
  });

  it('does not begin with a folder of something else, a key that others can read, or a second run in the spool', () => {
    const dir = folder();
    mkdirSync(join(dir, 'else'));
    writeFileSync(join(dir, 'else', 'file'), '');
    const at = (hub: string, ...more: string[]) =>
      detect(dir, 'lab', 'benign.pcap.gz', '--hub', hub, '-c', '10', ...more);
    const elsewhere = at('else', '--spool', 'else');
    expect([elsewhere.code, elsewhere.stderr.trim().split('\n').at(-1)]).toEqual([73, expect.stringContaining('else')]);
    writeFileSync(join(dir, 'key'), 'SUxxx', { mode: 0o644 });
    const open = at(NOBODY, '--hub-key', 'key');
    expect([open.code, open.stderr.trim().split('\n').at(-1)]).toEqual([
      77,
      expect.stringMatching(/^anomaly: --hub-key: others can read or write key; chmod 600 key$/),
    ]);
  });
});
