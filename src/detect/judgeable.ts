/** Which records can be judged: those of somebody, once the clock has moved, and in some order of time. */
import { Order } from '../features/order.js';
import type { FeatureBatch } from './feature-batch.js';

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
  nameless = 0;
  private records = 0;
  private moved = false;
  private firstUs = 0;
  private readonly order = new Order();

  get reversed(): boolean {
    return this.order.reversed;
  }

  get frozen(): boolean {
    return this.records > 1 && !this.moved;
  }

  /** Whether record k may be evidence. Rates and rhythms need a clock that goes. */
  observe(batch: FeatureBatch, k: number): boolean {
    const nowUs = batch.timestampUs[k];
    if (this.records++ === 0) this.firstUs = nowUs;
    if (nowUs !== this.firstUs) this.moved = true;
    this.order.add(nowUs);
    const nameless = batch.initiator.family[k] === 0 && batch.responder.family[k] === 0;
    if (nameless) this.nameless++;
    return this.moved && !nameless && !this.order.reversed;
  }
}
