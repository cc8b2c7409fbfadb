/**
 * Whether records come newest first, as some exports of logs do. Nothing can be learned or judged of them: every answer
 * comes before its question. In a Zeek log a third of the rows may begin before the row above.
 */

/** So many tell. */
const FEWEST = 8;
/** Records that are earlier than the one before, to one that is later. */
const REVERSED = 3;

export class Order {
  private earlier = 0;
  private later = 0;
  private beforeUs = Number.NaN;

  add(timeUs: number): void {
    if (timeUs < this.beforeUs) this.earlier++;
    else if (timeUs > this.beforeUs) this.later++;
    this.beforeUs = timeUs;
  }

  get reversed(): boolean {
    return this.earlier >= FEWEST && this.earlier > REVERSED * this.later;
  }
}
