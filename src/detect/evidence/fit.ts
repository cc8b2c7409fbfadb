/** From training's windows to what is normal: tails of all groups, and how fast they thin out. */
import { type BaseRates, pooledSpacings } from './base-rates.js';
import type { Cell } from './cells.js';
import { GROUP_RULES, groupOfNovelty, groupsOfWindow, type Subject } from './groups.js';
import type { GroupState, NormalState } from './normal.js';
import type { Relations } from './relations.js';
import { PAIR_FAMILY, STATISTICS } from './statistics.js';
import { TailBuilder } from './tail.js';

/** Tail indices of values of one entity: between Zipf's and one that is nearly a limit; with a prior of two spacings of mean 1/2. */
export const [LEAST_INDEX, MOST_OWN_INDEX, MOST_INDEX] = [1, 6, 4];
export const [PRIOR_SPACINGS, PRIOR_SUM] = [2, 1];
/** of an index that is known */
const CERTAIN_SPACINGS = 1e6;
/** Groups with fewer largest values say nothing of how these thin out. */
const FEWEST_LARGEST = 4;

export interface FitInput {
  readonly cells: readonly Cell[];
  readonly subjects: readonly Subject[];
}

interface Gathering {
  n: number;
  readonly tails: TailBuilder[];
}

/** Regularity is a probability already: of independent ones P(1/p >= x) = 1/x. */
const isOdds = (name: string): boolean => name === 'regularity';

/** Indices of each entity's own values: Hill's estimator over what its largest block maximum exceeds the next by. */
export function ownIndices({ cells, subjects }: FitInput): number[][] {
  const maxima = new Map<string, Map<number, number>>();
  for (const { subject, scale, block, stats } of cells) {
    if (scale !== 0) continue;
    for (let j = 0; j < stats.length; j++) {
      if (stats[j] <= 0) continue;
      const key = `${subjects[subject].family}.${subject}:${j}`;
      const of = maxima.get(key) ?? new Map<number, number>();
      maxima.set(key, of);
      if (stats[j] > (of.get(block) ?? 0)) of.set(block, stats[j]);
    }
  }
  return maximaIndices(maxima);
}

function maximaIndices(maxima: ReadonlyMap<string, ReadonlyMap<number, number>>): number[][] {
  const spacings = STATISTICS.map((table) => table.map((): [number, number] => [PRIOR_SPACINGS, PRIOR_SUM]));
  for (const [key, of] of maxima) {
    if (of.size < 2) continue;
    const [subject, j] = key.split(':');
    const family = Number(subject.split('.')[0]);
    const [first, second] = [...of.values()].sort((a, b) => b - a);
    const spacing = spacings[family][Number(j)];
    spacing[0]++;
    spacing[1] += Math.log(first / second);
  }
  return spacings.map((table, family) => table.map((spacing, j) => indexOf(spacing, family, j, MOST_OWN_INDEX)));
}

function indexOf([count, sum]: readonly [number, number], family: number, j: number, most: number): number {
  if (isOdds(STATISTICS[family][j].name)) return LEAST_INDEX;
  return Math.max(LEAST_INDEX, Math.min(most, count / sum));
}

/**
 * @param named windows under the services that all of training tells apart
 * @param outOfFold the same under those of the other blocks, with what is new to those
 * @param except block left out; -1 none
 */
export function fitNormal(
  named: FitInput,
  outOfFold: FitInput,
  relations: Relations,
  except: number,
  ownIndex: readonly (readonly number[])[],
  others: BaseRates,
): { state: NormalState; spacings: [number, number][][] } {
  const groups = new Map<string, Gathering>();
  const largest = new Map<string, Map<number, Float64Array>>();
  const put = (name: string, family: number, stats: Float64Array, weight: number): void => {
    let group = groups.get(name);
    if (!group) {
      group = { n: 0, tails: STATISTICS[family].map(() => new TailBuilder()) };
      groups.set(name, group);
    }
    group.n += weight;
    for (let j = 0; j < stats.length; j++) if (stats[j] > 0) group.tails[j].add(stats[j], weight);
  };
  const names = new Map<number, string[]>();
  for (const { cell, subject, share } of shares(outOfFold, except)) {
    put(`${cell.scale}/${groupOfNovelty(subject, cell.novelty)}`, subject.family, cell.stats, share * cell.weight);
  }
  for (const { cell, subject, share } of shares(named, except)) {
    let of = names.get(cell.subject);
    if (!of) {
      of = groupsOfWindow(subject, subject.family !== PAIR_FAMILY || relations.hasService(subject.service, except));
      names.set(cell.subject, of);
    }
    for (const name of of) {
      const rule = GROUP_RULES[name[0]];
      put(`${cell.scale}/${name}`, subject.family, cell.stats, rule.own ? cell.weight : share * cell.weight);
      if (rule.spreads && cell.scale === 0) keepLargest(largest, name, cell);
    }
  }
  const spacings = spacingsOf(largest);
  const all = spacings.map((table, family) =>
    table.map(([count, sum], j): [number, number] => {
      const [foreignCount, foreignSum] = pooledSpacings(others, family, j);
      return [PRIOR_SPACINGS + count + foreignCount, PRIOR_SUM + sum + foreignSum];
    }),
  );
  const groupIndex = all.map((table, family) => table.map((spacing, j) => indexOf(spacing, family, j, MOST_INDEX)));
  const groupSpacings = all.map((table, family) =>
    table.map(([count], j) => (isOdds(STATISTICS[family][j].name) ? CERTAIN_SPACINGS : count)),
  );
  const state = Object.fromEntries([...groups].map(([name, group]) => [name, stateOf(group)]));
  return { state: { groups: state, ownIndex, groupIndex, groupSpacings }, spacings };
}

/** Each window that is not left out, with the share that makes all of an entity and length count once. */
function* shares(
  { cells, subjects }: FitInput,
  except: number,
): Iterable<{ cell: Cell; subject: Subject; share: number }> {
  const totals = new Map<number, number>();
  const key = ({ subject, scale }: Cell): number => subject * 16 + scale;
  for (const cell of cells) {
    if (cell.block !== except) totals.set(key(cell), (totals.get(key(cell)) ?? 0) + cell.weight);
  }
  for (const cell of cells) {
    if (cell.block === except) continue;
    yield { cell, subject: subjects[cell.subject], share: 1 / (totals.get(key(cell)) as number) };
  }
}

function keepLargest(largest: Map<string, Map<number, Float64Array>>, name: string, { subject, stats }: Cell): void {
  const of = largest.get(name) ?? new Map<number, Float64Array>();
  largest.set(name, of);
  const held = of.get(subject);
  if (!held) of.set(subject, stats.slice());
  else for (let j = 0; j < stats.length; j++) if (stats[j] > held[j]) held[j] = stats[j];
}

/** Normalised spacings of the largest values of a group's entities, i·ln(x_i/x_{i+1}), are exponential with the tail index (Rényi 1953). */
function spacingsOf(largest: ReadonlyMap<string, ReadonlyMap<number, Float64Array>>): [number, number][][] {
  const spacings = STATISTICS.map((table) => table.map((): [number, number] => [0, 0]));
  for (const [name, of] of largest) {
    const { family } = GROUP_RULES[name[0]];
    for (let j = 0; j < STATISTICS[family].length; j++) {
      const values = [...of.values()].map((stats) => stats[j]).filter((value) => value > 0);
      if (values.length < FEWEST_LARGEST) continue;
      values.sort((a, b) => b - a);
      const k = Math.floor(Math.sqrt(values.length));
      for (let i = 0; i < k; i++) {
        spacings[family][j][0]++;
        spacings[family][j][1] += (i + 1) * Math.log(values[i] / values[i + 1]);
      }
    }
  }
  return spacings;
}

function stateOf({ n, tails }: Gathering): GroupState {
  const kept: Record<string, number[]> = {};
  for (const [j, tail] of tails.entries()) {
    const pairs = tail.pairs();
    if (pairs.length > 0) kept[j] = pairs;
  }
  return { n: Number(n.toPrecision(6)), tails: kept };
}
