/** How many records a minute has, by the median: a flood of some minutes does not move it. Bounded: by tenths of a magnitude. */
const MINUTE_US = 60e6;
const PER_MAGNITUDE = 10;
const BINS = 12 * PER_MAGNITUDE;
/** full minutes that make a median */
const FEWEST = 3;

export class Minutes {
  private readonly bins = new Float64Array(BINS);
  private minute = -1;
  private records = 0;
  private full = 0;
  private first = true;

  add(clockUs: number): void {
    const minute = Math.floor(clockUs / MINUTE_US);
    if (minute !== this.minute) this.turn(minute);
    this.records++;
  }

  /** The first minute and the one that goes on are not full; one without a record says nothing. */
  private turn(minute: number): void {
    if (this.minute >= 0 && !this.first) {
      this.bins[Math.min(BINS - 1, Math.round(PER_MAGNITUDE * Math.log10(this.records)))]++;
      this.full++;
    }
    if (this.minute >= 0) this.first = false;
    this.minute = minute;
    this.records = 0;
  }

  /** Records in a usual minute; 0 where there are too few minutes. */
  get median(): number {
    if (this.full < FEWEST) return 0;
    let seen = 0;
    let bin = 0;
    while (bin < BINS - 1 && seen + this.bins[bin] < this.full / 2) seen += this.bins[bin++];
    return 10 ** (bin / PER_MAGNITUDE);
  }
}
