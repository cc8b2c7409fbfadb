import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32 } from '../../src/base/crc32.js';

/** Node 20.15, 22.2 and later have it; types of Node 20 do not. */
const theirs = (zlib as { crc32?: (bytes: Uint8Array, before?: number) => number }).crc32;

describe('CRC-32', () => {
  it('is that of the catalogues: the check value of CRC-32/ISO-HDLC', () => {
    expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array())).toBe(0);
    expect(crc32(new Uint8Array(4))).toBe(0x2144df1c);
  });

  it('of two parts is that of both', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (one, other) => {
        expect(crc32(other, crc32(one))).toBe(crc32(Buffer.concat([one, other])));
      }),
    );
  });

  it.skipIf(!theirs)("is zlib's", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(0xffffffff), (bytes, before) => {
        expect(crc32(bytes)).toBe(theirs?.(bytes));
        expect(crc32(bytes, before)).toBe(theirs?.(bytes, before));
      }),
    );
  });
});
