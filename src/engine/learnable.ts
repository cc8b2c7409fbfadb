/** Whether there is anything in the training data that can be learned. */
import { AnomalyError } from '../base/errors.js';
import { Judgeable } from '../detect/judgeable.js';
import type { RecordContext } from '../features/extractor.js';
import { count, counted, isoTime } from '../report/format.js';
import type { RecordStream } from './record-kind.js';

export class Learnable {
  private readonly judgeable = new Judgeable();

  add({ timestampUs, initiator, responder }: RecordContext): void {
    this.judgeable.observe(timestampUs, initiator.family === 0 && responder.family === 0);
  }

  /** @throws AnomalyError BAD_DATA where every record is of nobody, all are of one time, or the newest come first */
  require(name: string, { facts, stops }: RecordStream, noun: string): void {
    const { records, nameless, frozen, reversed, firstUs } = this.judgeable;
    if (records > 0 && nameless === records) {
      const why = facts.undecoded ? facts.undecoded.join(', ') : [...stops.keys()].join(', ');
      const what = `not one of ${counted(records, noun)} can be decoded: ${why}; there is nothing to learn`;
      throw new AnomalyError('BAD_DATA', `${name}: ${what}, capture on a network interface instead`);
    }
    if (frozen) {
      const what = `all ${count(records)} ${noun}s have one and the same time (${isoTime(firstUs)}), so no rates can be learned`;
      throw new AnomalyError('BAD_DATA', `${name}: ${what}; record again with a clock that goes`);
    }
    if (reversed) {
      const what = `most of ${counted(records, noun)} are earlier than the one before: in this order nothing can be learned`;
      throw new AnomalyError('BAD_DATA', `${name}: ${what}; sort them by time`);
    }
  }
}
