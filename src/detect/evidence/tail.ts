/**
 * The upper tail of one statistic in one group of windows: each training value v lends P(X >= x | v) = min(1, (v/x)^a), so
 * there is no cliff at the maximum. Values are held in eighths of an octave, each by its largest.
 */
import { Numbers } from './numbers.js';

const BINS_AN_OCTAVE = 8;
/** numbers of bins that are looked through one by one */
const FEW = 3 * 12;

export function binOf(value: number): number {
  return Math.floor(BINS_AN_OCTAVE * Math.log2(value));
}

/** Values with their weights, while they are gathered. */
export class TailBuilder {
  /** bin, value, weight of each: most groups have a few, of which a map would be many times as large */
  private readonly bins: number[] = [];
  /** places in the array by bin, once there are many */
  private places: Map<number, number> | undefined;

  /** @param bin of the value, where it is known already */
  add(value: number, weight: number, bin = binOf(value)): void {
    if (value <= 0) return;
    const { bins } = this;
    const at = this.placeOf(bin);
    if (at < 0) {
      this.places?.set(bin, bins.length);
      bins.push(bin, value, weight);
    } else {
      bins[at + 2] += weight;
      if (value > bins[at + 1]) bins[at + 1] = value;
    }
  }

  private placeOf(bin: number): number {
    const { bins } = this;
    if (bins.length <= FEW) {
      for (let at = 0; at < bins.length; at += 3) if (bins[at] === bin) return at;
      return -1;
    }
    if (!this.places) {
      this.places = new Map();
      for (let at = 0; at < bins.length; at += 3) this.places.set(bins[at], at);
    }
    return this.places.get(bin) ?? -1;
  }

  /** value, weight, value, weight, … ascending. */
  pairs(): number[] {
    const { bins } = this;
    const places = Array.from({ length: bins.length / 3 }, (_, i) => 3 * i).sort((a, b) => bins[a + 1] - bins[b + 1]);
    const pairs: number[] = [];
    for (const at of places) pairs.push(round(bins[at + 1]), round(bins[at + 2]));
    return pairs;
  }
}

function round(value: number): number {
  // by far the most are: whole numbers of six digits
  if (value < 1e6 && Number.isInteger(value)) return value;
  return Number(value.toPrecision(6));
}

export class Tail {
  private readonly buffer: Float64Array;
  /** from here on in the buffer: n values, ascending; the weight from each value on, n+1; that of v^a below it, n+1 */
  private readonly at: number;
  private readonly n: number;

  /** @param pairs what `TailBuilder.pairs` gave; `index`: a; `numbers`: where it is kept, with others */
  constructor(
    pairs: readonly number[],
    private readonly index: number,
    numbers = new Numbers(),
  ) {
    const n = pairs.length / 2;
    const at = numbers.reserve(3 * n + 2);
    const { buffer } = numbers;
    const [above, below] = [at + n, at + 2 * n + 1];
    for (let i = 0; i < n; i++) {
      buffer[at + i] = pairs[2 * i];
      buffer[below + i + 1] = buffer[below + i] + pairs[2 * i + 1] * pairs[2 * i] ** index;
    }
    for (let i = n - 1; i >= 0; i--) buffer[above + i] = buffer[above + i + 1] + pairs[2 * i + 1];
    this.buffer = buffer;
    this.at = at;
    this.n = n;
  }

  /** The largest of the group; 0 where all are. */
  get most(): number {
    return this.n > 0 ? this.buffer[this.at + this.n - 1] : 0;
  }

  /** Expected number of the group's values at or above x > 0. */
  expected(x: number): number {
    const { buffer, at, n } = this;
    let low = 0;
    let high = n;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (buffer[at + middle] < x) low = middle + 1;
      else high = middle;
    }
    return buffer[at + n + low] + (low > 0 ? buffer[at + 2 * n + 1 + low] * x ** -this.index : 0);
  }
}
