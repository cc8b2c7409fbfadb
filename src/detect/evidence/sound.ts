/** What the numbers of a model's evidence can be, beside their types: each rule follows from how training works them out. */
import { FOREIGN_WEIGHT } from './base-rates.js';
import { LEAST_INDEX, MOST_INDEX, MOST_OWN_INDEX, PRIOR_SPACINGS } from './fit.js';
import { FOREIGN_LETTERS, GROUP_RULES, likeOf } from './groups.js';
import type { GroupState } from './normal.js';
import type { EvidenceState } from './state.js';
import { STATISTICS, scalesOf } from './statistics.js';
import { LIKE_OVER, type StratumTail, UNKNOWN_EXCESS, wantedOver, withoutScale } from './strata.js';

/** of numbers that are kept in six digits, each of a sum: half a unit of the last */
const ROUNDED = 1e-5;
const SAME = 1e-9;

/** The first thing that cannot be, in words; undefined: all can. */
export function unsoundEvidence(state: Omit<EvidenceState, 'weighs'>): string | undefined {
  const { strata, scales } = state;
  if (scales !== scalesOf(strata.trainingS * 1e6)) return 'its windows do not fit the length of training';
  const odd = Object.entries(strata.likes).find(([, tail]) => !isTail(tail) || tail.likely !== UNKNOWN_EXCESS);
  if (odd) return `the tail of ${odd[0]} contradicts itself`;
  return strataFault(state) ?? groupsFault(state) ?? indexFault(state.normal);
}

/** Out of `calibrate`: trials in pools of likes, and the usual excess of the like. */
function strataFault({ strata, scales }: Pick<EvidenceState, 'strata' | 'scales'>): string | undefined {
  const own: Record<string, number> = {};
  for (const [name, tail] of Object.entries(strata.tails)) {
    const like = likeOf(withoutScale(name));
    const of = strata.likes[like];
    const scale = Number(name.slice(0, name.indexOf('/')));
    const likely = of && (LIKE_OVER * UNKNOWN_EXCESS + of.excess) / (LIKE_OVER + of.over);
    if (likely === undefined || !isTail(tail) || !isSame(tail.likely, likely) || !(scale < scales))
      return `the tail of stratum ${name} contradicts itself`;
    own[like] = (own[like] ?? 0) + tail.own;
  }
  const other = Object.entries(strata.likes).find(([like, tail]) => tail.own !== (own[like] ?? 0));
  return other && `the strata of ${other[0]} have not the trials of all of them`;
}

/** As `tailOf` of strata.ts leaves them. */
function isTail({ own, trials, from, over, excess }: StratumTail): boolean {
  const foreign = (trials - own) / FOREIGN_WEIGHT;
  if (trials < 1) return over === 0 && excess === 0 && own >= 0;
  if (foreign < 0 || !Number.isInteger(foreign) || over > trials || excess < 0 || from < 0) return false;
  // exceedances are taken one by one until they are enough, or there are no more
  const wanted = wantedOver(trials);
  return over === trials || (over >= wanted && over < wanted + 1);
}

function groupsFault({
  normal,
  foreign,
  scales,
}: Pick<EvidenceState, 'normal' | 'foreign' | 'scales'>): string | undefined {
  for (const [name, group] of Object.entries(normal.groups)) {
    const slash = name.indexOf('/');
    const scale = Number(name.slice(0, slash));
    if (!(scale >= 0 && scale < scales) || !isGroup(name.slice(slash + 1), group))
      return 'the tails of a group contradict themselves';
  }
  const odd = Object.entries(foreign).find(
    ([name, group]) => !FOREIGN_LETTERS.includes(name[0]) || !isGroup(name, group),
  );
  return odd && `the base rates of ${odd[0]} contradict themselves`;
}

/** Values ascending, each with its weight, and no more of them than windows. */
function isGroup(name: string, { n, tails }: GroupState): boolean {
  const rule = GROUP_RULES[name[0]];
  if (rule === undefined || !(n > 0)) return false;
  return Object.entries(tails).every(([j, pairs]) => {
    const known = STATISTICS[rule.family][Number(j)] !== undefined;
    let [before, sum] = [0, 0];
    for (let i = 0; i < pairs.length; i += 2) {
      if (!(pairs[i] > before && pairs[i + 1] > 0)) return false;
      before = pairs[i];
      sum += pairs[i + 1];
    }
    return known && pairs.length % 2 === 0 && pairs.length > 0 && sum <= n * (1 + ROUNDED);
  });
}

function indexFault({ ownIndex, groupIndex, groupSpacings }: EvidenceState['normal']): string | undefined {
  const fits = (tables: readonly (readonly number[])[], least: number, most: number): boolean =>
    tables.length === STATISTICS.length &&
    tables.every(
      (table, family) =>
        table.length === STATISTICS[family].length && table.every((value) => value >= least && value <= most),
    );
  const all =
    fits(ownIndex, LEAST_INDEX, MOST_OWN_INDEX) &&
    fits(groupIndex, LEAST_INDEX, MOST_INDEX) &&
    fits(groupSpacings, PRIOR_SPACINGS, Number.MAX_SAFE_INTEGER);
  return all ? undefined : 'how fast values thin out is out of range';
}

function isSame(a: number, b: number): boolean {
  return Math.abs(a - b) <= SAME * (1 + Math.abs(b));
}
