import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIpv6 } from '../../src/base/address.js';
import { putIpv6, takeIpv4, takeIpv6 } from '../../src/table/address.js';

const buffer = new Uint8Array(64);

function write(bytes: Uint8Array): string {
  const end = putIpv6(new DataView(buffer.buffer), 0, bytes);
  return Buffer.from(buffer.subarray(0, end - 1)).toString();
}

/** The whole text as an address, or undefined. */
function read6(text: string): Uint8Array | undefined {
  const into = new Uint8Array(16);
  const bytes = Buffer.from(text, 'latin1');
  return takeIpv6(bytes, 0, bytes.length, into) === bytes.length ? into : undefined;
}

const sparse = fc
  .array(fc.constantFrom(0, 0, 0, 0, 1, 0xff, 0xab), { minLength: 16, maxLength: 16 })
  .map((a) => Uint8Array.from(a));

describe('IPv6 text', () => {
  it.each([
    ['::', '00000000000000000000000000000000'],
    ['::1', '00000000000000000000000000000001'],
    ['2001:db8::1:0:0:1', '20010db8000000000001000000000001'],
    ['2001:0:0:1::1', '20010000000000010000000000000001'],
    ['2001:db8:0:1:1:1:1:1', '20010db8000000010001000100010001'],
    ['fe80::', 'fe800000000000000000000000000000'],
    ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
  ])('is written and read as RFC 5952 says: %s', (text, hex) => {
    const bytes = Uint8Array.from(Buffer.from(hex, 'hex'));
    expect(write(bytes)).toBe(text);
    expect(read6(text)).toEqual(bytes);
  });

  it('is what the base form of the program writes, and is read back', () => {
    fc.assert(
      fc.property(fc.oneof(sparse, fc.uint8Array({ minLength: 16, maxLength: 16 })), (bytes) => {
        const text = write(bytes);
        expect(text).toBe(formatIpv6(bytes));
        expect(read6(text)).toEqual(bytes);
        expect(read6(text.toUpperCase())).toEqual(bytes);
      }),
      { seed: 6, numRuns: 3000 },
    );
  });

  it('is taken exactly where node takes it', () => {
    const piece = fc.constantFrom(':', '::', '0', '1', 'ffff', 'abcd', '12345', '1.2.3.4', '256.1.1.1', '.', 'g', '');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        expect([text, read6(text) !== undefined]).toEqual([text, isIPv6(text)]);
      }),
      { seed: 7, numRuns: 4000 },
    );
  });
});

describe('IPv4 text', () => {
  it.each(['1.2.3', '1.2.3.', '256.1.1.1', '1..2.3', '', '.1.2.3'])('is refused: %j', (text) => {
    const bytes = Buffer.from(text);
    expect(takeIpv4(bytes, 0, bytes.length, new Uint8Array(4))).toBe(-1);
  });
});
