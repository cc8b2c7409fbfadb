/** Which records can be judged: those of somebody, once the clock has moved, and in some order of time. */
import { Order } from '../features/order.js';

/** Records that nothing was raised from, and why. */
export interface Unjudged {
  /** of nobody: not enough was decoded to tell who sends or receives */
  readonly nameless: number;
  /** all of several records have the time of the first one */
  readonly frozen: boolean;
  /** most are earlier than the one before, as where the newest comes first */
  readonly reversed: boolean;
}

export class Judgeable implements Unjudged {
  records = 0;
  nameless = 0;
  /** µs, of the first record */
  firstUs = 0;
  private moved = false;
  private readonly order = new Order();

  get reversed(): boolean {
    return this.order.reversed;
  }

  get frozen(): boolean {
    return this.records > 1 && !this.moved;
  }

  /**
   * Whether the next record may be evidence. Rates and rhythms need a clock that goes.
   * @param timeUs its own time
   * @param nameless it is of nobody
   */
  observe(timeUs: number, nameless: boolean): boolean {
    if (this.records++ === 0) this.firstUs = timeUs;
    if (timeUs !== this.firstUs) this.moved = true;
    this.order.add(timeUs);
    if (nameless) this.nameless++;
    return this.moved && !nameless && !this.order.reversed;
  }
}
