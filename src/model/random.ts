/** Seeded random numbers: the same seed gives the same values on every machine. */

/** 32-bit finaliser of MurmurHash3 (A. Appleby, public domain): every input bit reaches every output bit. */
function mix32(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** One seed out of several numbers, so that epochs and stages draw from unrelated sequences. */
export function seedOf(...parts: readonly number[]): number {
  let seed = 0x9e3779b9;
  for (const part of parts) seed = mix32(Math.imul(seed, 0x01000193) ^ mix32(part + 0x7f4a7c15));
  return seed;
}

/** sfc32 (C. Doty-Humphrey, PractRand). */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    this.#a = mix32(seed);
    this.#b = mix32(seed ^ 0x5bd1e995);
    this.#c = mix32(seed ^ 0x1b873593);
    for (let i = 0; i < 12; i++) this.bits();
  }

  /** 0 .. 2^32−1 */
  bits(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** [0, 1) */
  uniform(): number {
    return this.bits() / 2 ** 32;
  }

  /** 0 .. below−1 */
  integer(below: number): number {
    return Math.floor(this.uniform() * below);
  }

  /** Standard normal (Box and Muller 1958). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Fisher and Yates, in place. */
  shuffle(values: Int32Array | Uint32Array, length = values.length): void {
    for (let i = length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const kept = values[i];
      values[i] = values[j];
      values[j] = kept;
    }
  }
}
