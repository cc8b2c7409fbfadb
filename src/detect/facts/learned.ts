/** What training had of each protocol fact, and who was a router or a DHCP server there. Kept with the baseline. */
// the bundle reads its own files with zod, and this part of them is opaque to it
import { z } from 'zod';
import type { FeatureBatch } from '../feature-batch.js';
import { Known } from '../rules/known.js';
import { Counted } from './counted.js';
import { Signs, senderOf } from './signs.js';
import { FACTS, factAt } from './table.js';
import type { Tally } from './tally.js';

const savedSet = z.string().refine((text) => Known.from(text) !== undefined);
const heardSchema = z.object({
  /** of the one source, or target, that had most: in all, and in 60 s */
  busiest: z.int().min(0),
  most: z.int().min(0),
});
const countSchema = z
  .object({ records: z.int().min(0), source: heardSchema, target: heardSchema })
  .refine(({ records, source, target }) =>
    [source, target].every(({ busiest, most }) => busiest <= records && most <= busiest),
  );
export const factsSchema = z.object({
  counts: z.array(countSchema).length(FACTS.length),
  routers: savedSet,
  servers: savedSet,
  protocols: savedSet,
});
export type FactsState = z.infer<typeof factsSchema>;
type Heard = z.infer<typeof heardSchema>;

/** Routers, DHCP servers and IP protocols of training. */
export class KnownSenders {
  constructor(
    readonly routers = new Known(),
    readonly servers = new Known(),
    readonly protocols = new Known(),
  ) {}

  static from(state: FactsState): KnownSenders {
    return new KnownSenders(Known.from(state.routers), Known.from(state.servers), Known.from(state.protocols));
  }

  has(fact: number, batch: FeatureBatch, k: number): boolean {
    const { known } = factAt(fact);
    if (known === undefined) return false;
    if (known === 'protocols') return this.protocols.has(batch.protocol[k], 0);
    const { low, high } = senderOf(batch, k);
    return this[known].has(low[k], high[k]);
  }

  add(known: 'routers' | 'servers' | 'protocols', batch: FeatureBatch, k: number): void {
    const { low, high } = senderOf(batch, k);
    if (known === 'protocols') this.protocols.add(batch.protocol[k], 0);
    else this[known].add(low[k], high[k]);
  }
}

export class FactsBuilder {
  private readonly signs = new Signs();
  private readonly counted = new Counted();
  private readonly known = new KnownSenders();
  private readonly counts = FACTS.map(() => ({
    records: 0,
    source: { busiest: 0, most: 0 },
    target: { busiest: 0, most: 0 },
  }));

  observe(batch: FeatureBatch, k: number): void {
    let shown = this.signs.of(batch, k);
    for (let fact = 0; shown !== 0; fact++, shown >>>= 1) {
      if ((shown & 1) === 0) continue;
      const { known, of } = factAt(fact);
      if (known) {
        this.known.add(known, batch, k);
        continue;
      }
      this.counted.add(fact, batch, k);
      const count = this.counts[fact];
      count.records++;
      hear(count.target, this.counted.targets);
      if (of) hear(count.source, this.counted.sources);
    }
  }

  state(): FactsState {
    const { routers, servers, protocols } = this.known;
    return {
      counts: structuredClone(this.counts),
      routers: routers.state(),
      servers: servers.state(),
      protocols: protocols.state(),
    };
  }
}

function hear(heard: Heard, { total, recent }: Tally): void {
  heard.busiest = Math.max(heard.busiest, total);
  heard.most = Math.max(heard.most, recent);
}
