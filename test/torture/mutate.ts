/** Damage done to bytes: what breaks parsers, chosen at random. */

import type { Random } from './random.ts';

/** Values at which lengths and counters break. */
const EDGES = [0, 1, 2, 3, 4, 5, 6, 0x0f, 0x10, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xfe, 0xff];

/** A buffer with room to grow; mutations change `bytes[0..length)`. */
export class Mutable {
  readonly bytes: Uint8Array;
  length = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  load(data: Uint8Array): void {
    this.length = Math.min(data.length, this.bytes.length);
    for (let i = 0; i < this.length; i++) this.bytes[i] = data[i];
  }

  /** Up to eight mutations; `other` lends bytes for splices. */
  mutate(random: Random, other: Uint8Array): void {
    for (let left = 1 + random.below(8); left > 0; left--) this.#once(random, other);
  }

  #once(random: Random, other: Uint8Array): void {
    const { bytes, length } = this;
    // headers are at the start: half of all damage is done in the first 80 bytes
    const at = random.below(Math.max(1, random.below(2) === 0 ? Math.min(80, length) : length));
    switch (random.below(8)) {
      case 0:
        bytes[at] = bytes[at] ^ (1 << random.below(8));
        break;
      case 1:
        bytes[at] = random.below(256);
        break;
      case 2:
        bytes[at] = random.pick(EDGES);
        break;
      case 3: // a 16-bit or 32-bit field at an edge
        for (let i = at; i < Math.min(length, at + 2 + 2 * random.below(2)); i++) bytes[i] = random.pick(EDGES);
        break;
      case 4: // cut off
        this.length = random.below(length + 1);
        break;
      case 5: // grow by noise
        for (let k = random.below(64); k > 0 && this.length < bytes.length; k--)
          bytes[this.length++] = random.below(256);
        break;
      case 6: {
        // a stretch repeated: chains and options that go on
        const size = Math.min(1 + random.below(40), length - at, bytes.length - length);
        if (size <= 0) break;
        bytes.copyWithin(at + size, at, length);
        this.length += size;
        break;
      }
      default: {
        // a stretch of another packet or file
        const from = random.below(Math.max(1, other.length));
        const size = Math.min(random.below(60), other.length - from, length - at);
        for (let i = 0; i < size; i++) bytes[at + i] = other[from + i];
      }
    }
  }
}
