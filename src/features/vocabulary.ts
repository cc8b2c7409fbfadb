/**
 * How often each value was seen in training, and from that the rarity of a value in bits:
 * −log2((c + 1) / (N + V + 1)), at most 20; c its count, N all counts, V distinct values.
 *
 * Counts are kept by time block until they are saved: the rarity of a training row leaves its own block's counts out,
 * so that training rows show how often a value never seen before really happens. Learning is bounded: when the table is
 * full, the rarest quarter at least is forgotten.
 */
import { TIME_BLOCKS } from '../base/time-blocks.js';
import { decodeWords, encodeWords } from './base64.js';

const MAX_BITS = 20;
const LANES = TIME_BLOCKS + 1;
const TOTAL = TIME_BLOCKS;

/** Layout of the index: two words of key, entry + 1 or 0 for empty, and its bits: a look-up touches one place in memory. */
const PLACE = 4;
const HIGH = 1;
const ENTRY = 2;
const BITS = 3;

export class Vocabulary {
  private entries = 0;
  private low: Int32Array;
  private high: Int32Array;
  /** per entry: counts by block, then their sum */
  private counts: Int32Array;
  /** by hash, open addressing, at most half full */
  private index: Int32Array;
  /** the same memory */
  private indexBits: Float32Array;
  /** places of the index less 1 */
  private mask: number;
  /** by block left out, then none: N and V */
  private readonly seen = new Float64Array(LANES);
  private readonly distinct = new Float64Array(LANES);
  /** bits of an unknown value, nothing left out */
  private unknownBits = 0;

  /** @param limit most values kept */
  constructor(private readonly limit: number) {
    const first = Math.min(limit, 1024);
    this.low = new Int32Array(first);
    this.high = new Int32Array(first);
    this.counts = new Int32Array(first * LANES);
    this.mask = 2 * first - 1;
    this.index = new Int32Array(2 * first * PLACE);
    this.indexBits = new Float32Array(this.index.buffer);
  }

  get size(): number {
    return this.entries;
  }

  /** Counts one sight of a value in a time block (0..4). */
  learn(low: number, high: number, block: number): void {
    let entry = this.entryOf(low, high);
    if (entry < 0) {
      if (this.entries === this.low.length) this.makeRoom();
      entry = this.entries++;
      this.low[entry] = low;
      this.high[entry] = high;
      this.insert(entry);
    }
    this.counts[entry * LANES + block]++;
    this.counts[entry * LANES + TOTAL]++;
    this.seen[block]++;
    this.seen[TOTAL]++;
  }

  /** Prepares `writeBits`; no `learn` after it. */
  freeze(): void {
    const total = this.seen[TOTAL];
    for (let block = 0; block < TIME_BLOCKS; block++) {
      this.seen[block] = total - this.seen[block];
      let kept = 0;
      for (let e = 0; e < this.entries; e++) {
        if (this.counts[e * LANES + TOTAL] > this.counts[e * LANES + block]) kept++;
      }
      this.distinct[block] = kept;
    }
    this.distinct[TOTAL] = this.entries;
    for (let at = 0; at < this.index.length; at += PLACE) {
      const entry = this.index[at + ENTRY] - 1;
      if (entry >= 0) this.indexBits[at + BITS] = this.bitsOfCount(this.counts[entry * LANES + TOTAL], TOTAL);
    }
    this.unknownBits = this.bitsOfCount(0, TOTAL);
  }

  /** Sights of a value in training; without those of `block` where that is not -1. */
  count(low: number, high: number, block: number): number {
    const entry = this.entryOf(low, high);
    if (entry < 0) return 0;
    return this.counts[entry * LANES + TOTAL] - (block < 0 ? 0 : this.counts[entry * LANES + block]);
  }

  /** Writes the rarity in bits to `out[at]` (a number returned would be an allocation); `block` as in `count`. */
  writeBits(low: number, high: number, block: number, out: Float32Array, at: number): void {
    const place = this.find(low, high);
    if (block < 0) {
      out[at] = place < 0 ? this.unknownBits : this.indexBits[place + BITS];
      return;
    }
    const entry = place < 0 ? -1 : this.index[place + ENTRY] - 1;
    const count = entry < 0 ? 0 : this.counts[entry * LANES + TOTAL] - this.counts[entry * LANES + block];
    out[at] = this.bitsOfCount(count, block);
  }

  private bitsOfCount(count: number, lane: number): number {
    return Math.min(MAX_BITS, -Math.log2((count + 1) / (this.seen[lane] + this.distinct[lane] + 1)));
  }

  private entryOf(low: number, high: number): number {
    const place = this.find(low, high);
    return place < 0 ? -1 : this.index[place + ENTRY] - 1;
  }

  /** Where in the index a value is, or -1. */
  private find(low: number, high: number): number {
    const { index, mask } = this;
    for (let at = (low ^ (high >>> 7)) & mask; ; at = (at + 1) & mask) {
      const place = at * PLACE;
      if (index[place + ENTRY] === 0) return -1;
      if (index[place] === low && index[place + HIGH] === high) return place;
    }
  }

  private insert(entry: number): void {
    const { index, mask } = this;
    let at = (this.low[entry] ^ (this.high[entry] >>> 7)) & mask;
    while (index[at * PLACE + ENTRY] !== 0) at = (at + 1) & mask;
    index[at * PLACE] = this.low[entry];
    index[at * PLACE + HIGH] = this.high[entry];
    index[at * PLACE + ENTRY] = entry + 1;
  }

  private makeRoom(): void {
    if (this.entries < this.limit) {
      const size = Math.min(this.limit, 2 * this.entries);
      this.low = grown(this.low, size);
      this.high = grown(this.high, size);
      this.counts = grown(this.counts, size * LANES);
      this.mask = 2 * size - 1;
      this.index = new Int32Array(2 * size * PLACE);
      this.indexBits = new Float32Array(this.index.buffer);
    } else {
      this.forgetRarest();
      this.index.fill(0);
    }
    for (let e = 0; e < this.entries; e++) this.insert(e);
  }

  /** Lossy counting: drops every value seen at most k times, with the smallest k that frees a quarter. */
  private forgetRarest(): void {
    const totals = Int32Array.from({ length: this.entries }, (_, e) => this.counts[e * LANES + TOTAL]).sort();
    const most = totals[Math.floor(this.entries / 4)];
    let kept = 0;
    for (let e = 0; e < this.entries; e++) {
      if (this.counts[e * LANES + TOTAL] <= most) continue;
      this.low[kept] = this.low[e];
      this.high[kept] = this.high[e];
      this.counts.copyWithin(kept * LANES, e * LANES, (e + 1) * LANES);
      kept++;
    }
    this.counts.fill(0, kept * LANES, this.entries * LANES);
    this.entries = kept;
  }

  /** Keys and counts as text; the time blocks are not kept. */
  save(): { seen: number; entries: string } {
    const words = new Int32Array(this.entries * 3);
    for (let e = 0; e < this.entries; e++) {
      words[3 * e] = this.low[e];
      words[3 * e + 1] = this.high[e];
      words[3 * e + 2] = this.counts[e * LANES + TOTAL];
    }
    return { seen: this.seen[TOTAL], entries: encodeWords(words) };
  }

  /** The frozen vocabulary of what `save` gave, or undefined where it is none. */
  static restore(limit: number, saved: unknown): Vocabulary | undefined {
    const { seen, entries } = (saved ?? {}) as { seen?: unknown; entries?: unknown };
    const words = typeof entries === 'string' ? decodeWords(entries) : undefined;
    if (typeof seen !== 'number' || !(seen >= 0) || !words || words.length % 3 !== 0 || words.length > 3 * limit) {
      return undefined;
    }
    const vocabulary = new Vocabulary(limit);
    let sights = 0;
    for (let at = 0; at < words.length; at += 3) {
      if (words[at + 2] < 1 || vocabulary.entryOf(words[at], words[at + 1]) >= 0) return undefined;
      vocabulary.learn(words[at], words[at + 1], 0);
      vocabulary.counts[(vocabulary.entries - 1) * LANES + TOTAL] = words[at + 2];
      sights += words[at + 2];
    }
    // of what was forgotten the sights remain
    if (!Number.isSafeInteger(seen) || sights > seen) return undefined;
    vocabulary.seen.fill(0);
    vocabulary.seen[TOTAL] = seen;
    vocabulary.freeze();
    return vocabulary;
  }
}

function grown(array: Int32Array, size: number): Int32Array {
  const bigger = new Int32Array(size);
  bigger.set(array);
  return bigger;
}
