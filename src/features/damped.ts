/**
 * Damped statistics of sizes and inter-arrival times (Mirsky et al., Kitsune, NDSS 2018): with a decay of λ per second,
 * δ = 2^(-λΔt); w ← δw + 1; S ← δS + v; Q ← δQ + v²; mean S/w; deviation sqrt(max(0, Q/w − mean²)).
 * λ is 1, 0.1 and 0.01: about the last second, ten seconds, minute and a half.
 *
 * After a minute's silence they begin anew, as whatever is counted here over the last minute: a silence is not behaviour, and
 * in a mean it would last long after it ended.
 */
import { BUCKET_SECONDS, BUCKETS } from './window.js';

const MEMORY_S = BUCKETS * BUCKET_SECONDS;

const LN2 = Math.LN2;
/** numbers a slot, a span of it, and where in a span those of gaps begin */
const WIDTH = 18;
const SPAN = 6;
const GAPS = 3;

export class DampedStats {
  /** per slot, three times: w, S, Q of sizes [B], then w, S, Q of gaps [ms] */
  private readonly values: Float64Array;
  private readonly last: Float64Array;

  constructor(slots: number) {
    this.values = new Float64Array(slots * WIDTH);
    this.last = new Float64Array(slots);
  }

  /** The next `add` is the first of the slot. */
  reset(slot: number): void {
    this.last[slot] = -1;
  }

  /** @param clock its time [s] is never less than at the call before */
  add(slot: number, clock: { readonly seconds: number }, bytes: number): void {
    const { seconds } = clock;
    const { values } = this;
    let at = slot * WIDTH;
    const before = this.last[slot];
    this.last[slot] = seconds;
    if (before < 0 || seconds - before > MEMORY_S) {
      for (let i = 0; i < 3; i++, at += 6) {
        values[at] = 1;
        values[at + 1] = bytes;
        values[at + 2] = bytes * bytes;
        values[at + 3] = values[at + 4] = values[at + 5] = 0;
      }
      return;
    }
    const gap = seconds - before;
    const ms = gap * 1000;
    // 0.01 first: the others are its tenth and hundredth powers, one exponential for all three
    const slow = Math.exp(-0.01 * LN2 * gap);
    const middle = tenth(slow);
    const fast = tenth(middle);
    for (let i = 0; i < 3; i++, at += 6) {
      const decay = i === 0 ? fast : i === 1 ? middle : slow;
      values[at] = values[at] * decay + 1;
      values[at + 1] = values[at + 1] * decay + bytes;
      values[at + 2] = values[at + 2] * decay + bytes * bytes;
      values[at + 3] = values[at + 3] * decay + 1;
      values[at + 4] = values[at + 4] * decay + ms;
      values[at + 5] = values[at + 5] * decay + ms * ms;
    }
  }

  /** Sizes counted, the older the less. `span`: 0 to 2, from the shortest memory on. */
  weight(slot: number, span: number): number {
    return this.values[at(slot, span)];
  }

  /** mean size [B] */
  size(slot: number, span: number): number {
    return mean(this.values, at(slot, span));
  }

  /** deviation of sizes [B] */
  sizeDeviation(slot: number, span: number): number {
    return deviation(this.values, at(slot, span));
  }

  /** mean gap [ms]; 0 before the second record */
  gap(slot: number, span: number): number {
    return mean(this.values, at(slot, span) + GAPS);
  }

  /** deviation of gaps [ms] */
  gapDeviation(slot: number, span: number): number {
    return deviation(this.values, at(slot, span) + GAPS);
  }
}

function at(slot: number, span: number): number {
  return slot * WIDTH + span * SPAN;
}

function mean(values: Float64Array, from: number): number {
  const w = values[from];
  return w > 0 ? values[from + 1] / w : 0;
}

function deviation(values: Float64Array, from: number): number {
  const middle = mean(values, from);
  return Math.sqrt(Math.max(0, values[from + 2] / values[from] - middle * middle));
}

function tenth(x: number): number {
  const square = x * x;
  const fifth = square * square * x;
  return fifth * fifth;
}
