/**
 * A keyed permutation of numbers of one width: a Feistel net whose round function is HalfSipHash-2-4 (Aumasson and Bernstein
 * 2012, with 32-bit words). Under another key the same number is another one, and which, only who has the key can tell.
 */

/** Four are a strong pseudo-random permutation (Luby and Rackoff 1988); twice as many, for halves are short. */
const ROUNDS = 8;
const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

/** HalfSipHash-2-4 of the two words of a message of eight bytes. */
function halfSip(key0: number, key1: number, first: number, second: number): number {
  let [v0, v1, v2, v3] = [key0, key1, 0x6c796765 ^ key0, 0x74656462 ^ key1];
  const round = (): void => {
    v0 = (v0 + v1) | 0;
    v1 = rotate(v1, 5) ^ v0;
    v0 = rotate(v0, 16);
    v2 = (v2 + v3) | 0;
    v3 = rotate(v3, 8) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = rotate(v3, 7) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = rotate(v1, 13) ^ v2;
    v2 = rotate(v2, 16);
  };
  // the last word holds the length of the message
  for (const word of [first, second, 8 << 24]) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
  v2 ^= 0xff;
  for (let i = 0; i < 4; i++) round();
  return v1 ^ v3;
}

export class Keyed {
  /** @param key 64 bits */
  constructor(
    private readonly key0: number,
    private readonly key1: number,
  ) {}

  /** @param halves bits of each half, 1 to 32; `back`: the inverse */
  private feistel(left: number, right: number, halves: number, back: boolean): [number, number] {
    const mask = halves === 32 ? -1 : 2 ** halves - 1;
    let [a, b] = back ? [right, left] : [left, right];
    for (let i = 0; i < ROUNDS; i++) {
      const round = back ? ROUNDS - 1 - i : i;
      [a, b] = [b, (a ^ halfSip(this.key0, this.key1, b, round * 64 + halves)) & mask];
    }
    return back ? [b, a] : [a, b];
  }

  /** Two words of 32 bits. */
  words(low: number, high: number, back: boolean): [number, number] {
    return this.feistel(low, high, 32, back);
  }

  /** A number of 48 bits, as a MAC address. */
  mac(value: number, back: boolean): number {
    const [left, right] = this.feistel(Math.floor(value / 2 ** 24), value % 2 ** 24, 24, back);
    return left * 2 ** 24 + right;
  }

  /** A number of 53 bits, as a hash that a double holds: in halves of 27, as often as it takes for 53 to be enough again. */
  exact(value: number, back: boolean): number {
    let [left, right] = [Math.floor(value / 2 ** 27), value % 2 ** 27];
    do [left, right] = this.feistel(left, right, 27, back);
    while (left >= 2 ** 26);
    return left * 2 ** 27 + right;
  }
}
