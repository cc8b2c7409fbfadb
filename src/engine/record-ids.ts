/** How logs name the records that were read last, by their numbers: evidence of an alarm may be older than the alarm. */
import { printable } from '../base/text.js';
import type { TextField } from '../table/record.js';

/** Records back, in 6.5 MB: at a hundred connections a second three quarters of an hour. */
const KEPT = 1 << 18;
/** bytes of a name; Zeek's have at most 18 */
const MOST = 24;

export class RecordIds {
  private readonly bytes = new Uint8Array(KEPT * MOST);
  private readonly lengths = new Uint8Array(KEPT);
  private latest = 0;

  /** Record number `frame`, which comes after all before it. */
  add(frame: number, { bytes, length }: TextField): void {
    const place = frame % KEPT;
    const most = Math.min(length, MOST);
    for (let i = 0, at = place * MOST; i < most; i++) this.bytes[at + i] = bytes[i];
    this.lengths[place] = most;
    this.latest = frame;
  }

  /** Empty where it had no name, or too many came since. */
  text(frame: number): string {
    if (frame > this.latest || frame <= this.latest - KEPT) return '';
    const at = (frame % KEPT) * MOST;
    return printable(String.fromCharCode(...this.bytes.subarray(at, at + this.lengths[frame % KEPT])));
  }
}
