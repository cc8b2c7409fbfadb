import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Keyed } from '../../src/base/keyed.js';

const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

describe('keyed numbers', () => {
  it('come back under their key, and stay as wide as they were', () => {
    fc.assert(
      fc.property(word, word, word, word, fc.maxSafeNat(), (key0, key1, low, high, number) => {
        const keyed = new Keyed(key0, key1);
        const [sealedLow, sealedHigh] = keyed.words(low, high, false);
        expect(keyed.words(sealedLow, sealedHigh, true)).toEqual([low, high]);
        const exact = keyed.exact(number, false);
        expect(Number.isSafeInteger(exact) && exact >= 0).toBe(true);
        expect(keyed.exact(exact, true)).toBe(number);
        const mac = number % 2 ** 48;
        const sealed = keyed.mac(mac, false);
        expect(sealed >= 0 && sealed < 2 ** 48).toBe(true);
        expect(keyed.mac(sealed, true)).toBe(mac);
      }),
    );
  });

  it('are others under another key, and next ones are not next to each other', () => {
    const [one, other] = [new Keyed(1, 2), new Keyed(1, 3)];
    const [first, second] = [one.exact(10, false), one.exact(11, false)];
    expect(other.exact(10, false)).not.toBe(first);
    expect(Math.abs(first - second)).toBeGreaterThan(2 ** 32);
    expect(one.words(7, 0, false)).not.toEqual(other.words(7, 0, false));
  });
});
