/** The smoothed score: the number that the threshold is of, the same in calibration, in detection and in benchmarks. */

import { SlotTable, tickOf } from '../features/slot-table.js';

/** pairs and initiators remembered at once */
const PAIRS = 65_536;
const INITIATORS = 16_384;

/**
 * m ← m + (score − m)/smoothing for each pair (initiator, responder), in the unit of the scores, between 0 and the largest
 * of them. A new pair begins where its initiator stands, so that somebody who tries host after host with a packet each
 * does not begin anew each time; an initiator's own mean is over all that it does, from 0.
 *
 * Flat and bounded: what is used least gives way, as SlotTable says. Several numbers a record can be smoothed side by side,
 * in columns.
 */
export class SmoothedScores {
  /** by column: the mean of each pair, by slot */
  readonly means: readonly Float64Array[];
  /** the slot last claimed was given to a new pair: what is kept beside the means must be reset */
  fresh = false;
  readonly #pairs: SlotTable;
  readonly #initiators = new SlotTable(INITIATORS);
  readonly #initiatorMeans: readonly Float64Array[];
  #slot = 0;
  #initiator = 0;

  /**
   * @param columns numbers a record to be smoothed
   * @param capacity pairs, a power of two from 8
   */
  constructor(
    readonly smoothing: number,
    columns = 1,
    readonly capacity = PAIRS,
  ) {
    this.#pairs = new SlotTable(capacity);
    this.means = Array.from({ length: columns }, () => new Float64Array(capacity));
    this.#initiatorMeans = Array.from({ length: columns }, () => new Float64Array(INITIATORS));
  }

  /** The slot of a record's pair; `add` follows, once for each column. Hashes in two halves of 32 bits: the initiator's, and the pair's (`Key.startPair`). */
  claim(initiatorLow: number, initiatorHigh: number, pairLow: number, pairHigh: number, timestampUs: number): number {
    const tick = tickOf(timestampUs / 1e6);
    const slot = this.#pairs.claim(pairLow, pairHigh, tick);
    const initiator = this.#initiators.claim(initiatorLow, initiatorHigh, tick);
    if (this.#initiators.fresh) for (const means of this.#initiatorMeans) means[initiator] = 0;
    this.fresh = this.#pairs.fresh;
    if (this.fresh) {
      for (let c = 0; c < this.means.length; c++) this.means[c][slot] = this.#initiatorMeans[c][initiator];
    }
    this.#slot = slot;
    this.#initiator = initiator;
    return slot;
  }

  /** The slot of a pair (`Key.startPair`), or -1 where it is not remembered. */
  find(pairLow: number, pairHigh: number): number {
    return this.#pairs.find(pairLow, pairHigh);
  }

  /** Takes a score in, for the record whose slot was claimed last. Returns the pair's mean. */
  add(column: number, score: number): number {
    const means = this.means[column];
    const initiatorMeans = this.#initiatorMeans[column];
    means[this.#slot] += (score - means[this.#slot]) / this.smoothing;
    initiatorMeans[this.#initiator] += (score - initiatorMeans[this.#initiator]) / this.smoothing;
    return means[this.#slot];
  }
}
