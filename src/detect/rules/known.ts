/** A bounded set of 64-bit keys that training saw: hosts, services. Saved as their hashes, not as addresses. */
import { exactKey } from '../../base/hash.js';
import { decodeWords, encodeWords } from '../../features/base64.js';

/** More than this many are not remembered; a network that large has new members all the time anyway. */
const MOST = 50_000;

export class Known {
  private readonly keys = new Set<number>();
  private words: number[] = [];

  get size(): number {
    return this.keys.size;
  }

  has(low: number, high: number): boolean {
    return this.keys.has(exactKey(low, high));
  }

  add(low: number, high: number): void {
    if (this.keys.size >= MOST) return;
    const key = exactKey(low, high);
    if (this.keys.has(key)) return;
    this.keys.add(key);
    this.words.push(low | 0, high | 0);
  }

  /** Hash halves as base64 of 32-bit words. */
  state(): string {
    return encodeWords(Int32Array.from(this.words));
  }

  /** Undefined where the text is not what `state` gave. */
  static from(text: unknown): Known | undefined {
    const words = typeof text === 'string' ? decodeWords(text) : undefined;
    if (!words || words.length % 2 !== 0) return undefined;
    const known = new Known();
    for (let i = 0; i < words.length; i += 2) known.add(words[i], words[i + 1]);
    return known;
  }
}
