/** Bytes of messages, one after another. */

import { Random } from '../../model/random.js';

const encoder = new TextEncoder();

/** Bytes written one after another. */
export class Bytes {
  private readonly list: number[] = [];

  u8(...values: number[]): this {
    this.list.push(...values);
    return this;
  }

  u16(...values: number[]): this {
    for (const value of values) this.list.push((value >> 8) & 255, value & 255);
    return this;
  }

  u32(...values: number[]): this {
    for (const value of values)
      this.list.push((value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
    return this;
  }

  add(bytes: ArrayLike<number>): this {
    for (let i = 0; i < bytes.length; i++) this.list.push(bytes[i]);
    return this;
  }

  text(text: string): this {
    return this.add(encoder.encode(text));
  }

  zeros(count: number): this {
    return this.add(new Uint8Array(count));
  }

  get length(): number {
    return this.list.length;
  }

  done(): Uint8Array {
    return Uint8Array.from(this.list);
  }
}

/** @param value below 0: there is none */
export function mac(value: number): number[] {
  return [40, 32, 24, 16, 8, 0].map((bits) => Math.floor(Math.max(0, value) / 2 ** bits) % 256);
}

/** Bytes that look like those of a key or a random, the same for the same seed. */
export function noise(seed: number, count: number): Uint8Array {
  const random = new Random(seed);
  return Uint8Array.from({ length: count }, () => random.integer(256));
}
