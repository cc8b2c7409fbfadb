/**
 * The upper tail of one statistic in one group of windows: each training value v lends P(X >= x | v) = min(1, (v/x)^a), so
 * there is no cliff at the maximum. Values are held in eighths of an octave, each by its largest.
 */

const BINS_AN_OCTAVE = 8;

/** Values with their weights, while they are gathered. */
export class TailBuilder {
  private readonly bins = new Map<number, { value: number; weight: number }>();

  add(value: number, weight: number): void {
    if (value <= 0) return;
    const bin = Math.floor(BINS_AN_OCTAVE * Math.log2(value));
    const held = this.bins.get(bin);
    if (!held) this.bins.set(bin, { value, weight });
    else {
      held.weight += weight;
      if (value > held.value) held.value = value;
    }
  }

  /** value, weight, value, weight, … ascending. */
  pairs(): number[] {
    return [...this.bins.values()]
      .sort((a, b) => a.value - b.value)
      .flatMap(({ value, weight }) => [round(value), round(weight)]);
  }
}

function round(value: number): number {
  return Number(value.toPrecision(6));
}

export class Tail {
  private readonly values: Float64Array;
  /** weight from each value on, and of v^a below it */
  private readonly above: Float64Array;
  private readonly below: Float64Array;

  /** @param pairs what `TailBuilder.pairs` gave; `index`: a */
  constructor(
    pairs: readonly number[],
    private readonly index: number,
  ) {
    const n = pairs.length / 2;
    this.values = new Float64Array(n);
    this.above = new Float64Array(n + 1);
    this.below = new Float64Array(n + 1);
    for (let i = 0; i < n; i++) {
      this.values[i] = pairs[2 * i];
      this.below[i + 1] = this.below[i] + pairs[2 * i + 1] * pairs[2 * i] ** index;
    }
    for (let i = n - 1; i >= 0; i--) this.above[i] = this.above[i + 1] + pairs[2 * i + 1];
  }

  /** The largest of the group; 0 where all are. */
  get most(): number {
    return this.values.at(-1) ?? 0;
  }

  /** Expected number of the group's values at or above x > 0. */
  expected(x: number): number {
    const { values } = this;
    let low = 0;
    let high = values.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (values[middle] < x) low = middle + 1;
      else high = middle;
    }
    return this.above[low] + (low > 0 ? this.below[low] * x ** -this.index : 0);
  }
}
