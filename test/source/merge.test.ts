import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PartlyReadError } from '../../src/base/errors.js';
import { openCaptures } from '../../src/source/captures.js';
import { type Origin, Origins } from '../../src/source/origins.js';
import { asLines, drain, type Packet, pcap, readFiles, somePackets } from './captures.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'merge-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
function file(content: Uint8Array): string {
  const path = join(folder, `${++made}.pcap`);
  writeFileSync(path, content);
  return path;
}

/** By time, equal times in the order of the files. */
const byTime = (files: readonly (readonly Packet[])[]): Packet[] =>
  files
    .flatMap((packets, index) => packets.map((packet) => ({ packet, index })))
    .sort((a, b) => a.packet.us - b.packet.us || a.index - b.index)
    .map(({ packet }) => packet);

describe('several captures', () => {
  it('are one in the order of time, whatever their order and overlap', async () => {
    const times = fc
      .array(fc.integer({ min: 0, max: 60 }), { maxLength: 30 })
      .map((list) => list.sort((a, b) => a - b));
    await fc.assert(
      fc.asyncProperty(fc.array(times, { minLength: 2, maxLength: 5 }), async (lists) => {
        const files = lists.map((list, f) =>
          list.map((us, k) => ({ us, data: Uint8Array.of(f, k), wireLen: 2, linkType: f })),
        );
        const read = await readFiles(...files.map((packets) => file(pcap(packets))));
        const expected = byTime(files);
        expect(asLines(read.packets)).toEqual(asLines(expected));
        expect(read).toMatchObject({ received: expected.length, error: undefined });
        const empty = files.filter((packets) => packets.length === 0);
        expect(read.warnings).toEqual(empty.map(() => expect.stringMatching(/: holds no packet$/)));
      }),
      { seed: 3, numRuns: 60 },
    );
  });

  it('are one where they are long and interleaved, or follow each other as rotated files do', async () => {
    const all = somePackets(20_000);
    const interleaved = [0, 1, 2].map((f) => all.filter((_, k) => k % 3 === f));
    const rotated = [0, 1, 2, 3].map((f) => all.slice(f * 5000, (f + 1) * 5000)).reverse();
    for (const files of [interleaved, rotated]) {
      const read = await readFiles(
        ...files.map((packets, k) => file(k === 1 ? gzipSync(pcap(packets)) : pcap(packets))),
      );
      expect(asLines(read.packets)).toEqual(asLines(all));
    }
  });

  it('do not wait for a packet whose time is years ahead', async () => {
    const all = somePackets(4000);
    const files = [0, 1].map((f) => all.filter((_, k) => k % 2 === f));
    const stray = { ...(files[0][700] as Packet), us: (files[0][700] as Packet).us + 10 * 365 * 86_400e6 };
    files[0][700] = stray;
    const read = await readFiles(...files.map((packets) => file(pcap(packets))));
    const at = read.packets.findIndex(({ us }) => us === stray.us);
    expect(Math.abs(at - 1400)).toBeLessThan(3);
    const others = read.packets.filter((_, k) => k !== at).map(({ us }) => us);
    expect(others).toEqual(others.toSorted((a, b) => a - b));
  });

  it('say of each packet which file it came from, and its number there', async () => {
    const all = somePackets(9000);
    const files = [
      all.filter((_, k) => k < 6000 && k % 3 === 0),
      all.filter((_, k) => k < 6000 && k % 3 !== 0),
      [],
      all.slice(6000),
    ];
    const paths = files.map((packets) => file(pcap(packets)));
    const source = await openCaptures(paths);
    await drain(source);
    const { origins } = source.facts;
    for (const [k, packet] of all.entries()) {
      const { file: found, number } = (origins as Origins).find(k + 1) as Origin;
      expect(files[paths.indexOf(found.name)][number - 1]).toBe(packet);
    }
    expect([origins?.find(0), origins?.find(9001)]).toEqual([undefined, undefined]);
  });

  it('interleaved for longer than is remembered are told of up to there, never wrongly after', () => {
    const origins = new Origins([
      { name: 'a', path: 'a', format: 'pcap' },
      { name: 'b', path: 'b', format: 'pcap' },
    ]);
    const runs = 2 ** 20;
    for (let k = 0; k < runs + 100; k++) origins.add(k % 2, 1);
    expect(origins.find(runs)).toEqual({ file: { name: 'b', path: 'b', format: 'pcap' }, number: runs / 2 });
    expect(origins.find(runs + 1)).toBeUndefined();
  });

  it('tell once of each file that was cut off', async () => {
    const whole = pcap(somePackets(100));
    const cut = file(whole.subarray(0, -1));
    const read = await readFiles(cut, file(pcap(somePackets(5))), file(whole.subarray(0, -2)));
    expect(read.packets.length).toBe(99 + 5 + 99);
    expect(read.warnings.length).toBe(2);
    expect(read.warnings[0]).toContain(cut);
  });

  it('are read to the end of the others where one is damaged, and then it is said', async () => {
    const good = file(pcap(somePackets(5)));
    const bad = file(Buffer.concat([pcap(somePackets(5)), Buffer.alloc(16, 0xff)]));
    const { packets, error } = await readFiles(bad, good, bad);
    expect(packets).toHaveLength(15);
    expect(error).toBeInstanceOf(PartlyReadError);
    expect((error as Error).message).toMatch(
      /damaged at byte \d+.* \(the first of 2 inputs with damage\); all else was read$/,
    );
  });

  it('are read without those that are no captures, which are named; a name of nothing is refused', async () => {
    const good = file(pcap(somePackets(5)));
    const { packets, warnings } = await readFiles(file(Buffer.from('no capture at all')), good);
    expect(packets).toHaveLength(5);
    expect(warnings.join()).toMatch(/is no capture .*; left out/);
    await expect(readFiles(good, join(folder, 'none'))).rejects.toMatchObject({ code: 'NO_INPUT' });
  });
});
