/** What the statistics of a window say together: the strongest of each kind, added up. */
import { STATISTICS, type Statistic } from './statistics.js';

export interface Part {
  /** −ln p */
  readonly nats: number;
  readonly statistic: Statistic;
  readonly value: number;
}

/** Kinds of evidence that are added up. */
export const KINDS = 3;

/** The strongest statistic of each kind of evidence, strongest first. @param nats what `natsOf` gave */
export function partsOf(family: number, nats: Float64Array, stats: Float64Array): Part[] {
  const parts: Part[] = [];
  for (const [j, statistic] of STATISTICS[family].entries()) {
    if (nats[j] < 0) continue;
    const at = parts.findIndex((part) => part.statistic.kind === statistic.kind);
    const part = { nats: nats[j], statistic, value: stats[j] };
    if (at < 0) parts.push(part);
    else if (nats[j] > parts[at].nats) parts[at] = part;
  }
  return parts.sort((a, b) => b.nats - a.nats);
}

/** The strongest kinds together [nats]. */
export function strengthOf(parts: readonly Part[]): number {
  let sum = 0;
  for (let i = 0; i < Math.min(KINDS, parts.length); i++) sum += parts[i].nats;
  return sum;
}

/** Length and number of accepted sessions weigh no more than all that stands out beside them. */
export function strengthBesideUse(parts: readonly Part[]): number {
  let [use, rest] = [0, 0];
  for (const { statistic, nats } of parts.slice(0, KINDS)) {
    if (statistic.use) use += nats;
    else rest += nats;
  }
  return rest + Math.min(use, rest);
}
