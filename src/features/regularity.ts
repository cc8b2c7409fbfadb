/** How evenly in time something recurs, for a table of slots: 1 like a clock, 0 as by chance or while little is known. */

/** Layout of a slot: time of the last event [s], gaps counted (at most MEMORY), their mean [s] and variance [s²]. */
const STATE = 4;
const [LAST, GAPS, MEAN, VARIANCE] = [0, 1, 2, 3];

/** the moments are plain means over so many gaps, then a new gap takes 1/MEMORY */
const MEMORY = 16;
const FEWEST = 3;
/** with fewer gaps the value is scaled down in proportion */
const SURE = 8;

export class Regularity {
  private readonly states: Float64Array;

  constructor(slots: number) {
    this.states = new Float64Array(slots * STATE);
  }

  /** The slot begins anew: nothing has happened. */
  reset(slot: number): void {
    const at = slot * STATE;
    this.states[at + LAST] = Number.NaN;
    this.states[at + GAPS] = this.states[at + MEAN] = this.states[at + VARIANCE] = 0;
  }

  /** An event. `seconds` never goes back. */
  happens(slot: number, seconds: number): void {
    const { states } = this;
    const at = slot * STATE;
    const gap = seconds - states[at + LAST];
    states[at + LAST] = seconds;
    if (Number.isNaN(gap)) return;
    const gaps = Math.min(MEMORY, states[at + GAPS] + 1);
    const off = gap - states[at + MEAN];
    states[at + GAPS] = gaps;
    states[at + MEAN] += off / gaps;
    // Welford's step, with a floor under the share of the newest
    states[at + VARIANCE] += (off * (gap - states[at + MEAN]) - states[at + VARIANCE]) / gaps;
  }

  /** max(0, 1 − σ/μ)·min(1, n/8) of the n gaps so far; 0 below three. */
  value(slot: number): number {
    const { states } = this;
    const at = slot * STATE;
    const gaps = states[at + GAPS];
    const mean = states[at + MEAN];
    if (gaps < FEWEST || mean <= 0) return 0;
    return Math.max(0, 1 - Math.sqrt(states[at + VARIANCE]) / mean) * Math.min(1, gaps / SURE);
  }
}
