/** Protocol facts in detection: three records of one within a minute, or as many as training makes no chance, are a finding. */
import { macText } from '../../base/address.js';
import type { FeatureBatch } from '../feature-batch.js';
import type { Finding } from '../incidents/open-incident.js';
import { Counted } from './counted.js';
import { type FactsState, KnownSenders } from './learned.js';
import { limitOf } from './limit.js';
import { oddFlags } from './odd-flags.js';
import { Signs, senderOf, targetOf } from './signs.js';
import { FACTS, factAt } from './table.js';
import type { Tally } from './tally.js';

/** In what the input of a record is unlike the one learned. */
interface Doubts {
  readonly oneSided: boolean;
  readonly twice: boolean;
}

/** From how many records on, in 60 s, and the most that training had of one source or at one target. */
interface Bound {
  readonly limit: number;
  readonly normal: number;
}

export class Facts {
  private readonly signs = new Signs();
  private readonly counted = new Counted();
  private readonly known: KnownSenders;
  private readonly sources: readonly Bound[];
  private readonly targets: readonly Bound[];

  /**
   * @param spanS of training, @param units addresses on the link that it saw
   * @param share false alarms that chance may bring about with all facts together [1/s]
   */
  constructor(state: FactsState, spanS: number, units: number, share: number) {
    this.known = KnownSenders.from(state);
    const links = Math.max(1, units);
    const rate = share / FACTS.length;
    const bound = (records: number, { busiest, most }: { busiest: number; most: number }, all: number): Bound => ({
      // a unit of many at the general rate; one that does what the busiest did; and nothing that was there is news
      limit: Math.max(limitOf(records, spanS, all, rate), busiest > 0 ? limitOf(busiest, spanS, 1, rate) : 0, most + 1),
      normal: most,
    });
    this.sources = state.counts.map(({ records, source }) => bound(records, source, links));
    this.targets = state.counts.map(({ records, target }, fact) =>
      bound(records, target, factAt(fact).at === 'segment' ? 1 : links),
    );
  }

  /** Adds what record k, with those before it, shows. */
  examine(batch: FeatureBatch, k: number, doubts: Doubts, findings: Finding[]): void {
    let shown = this.signs.of(batch, k);
    for (let fact = 0; shown !== 0; fact++, shown >>>= 1) {
      if ((shown & 1) === 0 || this.isExcused(fact, batch, k, doubts)) continue;
      this.counted.add(fact, batch, k);
      const { sources, targets } = this.counted;
      const copies = doubts.twice ? 2 : 1;
      if (factAt(fact).of && sources.recent >= copies * this.sources[fact].limit) {
        findings.push(this.finding(fact, batch, k, sources, this.sources[fact], false));
      } else if ((targets.ofMany || !factAt(fact).of) && targets.recent >= copies * this.targets[fact].limit) {
        findings.push(this.finding(fact, batch, k, targets, this.targets[fact], true));
      }
    }
  }

  private isExcused(fact: number, batch: FeatureBatch, k: number, { oneSided, twice }: Doubts): boolean {
    const { needsBoth, needsOnce } = factAt(fact);
    return (needsBoth && oneSided) || (needsOnce && twice) || this.known.has(fact, batch, k);
  }

  private finding(fact: number, batch: FeatureBatch, k: number, tally: Tally, bound: Bound, many: boolean): Finding {
    const { at, of, known, pattern, ofMany = pattern, text } = factAt(fact);
    const { limit, normal } = bound;
    const to = at === 'destination' ? ` to ${targetOf(batch, k).text(k)}` : '';
    const source = of === 'mac' ? macText(batch.sourceMac[k]) : senderOf(batch, k).text(k);
    const from = tally.ofMany ? 'of several senders' : `of ${source}`;
    const flags = oddFlags(tally.mark);
    const before = known ? '' : normal > 0 ? `; training had at most ${normal}` : '; training had none';
    return {
      name: FACTS[fact].name,
      value: tally.recent,
      normal,
      floor: limit,
      pattern: many ? ofMany : pattern,
      conclusive: true,
      fact: {
        words: text(many ? from + to : from, String(tally.recent), flags) + before,
        flags,
        begun: tally.begun(),
      },
    };
  }
}
