/**
 * Training data that hold an attack teach it as normal, and one that spans blocks of time explains itself. So whatever somebody
 * did is judged as though he had come last: by what all others did, and by other networks.
 */
import type { Steps } from '../../base/turns.js';
import { type BaseRates, pooledGroups } from './base-rates.js';
import { BEHAVIOUR } from './budget.js';
import type { Cell } from './cells.js';
import { type FitInput, fitNormal } from './fit.js';
import type { Subject } from './groups.js';
import type { Classifier } from './misuse/classifier.js';
import { asNewcomers, ownerOf } from './newcomers.js';
import { Normal } from './normal.js';
import type { Relations } from './relations.js';
import { OWN } from './roles.js';
import { S, SERVICE_FAMILY, STATISTICS, ZONE_FAMILY } from './statistics.js';
import { calibrate, Strata } from './strata.js';
import { strengthsOf, type Trial, Trials } from './trials.js';

/** Owners that are judged in full, those of the rarest evidence first: more than that are no exception any more. */
const MOST_JUDGED = 64;

/** What training's windows are judged with. */
export interface Training {
  readonly relations: Relations;
  readonly scales: number;
  readonly trainingS: number;
  readonly others: BaseRates;
  readonly classifier: Classifier | undefined;
}

export interface Outlier extends Trial {
  /** expected a second by chance */
  readonly rate: number;
  /** the strangest windows of its blocks */
  readonly windows: readonly Cell[];
  /** block without whose relations it was judged; -1 none */
  readonly except: number;
}

/** Trials of everybody's windows, each judged without whose it is. @param input as `asNewcomers` takes it */
export function* newcomerTrials(
  input: FitInput,
  ownIndex: readonly (readonly number[])[],
  { relations, scales, others, classifier }: Training,
): Steps<Trial[]> {
  const { cells, subjects } = asNewcomers(input);
  const tailsOf = (of: readonly Cell[]) =>
    fitNormal({ cells: of, subjects }, { cells: of, subjects }, relations, -1, ownIndex, others).state;
  const whole = new Normal(relations, scales, tailsOf(cells), pooledGroups(others), -1, classifier);
  const owned = new Map<string, Cell[]>();
  for (const cell of cells) {
    const owner = ownerOf(subjects[cell.subject], cell.client);
    const of = owned.get(owner) ?? [];
    owned.set(owner, of);
    of.push(cell);
  }
  const trials = new Trials();
  for (const own of owned.values()) {
    yield;
    const normal = whole.without(tailsOf(own).groups);
    for (const cell of own)
      if (canTell(subjects[cell.subject], cell)) trials.judge(normal, subjects[cell.subject], cell);
  }
  return trials.all();
}

/**
 * Some service is the busiest of all, by far as often as not: only connections that are left half-open are told. And a zone is
 * compared with what other initiators ask for, of whom a captured host that is no server has none.
 */
function canTell({ family, roleOfInitiator }: Subject, { stats }: Cell): boolean {
  if (family === ZONE_FAMILY) return roleOfInitiator !== OWN;
  return family !== SERVICE_FAMILY || stats[S.half_open] > STATISTICS[SERVICE_FAMILY][S.half_open].floor;
}

/**
 * What comes more rarely than `limit` by what the trials of all other owners say: each entity once, the rarest first.
 * @param limit from the strata in use to a rate a second
 * @param byBlock each trial was judged without the relations of its block
 */
export function* outliersAmong(
  trials: readonly Trial[],
  { scales, trainingS, others }: Training,
  limit: (strata: number) => number,
  byBlock: boolean,
): Steps<Outlier[]> {
  const strataOf = (from: readonly Trial[], only?: ReadonlySet<string>): Strata =>
    new Strata(calibrate(strengthsOf(from), scales, trainingS, others, only));
  const all = strataOf(trials);
  const most = limit(all.size);
  const outliers = new Map<number, Outlier>();
  const owners = trials.map(({ of, cell }) => ownerOf(of, cell.client));
  for (const owner of rarestOwners(trials, owners, all)) {
    yield;
    const own = trials.filter((_, i) => owners[i] === owner);
    const theirs = new Set(own.map(({ stratum }) => stratum));
    const rest = strataOf(
      trials.filter((_, i) => owners[i] !== owner),
      theirs,
    );
    for (const trial of own) {
      const { cell, stratum, strength } = trial;
      const rate = rest.rate(stratum, strength);
      if (rate >= most || rest.given(stratum, strength) >= BEHAVIOUR) continue;
      const before = outliers.get(cell.subject);
      const windows = [...(before?.windows ?? []), cell];
      const told = trial.told || before?.told === true;
      if (before && before.rate <= rate) outliers.set(cell.subject, { ...before, told, windows });
      else outliers.set(cell.subject, { ...trial, told, rate, windows, except: byBlock ? cell.block : -1 });
    }
  }
  return [...outliers.values()].sort((a, b) => a.rate - b.rate);
}

function rarestOwners(trials: readonly Trial[], owners: readonly string[], strata: Strata): string[] {
  const best = new Map<string, number>();
  for (const [i, { stratum, strength }] of trials.entries()) {
    const owner = owners[i];
    best.set(owner, Math.min(best.get(owner) ?? Number.POSITIVE_INFINITY, strata.rate(stratum, strength)));
  }
  const sorted = [...best].sort((a, b) => a[1] - b[1]);
  return sorted.slice(0, MOST_JUDGED).map(([owner]) => owner);
}
