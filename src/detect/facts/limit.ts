/**
 * How many records of a fact in 60 s are too many to be chance. Training counted n of them over so many units (addresses on the
 * link) and seconds; what a unit does in the next window then follows a negative binomial distribution: Poisson with a rate that
 * is Gamma distributed, of shape n + 1/2 (Jeffreys' prior) and of exposure seconds x units.
 */
import { SETTINGS } from '../settings.js';

const { EVIDENCE, EVIDENCE_S } = SETTINGS;
/** terms this much below the largest, as logarithms, no longer change a sum of doubles */
const NEGLIGIBLE = 40;

/**
 * The fewest records, never less than three, that all units together reach by chance less often than the budget allows.
 * @param rate false alarms of this fact that chance may bring about [1/s]
 */
export function limitOf(records: number, seconds: number, units: number, rate: number): number {
  const shape = records + 0.5;
  // a training shorter than a window has seen one window of it
  const exposure = Math.max(seconds, EVIDENCE_S) * units;
  const p = Math.log(EVIDENCE_S / (EVIDENCE_S + exposure));
  const allowed = (rate * EVIDENCE_S) / units;
  // the probabilities of 0, 1, 2, … records rise to the mode and fall; upwards until they are negligible, then back
  let term = shape * Math.log(exposure / (EVIDENCE_S + exposure));
  let highest = term;
  let k = 0;
  while (term > highest - NEGLIGIBLE || k < EVIDENCE) {
    term += Math.log((k + shape) / (k + 1)) + p;
    highest = Math.max(highest, term);
    k++;
  }
  let tail = 0;
  for (; k > EVIDENCE; k--) {
    tail += Math.exp(term);
    if (tail >= allowed) return k + 1;
    term -= Math.log((k - 1 + shape) / k) + p;
  }
  return tail + Math.exp(term) >= allowed ? EVIDENCE + 1 : EVIDENCE;
}
