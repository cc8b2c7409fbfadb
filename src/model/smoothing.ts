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
 * Flat and bounded: what is used least gives way, as SlotTable says.
 */
export class SmoothedScores {
  /** of each pair, by slot */
  readonly means: Float64Array;
  /** the slot last claimed was given to a new pair: what is kept beside the means must be reset */
  fresh = false;
  readonly #pairs: SlotTable;
  readonly #initiators = new SlotTable(INITIATORS);
  readonly #initiatorMeans = new Float64Array(INITIATORS);
  #slot = 0;
  #initiator = 0;

  /** @param capacity pairs, a power of two from 8 */
  constructor(
    public smoothing: number,
    readonly capacity = PAIRS,
  ) {
    this.#pairs = new SlotTable(capacity);
    this.means = new Float64Array(capacity);
  }

  /** The slot of a record's pair; `add` may follow. Hashes in two halves of 32 bits: the initiator's, and the pair's (`Key.startPair`). */
  claim(initiatorLow: number, initiatorHigh: number, pairLow: number, pairHigh: number, timestampUs: number): number {
    const tick = tickOf(timestampUs / 1e6);
    const slot = this.#pairs.claim(pairLow, pairHigh, tick);
    const initiator = this.#initiators.claim(initiatorLow, initiatorHigh, tick);
    if (this.#initiators.fresh) this.#initiatorMeans[initiator] = 0;
    this.fresh = this.#pairs.fresh;
    if (this.fresh) this.means[slot] = this.#initiatorMeans[initiator];
    this.#slot = slot;
    this.#initiator = initiator;
    return slot;
  }

  /** The slot of a pair (`Key.startPair`), or -1 where it is not remembered. */
  find(pairLow: number, pairHigh: number): number {
    return this.#pairs.find(pairLow, pairHigh);
  }

  /** Takes a score in, for the record whose slot was claimed last. Returns the pair's mean. */
  add(score: number): number {
    const { means, smoothing } = this;
    const initiators = this.#initiatorMeans;
    means[this.#slot] += (score - means[this.#slot]) / smoothing;
    initiators[this.#initiator] += (score - initiators[this.#initiator]) / smoothing;
    return means[this.#slot];
  }
}
