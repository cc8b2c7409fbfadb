/**
 * Base rates: what harmless windows were like in other networks. A network that shows itself for minutes only is judged by
 * them where it has nothing of its own to compare with; with each window of its own they count less.
 */
import { z } from 'zod';

const numbers = z.array(z.number());
const networkSchema = z.object({
  /** what it was, and where its recording comes from */
  name: z.string(),
  /** µs since the epoch: when the recording began */
  recordedUs: z.number(),
  /** windows by group, each entity counting once */
  groups: z.record(z.string(), z.object({ n: z.number(), tails: z.record(z.string(), numbers) })),
  /** by family and statistic: spacings of the largest values of different entities, and their sum */
  spacings: z.array(z.array(z.tuple([z.number(), z.number()]))),
  /** by stratum: the strongest evidence of each entity and block, out of fold [nats] */
  strengths: z.record(z.string(), numbers),
  /** the same by the tests alone, without the classifier */
  ofTests: z.record(z.string(), numbers),
});

export const baseRatesSchema = z.object({ networks: z.array(networkSchema) });
export type NetworkRates = z.infer<typeof networkSchema>;
export type BaseRates = z.infer<typeof baseRatesSchema>;

/** An entity of another network counts as half of one of this (plateau .25 to 1 on three networks). */
export const FOREIGN_WEIGHT = 0.5;

/** A recording is no other network to itself. */
export function without({ networks }: BaseRates, recordedUs: number): BaseRates {
  return { networks: networks.filter((network) => network.recordedUs !== recordedUs) };
}

/** As for a network that has too few pairs for a classifier. */
export function ofTestsAlone({ networks }: BaseRates): BaseRates {
  return { networks: networks.map((network) => ({ ...network, strengths: network.ofTests })) };
}

export const NO_BASE_RATES: BaseRates = { networks: [] };

/** All networks' windows together, each entity at `FOREIGN_WEIGHT`. */
export function pooledGroups({ networks }: BaseRates): Record<string, { n: number; tails: Record<string, number[]> }> {
  const pooled: Record<string, { n: number; tails: Record<string, Map<number, number>> }> = {};
  for (const { groups } of networks) {
    for (const [name, { n, tails }] of Object.entries(groups)) {
      pooled[name] ??= { n: 0, tails: {} };
      const into = pooled[name];
      into.n += FOREIGN_WEIGHT * n;
      for (const [j, pairs] of Object.entries(tails)) {
        into.tails[j] ??= new Map();
        const tail = into.tails[j];
        for (let i = 0; i < pairs.length; i += 2)
          tail.set(pairs[i], (tail.get(pairs[i]) ?? 0) + FOREIGN_WEIGHT * pairs[i + 1]);
      }
    }
  }
  return Object.fromEntries(
    Object.entries(pooled).map(([name, { n, tails }]) => [
      name,
      { n, tails: Object.fromEntries(Object.entries(tails).map(([j, tail]) => [j, sortedPairs(tail)])) },
    ]),
  );
}

function sortedPairs(tail: ReadonlyMap<number, number>): number[] {
  return [...tail].sort(([a], [b]) => a - b).flat();
}

/** Spacings of all networks by family and statistic, at their weight. */
export function pooledSpacings({ networks }: BaseRates, family: number, j: number): [number, number] {
  let [count, sum] = [0, 0];
  for (const { spacings } of networks) {
    const [n, s] = spacings[family]?.[j] ?? [0, 0];
    count += FOREIGN_WEIGHT * n;
    sum += FOREIGN_WEIGHT * s;
  }
  return [count, sum];
}

export function pooledStrengths({ networks }: BaseRates, stratum: string): number[] {
  return networks.flatMap(({ strengths }) => strengths[stratum] ?? []);
}
