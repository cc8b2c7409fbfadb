/**
 * 64-bit keys from words, in two 32-bit lanes, without allocation. Each step is the finaliser of MurmurHash3
 * (Appleby, public domain) with other constants a lane; it is no cryptographic hash and needs to be none:
 * the tables that use it have a fixed number of steps for any key.
 */
const PAIR = 0x50;

/** 53 bits of a hash as one number, which a double holds exactly: a key for maps and sets. */
export function exactKey(low: number, high: number): number {
  return (low >>> 0) * 2 ** 21 + (high >>> 11);
}

export class Key {
  low = 0;
  high = 0;

  /** Begins a key of its own kind: equal words under different kinds are different keys. */
  start(kind: number): this {
    this.low = Math.imul(kind + 1, 0x2545f491);
    this.high = Math.imul(kind + 1, 0x6c078965);
    return this;
  }

  /** Begins the key of a pair of hosts, which differs from that of the two the other way round. */
  startPair(low: number, high: number, otherLow: number, otherHigh: number): this {
    return this.start(PAIR).addPair(low, high).addPair(otherLow, otherHigh);
  }

  /** Takes in 32 bits. */
  add(word: number): this {
    return this.addPair(word, word);
  }

  /** Takes in 64 bits, for example another hash: one half a lane. */
  addPair(low: number, high: number): this {
    let a = Math.imul(this.low ^ low, 0x9e3779b1);
    a = Math.imul(a ^ (a >>> 15), 0x85ebca6b);
    this.low = a ^ (a >>> 13);
    let b = Math.imul(this.high ^ high, 0xc2b2ae35);
    b = Math.imul(b ^ (b >>> 16), 0x27d4eb2f);
    this.high = b ^ (b >>> 15);
    return this;
  }

  /** Takes in a whole number below 2^53, for example a MAC address. */
  addWide(value: number): this {
    return this.add(value | 0).add((value / 4294967296) | 0);
  }

  /** Takes in `length` bytes; the length is part of the key. */
  addBytes(bytes: Uint8Array, from: number, length: number): this {
    let at = from;
    const end = from + length;
    for (; at + 4 <= end; at += 4) {
      this.add((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]);
    }
    let rest = length;
    for (; at < end; at++) rest = (rest << 8) | bytes[at];
    return this.add(rest);
  }
}
