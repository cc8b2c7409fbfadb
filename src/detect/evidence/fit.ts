/** From training's windows to what is normal: tails of all groups, and how fast they thin out. */
import { type BaseRates, pooledSpacings } from './base-rates.js';
import type { Cell } from './cells.js';
import { GROUP_RULES, groupOfNovelty, groupsOfWindow, type Subject } from './groups.js';
import type { GroupState, NormalState } from './normal.js';
import type { Relations } from './relations.js';
import { PAIR_FAMILY, STATISTICS } from './statistics.js';
import { binOf, TailBuilder } from './tail.js';

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
  readonly name: string;
  n: number;
  /** by statistic; none where all are 0 */
  readonly tails: (TailBuilder | undefined)[];
  /** of groups that the spread between entities is learned from: the largest values of each entity */
  largest: Map<number, Float64Array> | undefined;
}

/** Most values of any family. */
const MOST_VALUES = Math.max(...STATISTICS.map((table) => table.length));

/** Regularity is a probability already: of independent ones P(1/p >= x) = 1/x. */
const isOdds = (name: string): boolean => name === 'regularity';

/** Indices of each entity's own values: Hill's estimator over what its largest block maximum exceeds the next by. */
export function ownIndices({ cells, subjects }: FitInput): number[][] {
  // by family and statistic: of each entity, in the order of their first windows, the maximum of each block
  const maxima = STATISTICS.map((table) => table.map(() => new Map<number, Map<number, number>>()));
  for (const { subject, scale, block, stats } of cells) {
    if (scale !== 0) continue;
    const tables = maxima[subjects[subject].family];
    for (let j = 0; j < stats.length; j++) {
      if (stats[j] <= 0) continue;
      let of = tables[j].get(subject);
      if (!of) {
        of = new Map();
        tables[j].set(subject, of);
      }
      if (stats[j] > (of.get(block) ?? 0)) of.set(block, stats[j]);
    }
  }
  return maxima.map((tables, family) =>
    tables.map((entities, j) => indexOf(spacingOfMaxima(entities.values()), family, j, MOST_OWN_INDEX)),
  );
}

function spacingOfMaxima(entities: Iterable<ReadonlyMap<number, number>>): [number, number] {
  const spacing: [number, number] = [PRIOR_SPACINGS, PRIOR_SUM];
  for (const of of entities) {
    if (of.size < 2) continue;
    const [first, second] = [...of.values()].sort((a, b) => b - a);
    spacing[0]++;
    spacing[1] += Math.log(first / second);
  }
  return spacing;
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
  const groupOf = (scale: number, name: string, family: number): Gathering => {
    const whole = `${scale}/${name}`;
    let group = groups.get(whole);
    if (!group) {
      group = { name, n: 0, tails: STATISTICS[family].map(() => undefined), largest: undefined };
      groups.set(whole, group);
    }
    return group;
  };
  for (const { cell, subject, share } of shares(outOfFold, except)) {
    const group = groupOf(cell.scale, groupOfNovelty(subject, cell.novelty), subject.family);
    put(group, cell.stats, share * cell.weight);
  }
  /** in the order in which they were first met */
  const largest: Gathering[] = [];
  // of each entity and length
  const gathered = new Map<number, Gathering[]>();
  for (const { cell, subject, share } of shares(named, except)) {
    const key = keyOf(cell);
    let of = gathered.get(key);
    if (!of) {
      const own = subject.family !== PAIR_FAMILY || relations.hasService(subject.service, except);
      of = groupsOfWindow(subject, own).map((name) => groupOf(cell.scale, name, subject.family));
      gathered.set(key, of);
    }
    const { stats } = cell;
    findBins(stats);
    for (const group of of) {
      const rule = GROUP_RULES[group.name[0]];
      put(group, stats, rule.own ? cell.weight : share * cell.weight, true);
      if (!rule.spreads || cell.scale !== 0) continue;
      if (!group.largest) {
        group.largest = new Map();
        largest.push(group);
      }
      keepLargest(group.largest, cell.subject, stats);
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

/** bins of the statistics of the window in work, which goes into several groups */
const bins = new Int32Array(MOST_VALUES);

function findBins(stats: Float64Array): void {
  for (let j = 0; j < stats.length; j++) if (stats[j] > 0) bins[j] = binOf(stats[j]);
}

/** @param found its bins have been found */
function put(group: Gathering, stats: Float64Array, weight: number, found = false): void {
  if (!found) findBins(stats);
  group.n += weight;
  const { tails } = group;
  for (let j = 0; j < stats.length; j++) {
    if (stats[j] <= 0) continue;
    let tail = tails[j];
    if (!tail) {
      tail = new TailBuilder();
      tails[j] = tail;
    }
    tail.add(stats[j], weight, bins[j]);
  }
}

/** Of an entity's windows of one length. */
function keyOf({ subject, scale }: Cell): number {
  return subject * 16 + scale;
}

/** Each window that is not left out, with the share that makes all of an entity and length count once. */
function* shares(
  { cells, subjects }: FitInput,
  except: number,
): Iterable<{ cell: Cell; subject: Subject; share: number }> {
  const totals = new Map<number, number>();
  for (const cell of cells) {
    if (cell.block !== except) totals.set(keyOf(cell), (totals.get(keyOf(cell)) ?? 0) + cell.weight);
  }
  for (const cell of cells) {
    if (cell.block === except) continue;
    yield { cell, subject: subjects[cell.subject], share: 1 / (totals.get(keyOf(cell)) as number) };
  }
}

function keepLargest(of: Map<number, Float64Array>, subject: number, stats: Float64Array): void {
  const held = of.get(subject);
  if (!held) of.set(subject, stats.slice());
  else for (let j = 0; j < stats.length; j++) if (stats[j] > held[j]) held[j] = stats[j];
}

/** Normalised spacings of the largest values of a group's entities, i·ln(x_i/x_{i+1}), are exponential with the tail index (Rényi 1953). */
function spacingsOf(groups: readonly Gathering[]): [number, number][][] {
  const spacings = STATISTICS.map((table) => table.map((): [number, number] => [0, 0]));
  for (const { name, largest = new Map<number, Float64Array>() } of groups) {
    const { family } = GROUP_RULES[name[0]];
    for (let j = 0; j < STATISTICS[family].length; j++) {
      const values = [...largest.values()].map((stats) => stats[j]).filter((value) => value > 0);
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
    if (tail) kept[j] = tail.pairs();
  }
  return { n: Number(n.toPrecision(6)), tails: kept };
}
