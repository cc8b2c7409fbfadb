import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRecords } from '../../src/source/open.js';
import { PacketRecord } from '../../src/table/record.js';
import { random } from '../support/random.js';
import { enhanced, interfaceBlock, pcap, readBytes, section, simple, somePackets } from './captures.js';

const corpora = join(import.meta.dirname, '..', '..', '..', 'shared', 'corpora');
const parser = join(corpora, 'parser');
const there = existsSync(parser);
if (!there) console.log('skipped: the captures of ../shared/corpora are not here');

const captures = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(pcap|pcapng|cap|dmp)(\.gz)?$/.test(name))
    .map((name) => join(folder, name));

/** What is not a packet capture to libpcap either, and why. */
const REFUSED: ReadonlyMap<string, RegExp> = new Map([
  ['pcapng-invalid-vers-2.pcapng', /pcapng section of unknown version 1\.1/],
  ['shb-option-too-long.pcapng', /damaged|cut off|nothing to read/],
]);

describe.runIf(there)("others' captures made to break readers", () => {
  it('are read to their end or refused with file and place, never otherwise', async () => {
    const refused: string[] = [];
    let packets = 0;
    for (const path of captures(parser)) {
      const record = new PacketRecord();
      try {
        const source = await openRecords([path]);
        for await (const batch of source.batches) {
          packets += batch.count;
          for (let k = 0; k < batch.count; k++) batch.read(k, record);
        }
      } catch (error) {
        expect([path, (error as { code?: string }).code]).toEqual([path, 'BAD_DATA']);
        expect((error as Error).message.startsWith(`${path}: `)).toBe(true);
        refused.push(path);
      }
    }
    expect(packets).toBeGreaterThan(2000);
    for (const [name, message] of REFUSED) {
      const path = refused.find((each) => each.endsWith(name));
      expect([name, path !== undefined]).toEqual([name, true]);
      await expect(async () => drainFile(path as string)).rejects.toThrow(message);
    }
  });

  it('of pcapng hold as many packets as their descriptions say', async () => {
    const folder = join(parser, 'pcapng-generator');
    let files = 0;
    for (const path of captures(folder).filter((name) => name.endsWith('.pcapng'))) {
      const description = readFileSync(path.replace(/\.pcapng$/, '.txt'), 'utf8');
      const blocks = [...description.matchAll(/\t(EPB|SPB|PB): (\d+)/g)].reduce(
        (sum, match) => sum + Number(match[2]),
        0,
      );
      expect([path, await drainFile(path)]).toEqual([path, blocks]);
      files++;
    }
    expect(files).toBeGreaterThan(40);
  });
});

async function drainFile(path: string): Promise<number> {
  const source = await openRecords([path]);
  let count = 0;
  for await (const batch of source.batches) count += batch.count;
  return count;
}

describe('mutated captures', () => {
  const few = somePackets(12);
  const seeds: readonly Buffer[] = [
    pcap(few),
    pcap(few, { order: 'big', magic: 0xa1b2cd34, header: 24 }),
    ...(['little', 'big'] as const).map((order) =>
      Buffer.concat([
        section(order),
        interfaceBlock(1, order, 64),
        ...few.map((p) => enhanced(0, BigInt(p.us), p.data, p.wireLen, order)),
        simple(Uint8Array.of(1, 2, 3, 4), 4, order),
        section(order),
        interfaceBlock(101, order),
        enhanced(0, 5n, Uint8Array.of(1), 1, order),
      ]),
    ),
  ];

  it('end with packets inside their bytes, and no error but of bad data', async () => {
    for (let number = 0; number < 1000; number++) {
      const next = random(number);
      const bytes = Buffer.from(seeds[number % seeds.length]);
      for (let k = 0; k < 1 + 4 * next(); k++) {
        const at = Math.floor(next() * next() * bytes.length);
        if (next() < 0.3) bytes.fill(next() < 0.5 ? 0xff : 0, at, at + 4);
        else bytes[at] = Math.floor(next() * 256);
      }
      const { packets, error } = await readBytes(bytes, next() < 0.5 ? bytes.length : 97);
      const total = packets.reduce((sum, p) => sum + p.data.length, 0);
      expect([number, total <= bytes.length]).toEqual([number, true]);
      if (error) expect([number, (error as { code?: string }).code]).toEqual([number, 'BAD_DATA']);
    }
  });
});
