/**
 * When events were written, for the age of the oldest that waits. A mark a second at most, and where marks become many every second
 * one goes: an event's time is that of the newest mark that is not after it, so it rather seems too old.
 */

/** With half of them after a thinning, an age is still within a 512th of the whole time that marks stand for. */
const MOST = 1024;
const APART_MS = 1000;

export class Ages {
  private marks: { readonly seq: number; readonly ms: number }[] = [];

  /** @param ms since the epoch */
  note(seq: number, ms: number): void {
    const last = this.marks.at(-1);
    // a clock that was set back, too
    if (last && Math.abs(ms - last.ms) < APART_MS) return;
    this.marks.push({ seq, ms });
    if (this.marks.length > MOST) this.marks = this.marks.filter((_, k) => k % 2 === 0);
  }

  /** ms since the epoch; undefined: nothing was noted up to `seq` */
  of(seq: number): number | undefined {
    return this.marks.findLast((mark) => mark.seq <= seq)?.ms;
  }

  /** Those before `seq` are asked for no more. */
  forget(seq: number): void {
    const keep = this.marks.findLastIndex((mark) => mark.seq <= seq);
    if (keep > 0) this.marks.splice(0, keep);
  }
}
