/** A bounded set of 64-bit keys that training saw: hosts, services. Saved as their hashes, not as addresses. */
import { exactKey } from '../../base/hash.js';
import { decodeWords, encodeWords } from '../../features/base64.js';

/** More than this many are not remembered; a network that large has new members all the time anyway. */
const MOST = 50_000;

/** begins the text of a set that knows everybody, and how many it was of */
const EVERYBODY = '*';
const EVERYBODY_TEXT = /^\*(\d{1,5})$/;

export class Known {
  /** members that it does not name: everybody is one */
  private unnamed = 0;
  private readonly keys = new Set<number>();
  private words: number[] = [];

  get size(): number {
    return this.keys.size + this.unnamed;
  }

  has(low: number, high: number): boolean {
    return this.unnamed > 0 || this.keys.has(exactKey(low, high));
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
    return this.unnamed > 0 ? `${EVERYBODY}${this.unnamed}` : encodeWords(Int32Array.from(this.words));
  }

  /** Undefined where the text is not what `state` gave. */
  static from(text: unknown): Known | undefined {
    const everybody = typeof text === 'string' && EVERYBODY_TEXT.exec(text);
    if (everybody) {
      const known = new Known();
      known.unnamed = Math.max(1, Math.min(MOST, Number(everybody[1])));
      return known;
    }
    const words = typeof text === 'string' ? decodeWords(text) : undefined;
    if (!words || words.length % 2 !== 0) return undefined;
    const known = new Known();
    for (let i = 0; i < words.length; i += 2) known.add(words[i], words[i + 1]);
    return known;
  }

  /** The text of a set that takes everybody for a member, and is as large as the one of `text`. */
  static withoutNames(text: string): string {
    return `${EVERYBODY}${Math.max(1, Known.from(text)?.size ?? 1)}`;
  }
}
