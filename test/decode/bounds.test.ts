/** Whatever the bytes: decoding returns, and looks at nothing but the captured bytes of the one packet. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, rowOf } from '../support/decoding.ts';
import { readPcap } from '../support/packets.ts';

const FOLDER = resolve(import.meta.dirname, '../fixtures/packets');
const LINK_TYPES = [0, 1, 9, 12, 14, 50, 101, 108, 113, 228, 229, 276];

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

describe('bounds', () => {
  test('every truncation of every fixture decodes, and from its own bytes alone', () => {
    for (const { label, linkType, data, wireLen } of packets) {
      const lengths =
        data.length > 300 ? [...Array(200).keys(), data.length - 1, data.length] : [...Array(data.length + 1).keys()];
      for (const capLen of lengths) {
        const rows = [0x00, 0x45, 0xff].map((filler) => {
          const { data: whole, offset } = surrounded(data.subarray(0, capLen), filler);
          const record = decode(whole, { offset, capLen, wireLen, linkType });
          expect(record.stopOffset, label).toBeLessThanOrEqual(Math.max(capLen, wireLen));
          return `${rowOf(record)} ${record.stopOffset}`;
        });
        expect(new Set(rows).size, `${label} cut to ${capLen}`).toBe(1);
      }
    }
  });

  test('a packet cut by the capture is truncated or complete, never malformed, where the whole one decodes', () => {
    for (const { label, linkType, data, wireLen } of packets) {
      const whole = decode(data, { wireLen, linkType });
      if (whole.stopReason !== 0) continue;
      for (let capLen = 0; capLen < Math.min(data.length, 200); capLen++) {
        const record = decode(data.subarray(0, capLen), { wireLen, linkType });
        expect([0, 1], `${label} cut to ${capLen}: ${rowOf(record)}`).toContain(record.stopReason);
      }
    }
  });

  test('random bytes decode under every link type, with values in range', () => {
    const input = fc.tuple(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...LINK_TYPES), fc.nat({ max: 70_000 }));
    fc.assert(
      fc.property(input, ([data, linkType, wireLen]) => {
        const record = decode(data, { linkType, wireLen });
        expect(record.payloadLen).toBeLessThanOrEqual(wireLen);
        expect(record.payloadEntropy).toBeLessThanOrEqual(8);
        expect(record.payloadPrintable).toBeLessThanOrEqual(1);
        expect(record.tcpOptionCount).toBeLessThanOrEqual(40);
        expect(rowOf(record)).toMatch(/^[\x20-\x7e]*$/);
      }),
      { seed: 7, numRuns: 5000 },
    );
  });

  test('lengths from a damaged capture file are survived: none, negative, beyond the buffer', () => {
    const data = packets[0]!.data;
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
