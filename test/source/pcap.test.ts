import { describe, expect, it } from 'vitest';
import { asLines, type Order, pcap, readBytes, somePackets, u32 } from './captures.js';

const packets = somePackets(300);

describe('a classic capture', () => {
  it.each<[string, Order, Parameters<typeof pcap>[1]]>([
    ['microseconds', 'little', {}],
    ['microseconds', 'big', {}],
    ['nanoseconds', 'little', { magic: 0xa1b23c4d, unitsPerUs: 1000 }],
    ['nanoseconds', 'big', { magic: 0xa1b23c4d, unitsPerUs: 1000 }],
    ['Navtel', 'big', { magic: 0xa12b3c4d, unitsPerUs: 1000 }],
    ['Kuznetzov', 'little', { magic: 0xa1b2cd34, header: 24 }],
    ['Kuznetzov', 'big', { magic: 0xa1b2cd34, header: 24 }],
    ['Kuznetzov, longer headers', 'little', { magic: 0xa1b2cd34, header: 28 }],
    ['Kuznetzov, plain headers', 'little', { magic: 0xa1b2cd34, header: 16 }],
    ['IXIA', 'big', { magic: 0x1c0001ac, unitsPerUs: 1000, extra: 4 }],
    ['IXIA software', 'little', { magic: 0x1c0001ab, unitsPerUs: 1000, extra: 4 }],
  ])('of %s, %s-endian, gives every packet exactly', async (_, order, variant) => {
    const read = await readBytes(pcap(packets, { ...variant, order }));
    expect(asLines(read.packets)).toEqual(asLines(packets));
    expect(read).toMatchObject({ warnings: [], received: packets.length, error: undefined });
  });

  it.each([1, 2, 7, 16, 41, 1000, 4096])('is the same in pieces of %d bytes', async (size) => {
    expect(asLines((await readBytes(pcap(packets), size)).packets)).toEqual(asLines(packets));
  });

  it('gives more packets than one batch holds', async () => {
    const many = somePackets(10_000);
    expect(asLines((await readBytes(pcap(many))).packets)).toEqual(asLines(many));
  });

  it('gives the packets of a modified capture that is too short to compare two', async () => {
    const one = somePackets(2).slice(1);
    for (const header of [24, 28, 16]) {
      expect((await readBytes(pcap(one, { magic: 0xa1b2cd34, header }))).packets).toEqual(one);
    }
  });

  it('cut anywhere gives all whole packets and says that it is cut', async () => {
    const few = somePackets(12);
    const bytes = pcap(few);
    const ends = few.map((_, k) => pcap(few.slice(0, k + 1)).length);
    for (let length = 24; length < bytes.length; length++) {
      const { packets: read, warnings, error } = await readBytes(bytes.subarray(0, length));
      const whole = ends.filter((end) => end <= length).length;
      expect(error).toBeUndefined();
      expect(asLines(read)).toEqual(asLines(few.slice(0, whole)));
      expect(warnings.length).toBe(length === 24 || ends.includes(length) ? 0 : 1);
    }
    const { warnings } = await readBytes(bytes.subarray(0, ends[3]).subarray(0, -1));
    expect(warnings[0]).toBe(`x.pcap: cut off inside a packet at byte ${ends[2]}; everything before it was read`);
  });

  it('that ends inside its header is bad data', async () => {
    for (let length = 1; length < 24; length++) {
      expect((await readBytes(pcap(packets).subarray(0, length))).error).toMatchObject({ code: 'BAD_DATA' });
    }
  });

  it('with a lying length gives the packets before it, then names the place', async () => {
    const few = somePackets(5);
    const good = pcap(few);
    const lie = Buffer.concat([
      u32(1_700_000_001, 'little'),
      u32(0, 'little'),
      u32(0xfffffff0, 'little'),
      u32(60, 'little'),
    ]);
    const { packets: read, error } = await readBytes(Buffer.concat([good, lie, Buffer.alloc(1000)]));
    expect(read).toEqual(few);
    expect(error).toMatchObject({ code: 'BAD_DATA', exitCode: 65 });
    expect(error?.message).toBe(
      `x.pcap: damaged at byte ${good.length}: a packet says it has 4294967280 bytes, more than a capture can hold`,
    );
  });

  it('of version 2.2 has its two lengths the other way round; of 2.3 where they make sense so', async () => {
    const swapped = somePackets(20).map((p) => ({ ...p, wireLen: p.data.length }));
    expect((await readBytes(pcap(swapped, { minor: 2 }))).packets).toEqual(swapped);
    expect((await readBytes(pcap(swapped, { minor: 3 }))).packets).toEqual(swapped);
  });

  it('of another version is refused', async () => {
    const bytes = pcap(packets);
    bytes.writeUInt16LE(7, 4);
    expect((await readBytes(bytes)).error?.message).toBe('x.pcap: capture file of unknown version 7.4');
  });

  it('keeps the link type apart from what is said of the frame check sequence', async () => {
    const bytes = pcap(packets);
    bytes.writeUInt32LE(0x24000065, 20);
    expect((await readBytes(bytes)).packets[0]?.linkType).toBe(0x65);
  });
});
