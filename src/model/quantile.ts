/** Quantiles of what fits into memory, and of what does not. */

/** Linear interpolation between order statistics (Hyndman and Fan 1996, type 7). `sorted` ascending, not empty; q in 0..1. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const position = q * (sorted.length - 1);
  const low = Math.floor(position);
  const below = sorted[low];
  const above = sorted[Math.min(low + 1, sorted.length - 1)];
  return below + (position - low) * (above - below);
}

/** Columns of at most so many values are counted, which takes a fraction of the time of sorting. */
const FEW_VALUES = 256;

/** Ascending, in place, to the same bits as `values.sort()`. Quick for columns of few values, which most features are. */
export function sortColumn(values: Float32Array): void {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  const counts = new Map<number, number>();
  for (let i = 0; i < bits.length; ) {
    const word = bits[i];
    let end = i + 1;
    while (end < bits.length && bits[end] === word) end++;
    const before = counts.get(word);
    if (before === undefined && counts.size === FEW_VALUES) {
      values.sort();
      return;
    }
    counts.set(word, (before ?? 0) + end - i);
    i = end;
  }
  const words = Int32Array.from(counts.keys());
  // two views of the same numbers
  new Float32Array(words.buffer).sort();
  let at = 0;
  for (const word of words) {
    const end = at + (counts.get(word) as number);
    bits.fill(word, at, end);
    at = end;
  }
}

const MANTISSA_BITS = 6;
const SHIFT = 23 - MANTISSA_BITS;
/** 2^-33 .. 2^14: below is counted as 0, above as the last bin */
const FIRST = (127 - 33) << MANTISSA_BITS;
const BINS = 47 << MANTISSA_BITS;

/**
 * Counts of non-negative values per column in bins of equal relative width (2^-6 of an octave's start, so a quantile is off by
 * at most 1.6 %), found from the bits of the float32. Fixed size whatever the number of values.
 */
export class LogHistogram {
  readonly #counts: Uint32Array;
  readonly #totals: Float64Array;
  readonly #float = new Float32Array(1);
  readonly #bits = new Int32Array(this.#float.buffer);

  constructor(readonly columns: number) {
    this.#counts = new Uint32Array(columns * BINS);
    this.#totals = new Float64Array(columns);
  }

  add(column: number, value: number): void {
    this.#float[0] = value;
    this.#count(column, this.#bits[0]);
    this.#totals[column]++;
  }

  /** One value for each column from each of `rows` rows; `bits` views float32 values [rows x columns] as integers. */
  addRows(bits: Int32Array, rows: number): void {
    const { columns } = this;
    for (let r = 0, i = 0; r < rows; r++) {
      for (let column = 0; column < columns; column++, i++) this.#count(column, bits[i]);
    }
    for (let column = 0; column < columns; column++) this.#totals[column] += rows;
  }

  #count(column: number, bits: number): void {
    const bin = (bits >> SHIFT) - FIRST;
    this.#counts[column * BINS + (bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin)]++;
  }

  total(column: number): number {
    return this.#totals[column];
  }

  /** Interpolated within the bin; 0 for an empty column. */
  quantile(column: number, q: number): number {
    const wanted = q * this.#totals[column];
    let seen = 0;
    for (let bin = 0; bin < BINS; bin++) {
      const count = this.#counts[column * BINS + bin];
      if (count > 0 && seen + count >= wanted) {
        if (bin === 0) return 0;
        const low = this.#edge(bin);
        return low + ((wanted - seen) / count) * (this.#edge(bin + 1) - low);
      }
      seen += count;
    }
    return 0;
  }

  #edge(bin: number): number {
    this.#bits[0] = (bin + FIRST) << SHIFT;
    return this.#float[0];
  }
}

/** The largest values of a stream and how many there were in all: exact upper quantiles in bounded memory. */
export class TopValues {
  count = 0;
  readonly #buffer: Float32Array;
  #used = 0;
  #floor = Number.NEGATIVE_INFINITY;

  /** `capacity`: how many are sure to be kept */
  constructor(readonly capacity: number) {
    this.#buffer = new Float32Array(2 * capacity);
  }

  add(value: number): void {
    this.count++;
    if (value < this.#floor) return;
    this.#buffer[this.#used++] = value;
    if (this.#used < this.#buffer.length) return;
    this.#buffer.sort();
    this.#floor = this.#buffer[this.capacity];
    this.#buffer.copyWithin(0, this.capacity);
    this.#used = this.capacity;
  }

  /** Largest first, at most `capacity`. */
  values(): Float32Array {
    const sorted = this.#buffer.slice(0, this.#used).sort().reverse();
    return sorted.subarray(0, Math.min(this.capacity, sorted.length));
  }

  /** As `quantile` of all values; NaN where it lies below what was kept. */
  quantile(q: number): number {
    const position = (1 - q) * (this.count - 1);
    const high = Math.floor(position);
    const values = this.values();
    if (high + 1 >= values.length && values.length < this.count) return Number.NaN;
    const above = values[high];
    const below = values[Math.min(high + 1, values.length - 1)];
    return above + (position - high) * (below - above);
  }
}
