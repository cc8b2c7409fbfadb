/** The records of facts by their sources and at their targets: the same in training and in detection. */
import { Key } from '../../base/hash.js';
import type { FeatureBatch } from '../feature-batch.js';
import { oddMark } from './odd-flags.js';
import { senderOf, targetOf } from './signs.js';
import { FACT_INDEX, factAt } from './table.js';
import { Tally } from './tally.js';

const [SOURCE, TARGET] = [1, 2];
const WHOLE_SEGMENT = 0;
const { new_protocols: NEW_PROTOCOLS, odd_flags: ODD_FLAGS } = FACT_INDEX;

export class Counted {
  readonly sources = new Tally();
  readonly targets = new Tally();
  private readonly key = new Key();

  /** Counts record k, which shows the fact, at its target, and by its source where the fact has one that can be told. */
  add(fact: number, batch: FeatureBatch, k: number): void {
    const { at, of } = factAt(fact);
    const sender = senderOf(batch, k);
    const thing = fact === NEW_PROTOCOLS ? Math.imul(batch.protocol[k] + 1, 0x9e3779b1) : 0;
    const mark = fact === ODD_FLAGS ? oddMark(batch.traffic.tcpFlags[k]) : 0;
    const hash = of === 'mac' ? batch.sourceMac[k] | 0 : sender.low[k];
    const target = this.key.start(TARGET).add(fact);
    if (at === 'segment') target.add(WHOLE_SEGMENT);
    else {
      const { low, high } = targetOf(batch, k);
      target.addPair(low[k], high[k]);
    }
    this.targets.add(target.low, target.high, batch, k, hash, thing, mark);
    if (!of) return;
    const source = this.key.start(SOURCE).add(fact);
    if (of === 'mac') source.addWide(batch.sourceMac[k]);
    else source.addPair(sender.low[k], sender.high[k]);
    this.sources.add(source.low, source.high, batch, k, hash, thing, mark);
  }
}
