/** A DNS name from its text (labels joined by dots, other bytes `\DDD`, a dot or backslash within a label escaped). */

import { Key } from '../../base/hash.js';

const NAME_KEY = 3;
const DOT = 0x2e;
const BACKSLASH = 0x5c;

export class DnsName {
  /** B on the wire, without the root label */
  length = 0;
  /** B of the labels before the last two */
  below = 0;
  /** bits per byte of its most mixed label */
  labelEntropy = 0;
  /** of the whole name, of its last two labels and of its parent, without regard to case */
  readonly whole = new Key();
  readonly domain = new Key();
  readonly parent = new Key();
  private readonly counts = new Int32Array(256);
  private readonly label = new Key();
  /** hashes of the last three labels, the last first */
  private readonly last = new Int32Array(6);

  /**
   * Reads `text[0..length)`. The parent is the last three labels; the last two of a name of three labels, and of one of
   * five or more, because tunnels spread their data over several.
   */
  read(text: Uint8Array, length: number): void {
    const { whole, label, last, parent } = this;
    this.length = this.below = 0;
    this.labelEntropy = 0;
    let beforeLast = 0;
    let previous = 0;
    whole.start(NAME_KEY);
    let labels = 0;
    for (let from = 0; from < length; labels++) {
      label.start(NAME_KEY);
      from = this.readLabel(text, from, length);
      last.copyWithin(2, 0, 4);
      last[0] = label.low;
      last[1] = label.high;
      this.below = beforeLast;
      beforeLast = previous;
      previous = this.length;
    }
    this.domain.start(NAME_KEY);
    for (let i = 0; i < Math.min(labels, 2); i++) this.domain.addPair(last[2 * i], last[2 * i + 1]);
    const depth = labels === 4 ? 3 : Math.min(labels, 2);
    parent.start(NAME_KEY);
    for (let i = 0; i < depth; i++) parent.addPair(last[2 * i], last[2 * i + 1]);
  }

  /** Reads one label and the dot after it; returns where the next begins. */
  private readLabel(text: Uint8Array, from: number, end: number): number {
    const { counts, whole, label } = this;
    let at = from;
    let size = 0;
    while (at < end && text[at] !== DOT) {
      let byte = text[at++];
      if (byte === BACKSLASH && at < end) {
        if (at + 3 <= end && isDigit(text[at])) {
          byte = ((text[at] - 48) * 100 + (text[at + 1] - 48) * 10 + (text[at + 2] - 48)) & 255;
          at += 3;
        } else byte = text[at++];
      }
      counts[byte]++;
      size++;
      const folded = byte >= 65 && byte <= 90 ? byte + 32 : byte;
      label.add(folded);
      whole.add(folded);
    }
    whole.add(-1);
    if (size > 0) this.length += size + 1;
    const entropy = this.entropyAndReset(size);
    if (entropy > this.labelEntropy) this.labelEntropy = entropy;
    return at + 1;
  }

  private entropyAndReset(size: number): number {
    if (size === 0) return 0;
    let sum = 0;
    for (let byte = 0; byte < 256; byte++) {
      const count = this.counts[byte];
      if (count === 0) continue;
      sum += count * Math.log2(count);
      this.counts[byte] = 0;
    }
    return Math.log2(size) - sum / size;
  }
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}
