/** A copy of a model for giving away: nothing in its bytes tells who was there, and it works. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exactKey, Key } from '../../src/base/hash.js';
import { Keyed } from '../../src/base/keyed.js';
import { openSource } from '../../src/engine/source.js';
import { DnsName } from '../../src/features/packet/names.js';
import { addressKey } from '../../src/features/packet/scene.js';
import type { PacketRecord } from '../../src/table/record.js';
import { anomaly, sample } from '../support/program.js';
import { trained } from '../support/trained.js';

let folder: string;
let shared: string;
let own: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'anomaly-share-'));
  shared = join(folder, 'away');
  own = (await trained()).modelDir;
  const { code, stderr } = anomaly(['train', '--model', own, '--share', shared]);
  expect(code, stderr).toBe(0);
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Who was there: addresses and MAC addresses as bytes, names as text. */
async function whoWasThere(): Promise<{ addresses: Uint8Array[]; macs: number[]; names: string[] }> {
  const addresses = new Map<string, Uint8Array>();
  const macs = new Set<number>();
  const names = new Set<string>();
  const source = await openSource(sample('benign.pcap.gz'));
  const record = source.kind.newRecord() as PacketRecord;
  const stream = await source.open();
  for await (const batch of stream.batches) {
    for (let k = 0; k < batch.count; k++) {
      batch.read(k, record);
      for (const mac of [record.ethSrc, record.ethDst]) if (mac >= 0) macs.add(mac);
      const length = record.ipVersion === 6 ? 16 : 4;
      const ends = record.ipVersion > 0 ? [record.ipSrc, record.ipDst] : [record.arpSrc, record.arpDst];
      for (const end of ends) {
        const bytes = end.slice(0, length);
        if (bytes.some((byte) => byte !== 0)) addresses.set(bytes.join('.'), bytes);
      }
      for (const name of [record.dnsQryName, record.tlsSni]) if (name.length > 0) names.add(name.toString());
    }
  }
  await stream.close();
  await source.close();
  return { addresses: [...addresses.values()], macs: [...macs], names: [...names] };
}

/** Every way in which this program makes a number out of an address or name. */
function hashesOf({ addresses, macs, names }: Awaited<ReturnType<typeof whoWasThere>>): [number, number][] {
  const pairs: [number, number][] = [];
  const put = ({ low, high }: { low: number; high: number }): void => {
    pairs.push([low | 0, high | 0]);
  };
  const key = new Key();
  for (const bytes of addresses) {
    const { low, high } = addressKey(bytes, 0, bytes.length);
    put({ low, high });
    const family = bytes.length === 4 ? 4 : 6;
    // the remote, by its whole hash where it is private, else by its network
    put(key.start(family).addPair(low, high));
    put(key.start(family).addBytes(bytes, 0, family === 4 ? 3 : 6));
  }
  for (const mac of macs) {
    put({ low: mac | 0, high: Math.floor(mac / 2 ** 32) });
    put(key.start(0).addWide(mac));
    const bytes = Uint8Array.from({ length: 6 }, (_, i) => Math.floor(mac / 2 ** (8 * (5 - i))) & 255);
    put(addressKey(bytes, 0, 6));
  }
  const dns = new DnsName();
  for (const name of names) {
    dns.read(new TextEncoder().encode(name), name.length);
    for (const { low, high } of [dns.whole, dns.domain, dns.parent]) put({ low, high });
  }
  return pairs;
}

/** The bytes of all files of a model, with what is base64 in them decoded, and all its numbers. */
function insides(dir: string): { text: string; words: Set<string>; numbers: Set<number>; key: string } {
  const text = readdirSync(dir)
    .filter((file) => file !== 'report.html')
    .map((file) => readFileSync(join(dir, file), 'latin1'))
    .join('\n');
  const words = new Set<string>();
  for (const [, base64] of text.matchAll(/"([A-Za-z0-9+/]{8,}={0,2})"/g)) {
    const bytes = Buffer.from(base64, 'base64');
    for (let at = 0; at + 8 <= bytes.length; at += 4)
      words.add(`${bytes.readInt32LE(at)},${bytes.readInt32LE(at + 4)}`);
  }
  const numbers = new Set([...text.matchAll(/(?<![\d.])\d{6,17}(?![\d.])/g)].map(([digits]) => Number(digits)));
  const key = /"hashKey":"([0-9a-f]{16})"/.exec(text)?.[1] ?? '';
  return { text, words, numbers, key };
}

/** How many of the hashes are to be found, as they are or under the bundle's key. */
function found(hashes: readonly [number, number][], macs: readonly number[], dir: string): number {
  const { words, numbers, key } = insides(dir);
  const keyed = new Keyed(Number.parseInt(key.slice(0, 8), 16) | 0, Number.parseInt(key.slice(8), 16) | 0);
  let n = 0;
  for (const [low, high] of hashes) {
    const exact = exactKey(low, high);
    const [sealedLow, sealedHigh] = keyed.words(low, high, false);
    const texts = [`${low},${high}`, `${sealedLow},${sealedHigh}`];
    if (texts.some((text) => words.has(text)) || [exact, keyed.exact(exact, false)].some((x) => numbers.has(x))) n++;
  }
  for (const mac of macs) if ([mac, keyed.mac(mac, false)].some((x) => numbers.has(x))) n++;
  return n;
}

describe('a model that was shared', { timeout: 300_000 }, () => {
  it('holds no address, MAC address or name of the training, nor a hash of one', async () => {
    const there = await whoWasThere();
    expect(there.addresses.length).toBeGreaterThan(20);
    const hashes = hashesOf(there);
    // the model itself has them, so they would be found
    expect(found(hashes, there.macs, own)).toBeGreaterThan(there.addresses.length);
    expect(found(hashes, there.macs, shared)).toBe(0);
    expect(readdirSync(shared).sort()).toEqual(['bundle.json', 'model.json', 'weights.bin']);
    const { text } = insides(shared);
    const written = [
      ...there.addresses.filter(({ length }) => length === 4).map((bytes) => bytes.join('.')),
      ...there.macs.map((mac) =>
        mac
          .toString(16)
          .padStart(12, '0')
          .replaceAll(/..(?!$)/g, '$&:'),
      ),
      ...there.names,
      'benign.csv',
    ];
    expect(written.filter((name) => text.includes(name))).toEqual([]);
    // and nobody is listed under any hash at all
    const { detectorState, sources } = JSON.parse(readFileSync(join(shared, 'bundle.json'), 'utf8'));
    const { services: _, everybody, ...relations } = detectorState.evidence.relations;
    expect([everybody, sources, Object.values(relations).flat()]).toEqual([true, [], []]);
  });

  it('finds what goes on in other traffic, and says once what it cannot', () => {
    const report = join(folder, 'report.json');
    const args = ['detect', '-r', sample('mixed.pcap.gz'), '--model', shared, '--out', report];
    const { code, stderr } = anomaly(args, { timeoutMs: 120_000 });
    expect(code, stderr).toBe(0);
    expect(stderr.match(/it names nobody/g)).toHaveLength(1);
    const { incidents, model } = JSON.parse(readFileSync(report, 'utf8'));
    const alarms = incidents.filter(({ severity }: { severity: string }) => severity !== 'notice');
    expect(alarms.length).toBeGreaterThanOrEqual(2);
    expect(JSON.stringify(incidents)).not.toContain('new client');
    expect(model.warnings.join()).toContain('it names nobody');
  });

  it('is not written over anything', () => {
    const { code, stderr } = anomaly(['train', '--model', own, '--share', shared]);
    expect(code).toBe(73);
    expect(stderr).toMatch(/is there already; remove it, or choose another place\n$/);
  });
});
