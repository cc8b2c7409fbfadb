/**
 * From strength to rate: how often evidence of that strength comes here by chance. Every stratum of novelty has the tail of its
 * own out-of-fold strengths, one for each entity and block, mixed with that of its like. Being new enters only as the rate of
 * trials: where new things are rare a weaker one suffices, where they are common more is asked for.
 */
import { type BaseRates, FOREIGN_WEIGHT, pooledStrengths } from './base-rates.js';
import { likeOf } from './groups.js';

/** The tail of one stratum: exceedances over a high value, exponential with the mean excess shrunk to that of its like. */
export interface StratumTail {
  /** own trials, and all with those of other networks at their weight */
  readonly own: number;
  readonly trials: number;
  /** over `from` so many, which exceed it by so much in all; and their like by so much each */
  readonly from: number;
  readonly over: number;
  readonly excess: number;
  readonly likely: number;
}

export interface StrataState {
  readonly tails: Readonly<Record<string, StratumTail>>;
  readonly likes: Readonly<Record<string, StratumTail>>;
  /** s */
  readonly trainingS: number;
}

/** At least so many exceedances make a tail, and of many the square root (plateau 3 to 8 on four networks). */
const FEWEST_OVER = 5;
/** Exceedances that the mean excess of a stratum's like counts as (of 43 attacks on four networks 10 loses two, 40 brings false ones) … */
const PRIOR_OVER = 20;
/** … those that what is known beforehand counts as for a like (plateau 3 to 30), and trials that a like's tail counts as (3 to 30) */
export const LIKE_OVER = 10;
const MIX = 10;
/** nats: mean excess where nothing is known: 1 for independent parts, up to 3 where one cause moves all three kinds */
export const UNKNOWN_EXCESS = 1.5;
/**
 * nats: mean excess at least. Strength is a sum of −ln p, and of one that holds P(−ln p > x) = e^−x at best. Where it thinned out
 * faster the windows of minutes were much alike, as of services that always answered; beyond what was seen that is no promise.
 */
const LEAST_EXCESS = 1;
const UNKNOWN: StratumTail = { own: 0, trials: 0, from: 2, over: 1, excess: UNKNOWN_EXCESS, likely: UNKNOWN_EXCESS };
const NOTHING: StratumTail = { own: 0, trials: 0, from: 0, over: 0, excess: 0, likely: UNKNOWN_EXCESS };

function chance({ trials, from, over, excess, likely }: StratumTail, strength: number): number {
  if (strength <= from) return 1;
  const n = PRIOR_OVER + over;
  const sum = Math.max(PRIOR_OVER * likely + excess, LEAST_EXCESS * n);
  return Math.min(1, (over + 1) / (trials + 1)) * (sum / (sum + strength - from)) ** n;
}

export class Strata {
  constructor(private readonly state: StrataState) {}

  private tailsOf(stratum: string): [StratumTail, StratumTail] {
    const { tails, likes } = this.state;
    return [tails[stratum] ?? NOTHING, likes[likeOf(withoutScale(stratum))] ?? UNKNOWN];
  }

  /** Chance that something of this stratum shows such evidence. */
  given(stratum: string, strength: number): number {
    const [own, like] = this.tailsOf(stratum);
    return (own.trials * chance(own, strength) + MIX * chance(like, strength)) / (own.trials + MIX);
  }

  /** Expected episodes a second. */
  rate(stratum: string, strength: number): number {
    const [own] = this.tailsOf(stratum);
    return ((own.own + 1) / this.state.trainingS) * this.given(stratum, strength);
  }

  /** Strata in use. */
  get size(): number {
    return Object.values(this.state.tails).filter(({ own }) => own > 0).length;
  }
}

/** "scale/stratum" is a stratum of windows of that length. */
export function withoutScale(stratum: string): string {
  return stratum.slice(stratum.indexOf('/') + 1);
}

/** @param strengths by "scale/stratum"; `only`: those that will be asked for, where not all are */
export function calibrate(
  strengths: ReadonlyMap<string, readonly number[]>,
  scales: number,
  trainingS: number,
  others: BaseRates,
  only?: ReadonlySet<string>,
): StrataState {
  const onlyLikes = only && new Set([...only].map((name) => likeOf(withoutScale(name))));
  const likes: Record<string, StratumTail> = {};
  const pools = new Map<string, { own: number[]; foreign: number[] }>();
  const pool = (stratum: string): { own: number[]; foreign: number[] } => {
    const like = likeOf(stratum);
    const held = pools.get(like) ?? { own: [], foreign: [] };
    pools.set(like, held);
    return held;
  };
  const foreignStrata = new Set(others.networks.flatMap((network) => Object.keys(network.strengths)));
  for (const [stratum, values] of strengths) for (const value of values) pool(withoutScale(stratum)).own.push(value);
  for (const stratum of foreignStrata)
    for (const value of pooledStrengths(others, stratum)) pool(stratum).foreign.push(value);
  for (const [like, { own, foreign }] of pools) {
    if (onlyLikes?.has(like) !== false) likes[like] = tailOf(own, foreign, UNKNOWN_EXCESS, 2);
  }
  const tails: Record<string, StratumTail> = {};
  const names = new Set(strengths.keys());
  for (const stratum of foreignStrata) for (let scale = 0; scale < scales; scale++) names.add(`${scale}/${stratum}`);
  for (const name of names) {
    if (only?.has(name) === false) continue;
    const stratum = withoutScale(name);
    const like = likes[likeOf(stratum)] ?? UNKNOWN;
    const mean = (LIKE_OVER * UNKNOWN_EXCESS + like.excess) / (LIKE_OVER + like.over);
    tails[name] = tailOf(strengths.get(name) ?? [], pooledStrengths(others, stratum), mean, 0);
  }
  return { tails, likes, trainingS };
}

function tailOf(own: readonly number[], foreign: readonly number[], likely: number, empty: number): StratumTail {
  const values = [...own.map((value) => ({ value, w: 1 })), ...foreign.map((value) => ({ value, w: FOREIGN_WEIGHT }))];
  values.sort((a, b) => b.value - a.value);
  const trials = values.reduce((sum, { w }) => sum + w, 0);
  if (trials < 1) return { own: own.length, trials: 0, from: empty, over: 0, excess: 0, likely };
  const wanted = wantedOver(trials);
  let over = 0;
  let n = 0;
  while (n < values.length && over < wanted) over += values[n++].w;
  const from = n < values.length ? values[n].value : 0;
  const excess = values.slice(0, n).reduce((sum, { value, w }) => sum + (value - from) * w, 0);
  return { own: own.length, trials, from, over, excess, likely };
}

/** Exceedances that make a tail of so many trials. */
export function wantedOver(trials: number): number {
  return Math.min(Math.max(1, trials / 2), Math.max(FEWEST_OVER, Math.sqrt(trials)));
}
