/** Whether there is anything in the training data that can be learned. */
import { AnomalyError } from '../base/errors.js';
import type { RecordContext } from '../features/extractor.js';
import { Order } from '../features/order.js';
import { count, counted, isoTime } from '../report/format.js';
import type { RecordStream } from './record-kind.js';

export class Learnable {
  private records = 0;
  private nameless = 0;
  private firstUs = 0;
  private moved = false;
  private readonly order = new Order();

  add({ timestampUs, initiator, responder }: RecordContext): void {
    if (this.records++ === 0) this.firstUs = timestampUs;
    if (timestampUs !== this.firstUs) this.moved = true;
    this.order.add(timestampUs);
    if (initiator.family === 0 && responder.family === 0) this.nameless++;
  }

  /** @throws AnomalyError BAD_DATA where every record is of nobody, or all are of one time */
  require(name: string, { facts, stops }: RecordStream, noun: string): void {
    const { records, nameless } = this;
    if (records > 0 && nameless === records) {
      const why = facts.undecoded ? facts.undecoded.join(', ') : [...stops.keys()].join(', ');
      const what = `not one of ${counted(records, noun)} can be decoded: ${why}; there is nothing to learn`;
      throw new AnomalyError('BAD_DATA', `${name}: ${what}, capture on a network interface instead`);
    }
    if (records > 1 && !this.moved) {
      const what = `all ${count(records)} ${noun}s have one and the same time (${isoTime(this.firstUs)}), so no rates can be learned`;
      throw new AnomalyError('BAD_DATA', `${name}: ${what}; record again with a clock that goes`);
    }
    if (this.order.reversed) {
      const what = `most of ${counted(records, noun)} are earlier than the one before: in this order nothing can be learned`;
      throw new AnomalyError('BAD_DATA', `${name}: ${what}; sort them by time`);
    }
  }
}
