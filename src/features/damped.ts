/**
 * Damped statistics of sizes and inter-arrival times (Mirsky et al., Kitsune, NDSS 2018): with a decay of λ per second,
 * δ = 2^(-λΔt); w ← δw + 1; S ← δS + v; Q ← δQ + v²; mean S/w; deviation sqrt(max(0, Q/w − mean²)).
 * λ is 1, 0.1 and 0.01: about the last second, ten seconds, minute and a half.
 */

import { lg } from './numeric.js';

const LN2 = Math.LN2;
const WIDTH = 18;

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
    if (before < 0) {
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

  /** Writes lg w, lg mean, lg deviation of sizes for each λ, then lg mean and deviation/mean (at most 10) of gaps: 15 values. */
  write(slot: number, out: Float32Array, at: number): number {
    const { values } = this;
    let to = at;
    let from = slot * WIDTH;
    for (let i = 0; i < 3; i++, from += 6) {
      const w = values[from];
      const mean = values[from + 1] / w;
      out[to++] = lg(w);
      out[to++] = lg(mean);
      out[to++] = lg(Math.sqrt(Math.max(0, values[from + 2] / w - mean * mean)));
    }
    from = slot * WIDTH;
    for (let i = 0; i < 3; i++, from += 6) {
      const w = values[from + 3];
      const mean = w > 0 ? values[from + 4] / w : 0;
      out[to++] = lg(mean);
      out[to++] = mean > 0 ? Math.min(10, Math.sqrt(Math.max(0, values[from + 5] / w - mean * mean)) / mean) : 0;
    }
    return to;
  }
}

function tenth(x: number): number {
  const square = x * x;
  const fifth = square * square * x;
  return fifth * fifth;
}
