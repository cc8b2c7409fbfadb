import { describe, expect, it } from 'vitest';
import {
  asLines,
  block,
  enhanced,
  interfaceBlock,
  type Order,
  option,
  type Packet,
  readBytes,
  section,
  simple,
  somePackets,
  u16,
  u32,
} from './captures.js';

const resolution = (byte: number, order: Order): Buffer => option(9, Buffer.from([byte]), order);
function offset(seconds: bigint, order: Order): Buffer {
  const value = Buffer.alloc(8);
  if (order === 'little') value.writeBigInt64LE(seconds);
  else value.writeBigInt64BE(seconds);
  return option(14, value, order);
}

function capture(packets: readonly Packet[], order: Order): Buffer {
  return Buffer.concat([
    section(order),
    interfaceBlock(1, order),
    ...packets.map((p) => enhanced(0, BigInt(p.us), p.data, p.wireLen, order)),
  ]);
}

describe.each<Order>(['little', 'big'])('pcapng, %s-endian', (order) => {
  const packets = somePackets(200);

  it('gives every packet exactly, in pieces of any size', async () => {
    const bytes = capture(packets, order);
    for (const size of [1, 13, 64, 5000, bytes.length]) {
      const read = await readBytes(bytes, size);
      expect(asLines(read.packets)).toEqual(asLines(packets));
      expect(read).toMatchObject({ warnings: [], error: undefined });
    }
  });

  it('reads each interface with its own link type, clock and offset', async () => {
    const data = Uint8Array.of(1, 2, 3);
    const bytes = Buffer.concat([
      section(order),
      interfaceBlock(1, order),
      interfaceBlock(101, order, 0, [resolution(9, order), offset(-3600n, order)]),
      interfaceBlock(113, order, 0, [resolution(0x80 | 20, order)]),
      interfaceBlock(12, order, 0, [
        resolution(3, order),
        option(2, Buffer.from('name'), order),
        option(0, Buffer.alloc(0), order),
      ]),
      enhanced(1, 1_700_000_000_123_456_789n, data, 3, order),
      enhanced(2, 1_700_000_000n << 20n, data, 3, order),
      enhanced(3, 1_700_000_000_123n, data, 3, order),
      enhanced(0, 1_700_000_000_123_456n, data, 3, order),
    ]);
    const { packets: read } = await readBytes(bytes);
    expect(read.map((p) => [p.linkType, p.us])).toEqual([
      [101, 1_699_996_400_123_456],
      [113, 1_700_000_000_000_000],
      [12, 1_700_000_000_123_000],
      [1, 1_700_000_000_123_456],
    ]);
  });

  it('skips blocks it does not know, however large', async () => {
    const bytes = Buffer.concat([
      section(order),
      block(0x0bad, Buffer.alloc(100), order),
      interfaceBlock(1, order),
      block(10, Buffer.alloc(3_000_000, 7), order),
      enhanced(0, BigInt(packets[5].us), packets[5].data, packets[5].wireLen, order),
      block(0x80000001, Buffer.alloc(0), order),
    ]);
    for (const size of [1024, bytes.length]) {
      expect(await readBytes(bytes, size)).toMatchObject({ packets: [packets[5]], warnings: [], error: undefined });
    }
  });

  it('starts anew in another section, which may have the other byte order', async () => {
    const other = order === 'little' ? 'big' : 'little';
    const more = somePackets(10);
    const { packets: read, error } = await readBytes(
      Buffer.concat([
        capture(packets, order),
        capture(more, other),
        section(order),
        enhanced(0, 1n, Buffer.alloc(4), 4, order),
      ]),
    );
    expect(asLines(read)).toEqual(asLines([...packets, ...more]));
    expect(error?.message).toMatch(/a packet of interface 0, which was not described$/);
  });

  it('reads simple packets: snap length of the interface, time of the packet before', async () => {
    const bytes = Buffer.concat([
      section(order),
      interfaceBlock(1, order, 6),
      enhanced(0, 77n, Uint8Array.of(9), 1, order),
      simple(Uint8Array.of(1, 2, 3, 4, 5, 6), 1500, order),
      simple(Uint8Array.of(1, 2, 3), 3, order),
    ]);
    const { packets: read, warnings } = await readBytes(bytes);
    expect(read.slice(1)).toEqual([
      { us: 77, data: Uint8Array.of(1, 2, 3, 4, 5, 6), wireLen: 1500, linkType: 1 },
      { us: 77, data: Uint8Array.of(1, 2, 3), wireLen: 3, linkType: 1 },
    ]);
    expect(warnings).toEqual(['x.pcap: 2 packets without a time; each got the time of the one before it']);
  });

  it('reads the obsolete packet block', async () => {
    const body = [u16(0, order), u16(9, order), u32(0, order), u32(5, order), u32(2, order), u32(60, order)];
    const bytes = Buffer.concat([
      section(order),
      interfaceBlock(1, order),
      block(2, Buffer.concat([...body, Buffer.from([7, 8])]), order),
    ]);
    expect((await readBytes(bytes)).packets).toEqual([{ us: 5, data: Uint8Array.of(7, 8), wireLen: 60, linkType: 1 }]);
  });

  it('takes drops from the last statistics of each interface', async () => {
    const count = (value: number): Buffer =>
      order === 'little'
        ? Buffer.concat([u32(value, order), u32(0, order)])
        : Buffer.concat([u32(0, order), u32(value, order)]);
    const statistics = (id: number, drops: number): Buffer =>
      block(
        5,
        Buffer.concat([u32(id, order), Buffer.alloc(8), option(5, count(drops), order), option(7, count(1), order)]),
        order,
      );
    const described = [section(order), interfaceBlock(1, order), interfaceBlock(1, order)];
    const bytes = Buffer.concat([
      ...described,
      statistics(0, 5),
      statistics(0, 10),
      statistics(1, 2),
      ...described,
      statistics(0, 100),
    ]);
    expect((await readBytes(bytes)).dropped).toBe(11 + 3 + 101);
    expect((await readBytes(capture(packets, order))).dropped).toBeUndefined();
  });

  it('cut anywhere gives all whole packets and says that it is cut', async () => {
    const few = somePackets(8);
    const bytes = capture(few, order);
    const ends = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((k) => capture(few.slice(0, k), order).length);
    for (let length = 28; length < bytes.length; length++) {
      const { packets: read, warnings, error } = await readBytes(bytes.subarray(0, length));
      expect(error).toBeUndefined();
      const whole = Math.max(0, ends.filter((end) => end <= length).length - 1);
      expect(asLines(read)).toEqual(asLines(few.slice(0, whole)));
      expect(warnings.length).toBe(length === 28 || ends.includes(length) ? 0 : 1);
    }
  });

  it.each<[string, (good: Buffer) => Buffer, RegExp]>([
    [
      'a block length of 0',
      (good) => Buffer.concat([good, u32(6, order), u32(0, order), u32(0, order)]),
      /byte 752: a block of type 6 says it has 0 bytes/,
    ],
    [
      'a packet block of 4 GB',
      (good) => Buffer.concat([good, u32(6, order), u32(0xfffffff0, order), Buffer.alloc(50)]),
      /says it has 4294967280 bytes/,
    ],
    [
      'a captured length beyond its block',
      (good) => {
        const bad = enhanced(0, 1n, Buffer.alloc(8), 8, order);
        u32(9, order).copy(bad, 20);
        return Buffer.concat([good, bad]);
      },
      /a packet says it has 9 bytes, its block has room for 8/,
    ],
    [
      'two lengths that differ',
      (good) => {
        const bad = enhanced(0, 1n, Buffer.alloc(8), 8, order);
        bad[bad.length - 2] = 1;
        return Buffer.concat([good, bad]);
      },
      /the two lengths of a block of type 6 differ/,
    ],
    [
      'an option longer than its block',
      (good) => Buffer.concat([good, interfaceBlock(1, order, 0, [u16(2, order), u16(999, order)])]),
      /an option that is longer/,
    ],
    [
      'no byte order',
      () => Buffer.concat([section(order).subarray(0, 8), Buffer.alloc(20)]),
      /a section without a byte order/,
    ],
    [
      'an unknown version',
      () => {
        const bad = section(order);
        u16(9, order).copy(bad, 12);
        return bad;
      },
      /pcapng section of unknown version 9\.0/,
    ],
  ])('with %s is bad data, with file and place, after the packets before', async (_, damage, message) => {
    const few = somePackets(8);
    const bytes = damage(capture(few, order));
    const { packets: read, error } = await readBytes(bytes);
    expect(error).toMatchObject({ code: 'BAD_DATA' });
    expect(error?.message).toMatch(message);
    expect(error?.message).toMatch(/^x\.pcap: /);
    expect([0, few.length]).toContain(read.length);
  });
});
