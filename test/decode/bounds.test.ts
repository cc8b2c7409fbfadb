/** Whatever the bytes: decoding returns, and looks at nothing but the captured bytes of the one packet. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, rowOf } from '../support/decoding.ts';
import { readPcap } from '../support/packets.ts';

const FOLDER = resolve(import.meta.dirname, '../fixtures/packets');
const LINK_TYPES = [
  0, 1, 9, 12, 14, 50, 51, 100, 101, 104, 105, 108, 109, 113, 117, 119, 127, 163, 192, 228, 229, 239, 258, 276,
];

const packets = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.pcap'))
  .flatMap((name) => {
    const { linkType, packets } = readPcap(new Uint8Array(readFileSync(join(FOLDER, name))))!;
    return packets.map(({ data, wireLen }, i) => ({ label: `${name} packet ${i + 1}`, linkType, data, wireLen }));
  });

/** The packet amid bytes that would decode to something else if they were read. */
function surrounded(data: Uint8Array, filler: number): { data: Uint8Array; offset: number } {
  const whole = new Uint8Array(data.length + 600).fill(filler);
  whole.set(data, 300);
  return { data: whole, offset: 300 };
}

/** Every length up to 200 bytes, and the last two. */
function lengthsOf(data: Uint8Array): number[] {
  const lengths = Array.from({ length: Math.min(data.length, 200) + 1 }, (_, length) => length);
  return data.length > 200 ? [...lengths, data.length - 1, data.length] : lengths;
}

describe('the decoder', () => {
  // expect() is slow: what is wrong is collected
  test('reads every truncation of every fixture, and from its own bytes alone', () => {
    const wrong: string[] = [];
    for (const { label, linkType, data, wireLen } of packets) {
      for (const capLen of lengthsOf(data)) {
        const rows = [0x00, 0x45, 0xff].map((filler) => {
          const { data: whole, offset } = surrounded(data.subarray(0, capLen), filler);
          const record = decode(whole, { offset, capLen, wireLen, linkType });
          const inner = decode(whole, { offset, capLen, wireLen, linkType, inner: true });
          return `${rowOf(record)} ${record.stopOffset}; ${rowOf(inner)} ${inner.encap} ${inner.stopOffset}`;
        });
        if (new Set(rows).size > 1) wrong.push(`${label} cut to ${capLen}: ${rows.join(' | ')}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('calls a packet cut by the capture truncated or complete, never malformed, where the whole one decodes', () => {
    const wrong: string[] = [];
    for (const { label, linkType, data, wireLen } of packets) {
      for (const inner of [false, true]) {
        const whole = decode(data, { wireLen, linkType, inner });
        if (whole.stopReason !== 0) continue;
        for (const capLen of lengthsOf(data)) {
          const record = decode(data.subarray(0, capLen), { wireLen, linkType, inner });
          if (record.stopReason > 1) wrong.push(`${label} cut to ${capLen}: ${rowOf(record)}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  test('reads random bytes under every link type, with values in range', () => {
    const input = fc.tuple(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom(...LINK_TYPES),
      fc.nat({ max: 70_000 }),
      fc.boolean(),
    );
    fc.assert(
      fc.property(input, ([data, linkType, wireLen, inner]) => {
        const record = decode(data, { linkType, wireLen, inner });
        return (
          record.payloadLen <= wireLen &&
          record.payloadEntropy <= 8 &&
          record.payloadPrintable <= 1 &&
          record.tcpOptionCount <= 40 &&
          /^[\x20-\x7e]*$/.test(rowOf(record))
        );
      }),
      { seed: 7, numRuns: 5000 },
    );
  });

  test('survives lengths from a damaged capture file: none, negative, beyond the buffer', () => {
    const data = packets[0].data;
    for (const [capLen, wireLen] of [
      [0, 0],
      [-1, -1],
      [1e9, 1e9],
      [data.length, 0],
      [data.length, 20],
    ] as const) {
      expect(() => decode(data, { capLen, wireLen })).not.toThrow();
    }
  });
});
