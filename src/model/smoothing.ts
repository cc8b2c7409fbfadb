/** The slow mean of scores per pair (initiator, responder), in a table of fixed size. */

import type { RecordKind } from '../features/extractor.js';

const WAYS = 8;
/**
 * m ← m + (score − m)/SMOOTHING. A packet alone is noise; a connection sums up many packets already, and what its pair
 * or initiator did before would only raise or hide it: here m is the score itself.
 */
export const SMOOTHING: Readonly<Record<RecordKind, number>> = { packet: 20, connection: 1 };
/** an episode: what one pair does within so many µs; alerts about it would be one incident */
const EPISODE_US = 300e6;

/**
 * m ← m + (score − m)/smoothing for each pair, from m = 0. Sets of 8 slots, of which the least recently used gives way: neither memory
 * nor speed depends on the number of pairs.
 */
export class SmoothedScores {
  readonly #sets: number;
  /** part of a new score that enters the mean */
  readonly #share: number;
  readonly #low: Uint32Array;
  readonly #high: Uint32Array;
  readonly #used: Float64Array;
  readonly #mean: Float64Array;
  readonly #episodeStart: Float64Array;
  readonly #episodeMax: Float64Array;
  readonly #onEpisode: ((maximum: number) => void) | undefined;
  #clock = 0;

  /**
   * @param pairs capacity, rounded up to a power of two
   * @param onEpisode told the largest mean of each pair in each stretch of at most 300 s, when it ends
   */
  constructor(smoothing: number, pairs = 65_536, onEpisode?: (maximum: number) => void) {
    this.#share = 1 / smoothing;
    const slots = 2 ** Math.ceil(Math.log2(Math.max(WAYS, pairs)));
    this.#sets = slots / WAYS;
    this.#low = new Uint32Array(slots);
    this.#high = new Uint32Array(slots);
    this.#used = new Float64Array(slots);
    this.#mean = new Float64Array(slots);
    this.#episodeStart = new Float64Array(onEpisode ? slots : 0);
    this.#episodeMax = new Float64Array(onEpisode ? slots : 0);
    this.#onEpisode = onEpisode;
  }

  /** The pair's mean after this score. `low`, `high`: the two halves of the pair's hash. */
  update(low: number, high: number, timestampUs: number, score: number): number {
    const slot = this.#find(low >>> 0, high >>> 0);
    const mean = this.#mean[slot] + (score - this.#mean[slot]) * this.#share;
    this.#mean[slot] = mean;
    if (this.#onEpisode) {
      if (timestampUs - this.#episodeStart[slot] >= EPISODE_US) {
        this.#endEpisode(slot);
        this.#episodeStart[slot] = timestampUs;
      }
      if (mean > this.#episodeMax[slot]) this.#episodeMax[slot] = mean;
    }
    return mean;
  }

  #find(low: number, high: number): number {
    const first = (((low ^ (high >>> 7)) >>> 0) % this.#sets) * WAYS;
    this.#clock++;
    let oldest = first;
    for (let slot = first; slot < first + WAYS; slot++) {
      const used = this.#used[slot];
      if (used > 0 && this.#low[slot] === low && this.#high[slot] === high) {
        this.#used[slot] = this.#clock;
        return slot;
      }
      if (used < this.#used[oldest]) oldest = slot;
    }
    if (this.#onEpisode) {
      this.#endEpisode(oldest);
      this.#episodeStart[oldest] = Number.NEGATIVE_INFINITY;
    }
    this.#low[oldest] = low;
    this.#high[oldest] = high;
    this.#used[oldest] = this.#clock;
    this.#mean[oldest] = 0;
    return oldest;
  }

  #endEpisode(slot: number): void {
    const maximum = this.#episodeMax[slot];
    if (maximum > 0) this.#onEpisode?.(maximum);
    this.#episodeMax[slot] = 0;
  }

  /** Ends every episode. */
  flush(): void {
    if (this.#onEpisode) for (let slot = 0; slot < this.#episodeMax.length; slot++) this.#endEpisode(slot);
  }
}
