import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tickClock } from '../../src/source/pcapng-time.js';

/** The same with integers of any size. */
function exactUs(ticks: bigint, resolution: number): bigint {
  const exponent = BigInt(resolution & 127);
  return resolution & 128 ? (ticks * 1_000_000n) >> exponent : (ticks * 1_000_000n) / 10n ** exponent;
}

describe('ticks of pcapng', () => {
  it('become exact µs, rounded down, whatever the power of ten', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.integer({ min: 0, max: 19 }), (ticks, exponent) => {
        const exact = exactUs(ticks, exponent);
        const us = tickClock(exponent, 0).toUs(Number(ticks >> 32n), Number(ticks & 0xffffffffn));
        const limit = BigInt(Number.MAX_SAFE_INTEGER);
        expect(BigInt(us)).toBe(exact > limit ? limit : exact);
      }),
      { seed: 1, numRuns: 4000 },
    );
  });

  it('become exact µs for powers of two up to 2⁻³², and are right to the µs beyond', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.integer({ min: 0, max: 63 }), (ticks, exponent) => {
        const exact = exactUs(ticks, 128 | exponent);
        const us = tickClock(128 | exponent, 0).toUs(Number(ticks >> 32n), Number(ticks & 0xffffffffn));
        const limit = BigInt(Number.MAX_SAFE_INTEGER);
        expect(Number.isSafeInteger(us)).toBe(true);
        const difference = BigInt(us) - (exact > limit ? limit : exact);
        if (exponent <= 32) expect(difference).toBe(0n);
        else expect(difference >= -1n && difference <= 1n).toBe(true);
      }),
      { seed: 2, numRuns: 4000 },
    );
  });

  it('have an offset in seconds, and a nonsensical one stays an exact integer', () => {
    expect(tickClock(6, -10).toUs(0, 5)).toBe(5 - 10e6);
    expect(tickClock(6, -(2 ** 62)).toUs(0, 5)).toBe(-Number.MAX_SAFE_INTEGER);
  });
});
