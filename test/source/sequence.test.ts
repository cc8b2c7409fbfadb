import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  asLines,
  enhanced,
  interfaceBlock,
  type Packet,
  pcap,
  readBytes,
  readFiles,
  section,
  somePackets,
} from './captures.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sequence-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const START = 1_700_000_000_123_456;
const first = somePackets(50, START);
const second = somePackets(40, START + 3_600_000_000);
const third = somePackets(30, START + 7_200_000_000);

function pcapng(packets: readonly Packet[]): Buffer {
  const body = packets.map((p) => enhanced(0, BigInt(p.us), p.data, p.wireLen, 'little'));
  return Buffer.concat([section('little'), interfaceBlock(1, 'little'), ...body]);
}

describe('captures that were put together with cat', () => {
  const kinds: [string, (packets: readonly Packet[]) => Buffer][] = [
    ['pcap', pcap],
    ['pcap of the other byte order', (packets) => pcap(packets, { order: 'big' })],
    ['pcap with nanoseconds', (packets) => pcap(packets, { magic: 0xa1b23c4d, unitsPerUs: 1000 })],
    ['pcapng', pcapng],
  ];
  for (const [one, write] of kinds) {
    for (const [other, writeOther] of kinds) {
      it(`are read one after the other, ${one} before ${other}, in pieces of any size`, async () => {
        const begin = write(first);
        const bytes = Buffer.concat([begin, writeOther(second), write(third)]);
        const sections = one === 'pcapng' && other === 'pcapng';
        for (const size of [bytes.length, 1000, 7]) {
          const read = await readBytes(bytes, size);
          expect(read.error).toBeUndefined();
          expect(asLines(read.packets)).toEqual(asLines([...first, ...second, ...third]));
          expect(read.warnings.join()).toMatch(
            sections ? /^$/ : /^x.pcap: \d captures one behind the other, the second begins at byte \d+;/,
          );
          if (one !== 'pcapng') expect(read.warnings[0]).toContain(`the second begins at byte ${begin.length};`);
        }
      });
    }
  }

  it('are read from members of a gzip file, and the place is that in what was unpacked', async () => {
    const path = join(folder, 'members.pcap.gz');
    writeFileSync(path, Buffer.concat([gzipSync(pcap(first)), gzipSync(pcap(second))]));
    const read = await readFiles(path);
    expect(asLines(read.packets)).toEqual(asLines([...first, ...second]));
    expect(read.warnings).toEqual([
      expect.stringContaining(`the second begins at byte ${pcap(first).length} of what was unpacked;`),
    ]);
  });

  it('keep each its link type, and may hold no packet', async () => {
    const raw = second.map((packet) => ({ ...packet, linkType: 101 }));
    const read = await readBytes(Buffer.concat([pcap([]), pcap(first), pcap([]), pcap(raw), pcap([])]));
    expect(asLines(read.packets)).toEqual(asLines([...first, ...raw]));
    expect(read.warnings).toEqual([expect.stringContaining('5 captures one behind the other')]);
  });

  it('give no packet that is none where the first was cut off inside one, unless that ends where one of the second begins', async () => {
    const begin = pcap(first);
    const next = pcap(second);
    const ends = (packets: readonly Packet[]): Set<number> =>
      new Set(packets.map((_, k) => pcap(packets.slice(0, k)).length));
    const known = new Set(asLines([...first, ...second]));
    let tried = 0;
    for (const [k, { data }] of first.entries()) {
      const end = pcap(first.slice(0, k + 1)).length;
      for (let cut = end - data.length; cut < end; cut += 5) {
        if (ends(second).has(end - cut)) continue;
        tried++;
        const read = await readBytes(Buffer.concat([begin.subarray(0, cut), next]));
        expect(read.error).toBeUndefined();
        expect(asLines(read.packets).filter((line) => !known.has(line))).toEqual([]);
        expect(read.packets.length).toBe(k + second.length);
        expect(read.warnings[0]).toBe(`x.pcap: cut off before byte ${cut}, where another capture begins`);
      }
    }
    expect(tried).toBeGreaterThan(first.length);
  });

  it('are read on where a block of the first is cut off', async () => {
    const begin = pcapng(first);
    for (const next of [pcapng(second), pcap(second)]) {
      const cut = begin.length - 30;
      const read = await readBytes(Buffer.concat([begin.subarray(0, cut), next]));
      expect(asLines(read.packets)).toEqual(asLines([...first.slice(0, -1), ...second]));
      expect(read.warnings[0]).toBe(`x.pcap: cut off before byte ${cut}, where another capture begins`);
    }
  });

  it('are read no further where the second is damaged itself', async () => {
    const bad = pcapng(second);
    bad.writeUInt32LE(24, 4);
    for (const begin of [pcap(first), pcapng(first)]) {
      const read = await readBytes(Buffer.concat([begin, bad]));
      expect(asLines(read.packets)).toEqual(asLines(first));
      expect(read.error?.message).toContain(`x.pcap: damaged at byte ${begin.length}: `);
    }
  });

  it('say so where the last one ends inside its header', async () => {
    for (const length of [16, 20, 23]) {
      const read = await readBytes(Buffer.concat([pcap(first), pcap(second).subarray(0, length)]));
      expect(read.error).toBeUndefined();
      expect(asLines(read.packets)).toEqual(asLines(first));
      expect(read.warnings[0]).toBe("x.pcap: ends inside the capture's file header");
    }
  });
});
