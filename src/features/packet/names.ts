/** A DNS name from its text (labels joined by dots, other bytes `\DDD`, a dot or backslash within a label escaped). */

import { Key } from '../hash.js';

const NAME_KEY = 3;
const DOT = 0x2e;
const BACKSLASH = 0x5c;

export class DnsName {
  /** B on the wire, without the root label */
  length = 0;
  /** bits per byte of its most mixed label */
  labelEntropy = 0;
  /** of the whole name and of its last two labels, without regard to case */
  readonly whole = new Key();
  readonly parent = new Key();
  private readonly counts = new Int32Array(256);
  private readonly labels = new Key();
  private readonly before = new Key();

  /** Reads `text[0..length)`. */
  read(text: Uint8Array, length: number): void {
    const { whole, labels, before } = this;
    this.length = 0;
    this.labelEntropy = 0;
    whole.start(NAME_KEY);
    before.start(NAME_KEY);
    labels.start(NAME_KEY);
    let from = 0;
    while (from < length) {
      // `labels` is the label before this one: the last two make the parent
      before.low = labels.low;
      before.high = labels.high;
      labels.start(NAME_KEY);
      from = this.readLabel(text, from, length);
    }
    this.parent.start(NAME_KEY).addPair(before.low, before.high).addPair(labels.low, labels.high);
  }

  /** Reads one label and the dot after it; returns where the next begins. */
  private readLabel(text: Uint8Array, from: number, end: number): number {
    const { counts, whole, labels } = this;
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
      labels.add(folded);
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
