/**
 * When events were written, for the age of the oldest that waits. A mark a second at most, and twice as far apart whenever they become
 * many: an event's time is that of the newest mark that is not after it, so it rather seems too old.
 */

/** More than so many stood for at least 512 times the distance that they have then, and two are less than twice that apart: an age is exact to a 256th of all. */
const MOST = 1024;
const LEAST_APART_MS = 1000;

interface Mark {
  readonly seq: number;
  /** since the epoch */
  readonly ms: number;
}

export class Ages {
  private marks: Mark[] = [];
  private apartMs = LEAST_APART_MS;

  /** @param ms since the epoch */
  note(seq: number, ms: number): void {
    this.add(this.marks, { seq, ms });
    if (this.marks.length <= MOST) return;
    this.apartMs *= 2;
    const kept: Mark[] = [];
    for (const mark of this.marks) this.add(kept, mark);
    this.marks = kept;
  }

  /** ms since the epoch; undefined: nothing was noted up to `seq` */
  of(seq: number): number | undefined {
    return this.marks.findLast((mark) => mark.seq <= seq)?.ms;
  }

  /** Those before `seq` are asked for no more. */
  forget(seq: number): void {
    const keep = this.marks.findLastIndex((mark) => mark.seq <= seq);
    if (keep > 0) this.marks.splice(0, keep);
    if (this.marks.length === 1) this.apartMs = LEAST_APART_MS;
  }

  private add(marks: Mark[], mark: Mark): void {
    const last = marks.at(-1);
    // a clock may be set back, too
    if (!last || Math.abs(mark.ms - last.ms) >= this.apartMs) marks.push(mark);
  }
}
