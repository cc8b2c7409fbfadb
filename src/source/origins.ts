/** Where records are to be found: in which file, and which of its frames or lines they are. */

export interface OriginFile {
  /** safe to print */
  readonly name: string;
  /** as it is opened; `-`: it cannot be opened again, as what came through a pipe */
  readonly path: string;
  readonly format: string;
  /** it grows, and is moved away from time to time */
  readonly followed?: boolean;
}

export interface Origin {
  readonly file: OriginFile;
  /** from 1: the frame of a capture, the line of a text */
  readonly number: number;
}

/** Runs remembered: 28 MB. Rotated files need one each; of files that are interleaved so long, later records are not found. */
const MOST_RUNS = 1 << 20;
const FIRST_RUNS = 64;

/** Records that follow one another, here and in a file, are one run. */
export class Origins {
  private runs = 0;
  private records = 0;
  /** per run: its first record, how many there are, which file they are of, and the first one's number there */
  private first = new Float64Array(FIRST_RUNS);
  private length = new Float64Array(FIRST_RUNS);
  private rank = new Int32Array(FIRST_RUNS);
  private number = new Float64Array(FIRST_RUNS);
  /** per file: the last number that was given */
  private readonly last: number[] = [];

  /** @param files more may be put into it as they come */
  constructor(private readonly files: readonly OriginFile[]) {}

  /**
   * Tells of `count` records, in the order of records.
   * @param rank place of their file
   * @param number of the first of them in the file; default: they are the next ones
   * @param record the first of them; default: they are the next ones
   */
  add(rank: number, count: number, number = (this.last[rank] ?? 0) + 1, record = this.records + 1): void {
    const k = this.runs - 1;
    const goesOn =
      k >= 0 &&
      rank === this.rank[k] &&
      record === this.first[k] + this.length[k] &&
      number === this.number[k] + this.length[k];
    if (goesOn) this.length[k] += count;
    else if (this.runs < MOST_RUNS) this.begin(rank, count, number, record);
    this.last[rank] = number + count - 1;
    this.records = record + count - 1;
  }

  /** Undefined: there is no such record, or too much was interleaved before it. */
  find(record: number): Origin | undefined {
    let low = 0;
    let high = this.runs - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.first[middle] <= record) low = middle;
      else high = middle - 1;
    }
    const beyond = record - this.first[low];
    if (this.runs === 0 || beyond < 0 || beyond >= this.length[low]) return undefined;
    const file = this.files[this.rank[low]];
    return file && { file, number: this.number[low] + beyond };
  }

  private begin(rank: number, count: number, number: number, record: number): void {
    if (this.runs === this.first.length) this.grow();
    const k = this.runs++;
    this.first[k] = record;
    this.length[k] = count;
    this.rank[k] = rank;
    this.number[k] = number;
  }

  private grow(): void {
    const twice = (array: Float64Array): Float64Array<ArrayBuffer> => {
      const longer = new Float64Array(2 * array.length);
      longer.set(array);
      return longer;
    };
    const rank = new Int32Array(2 * this.rank.length);
    rank.set(this.rank);
    this.rank = rank;
    this.first = twice(this.first);
    this.length = twice(this.length);
    this.number = twice(this.number);
  }
}
