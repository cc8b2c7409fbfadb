/** Where the records of a merged input came from: which file, and which of its records. */

export interface OriginFile {
  /** safe to print */
  readonly name: string;
  readonly format: string;
}

export interface Origin {
  readonly file: OriginFile;
  /** from 1, in the file */
  readonly number: number;
}

/** Runs remembered: 20 MB. Rotated files need one each; of captures that are interleaved so long, later records are not found. */
const MOST_RUNS = 1 << 20;
const FIRST_RUNS = 64;

export class Origins {
  private runs = 0;
  private records = 0;
  private last = -1;
  /** per run: its first record, which file it is of, and that record's number there; numbers from 1 */
  private first = new Float64Array(FIRST_RUNS);
  private rank = new Int32Array(FIRST_RUNS);
  private number = new Float64Array(FIRST_RUNS);
  private readonly read: number[] = [];
  /** records up to this one are found */
  private known = Number.POSITIVE_INFINITY;

  constructor(private readonly files: readonly OriginFile[]) {}

  /** The next `count` records are the next of file `rank`. */
  add(rank: number, count: number): void {
    const before = this.read[rank] ?? 0;
    if (rank !== this.last && this.runs === MOST_RUNS) {
      this.known = Math.min(this.known, this.records);
    } else if (rank !== this.last) {
      if (this.runs === this.first.length) this.grow();
      const k = this.runs++;
      this.first[k] = this.records + 1;
      this.rank[k] = rank;
      this.number[k] = before + 1;
    }
    this.last = rank;
    this.read[rank] = before + count;
    this.records += count;
  }

  /** Undefined: there is no such record, or too much was interleaved before it. */
  find(record: number): Origin | undefined {
    if (record < 1 || record > Math.min(this.records, this.known)) return undefined;
    let low = 0;
    let high = this.runs - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.first[middle] <= record) low = middle;
      else high = middle - 1;
    }
    const file = this.files[this.rank[low]];
    return file && { file, number: this.number[low] + record - this.first[low] };
  }

  private grow(): void {
    const { first, rank, number } = this;
    this.first = new Float64Array(2 * first.length);
    this.first.set(first);
    this.rank = new Int32Array(2 * rank.length);
    this.rank.set(rank);
    this.number = new Float64Array(2 * number.length);
    this.number.set(number);
  }
}
