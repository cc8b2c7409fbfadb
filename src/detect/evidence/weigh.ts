/**
 * What evidence weighs under a training, in a few numbers that depend on every number that decides it: worked out when it was
 * learned, and again when a model is loaded. A tail with another value, a net with another weight is no damaged file, yet another judge.
 */
import { Random, seedOf } from '../../model/random.js';
import { shareOf } from './budget.js';
import { GROUP_RULES } from './groups.js';
import { Classifier } from './misuse/classifier.js';
import type { GroupState } from './normal.js';
import { UNKNOWN_SERVICE_AND_HOST } from './novelty.js';
import type { EvidenceState } from './state.js';
import { PAIR_FAMILY, STATISTICS } from './statistics.js';
import { Strata } from './strata.js';
import { Tail } from './tail.js';

/** nats at which strata are asked, from weak evidence to more than three kinds can show */
const STRENGTHS = [2, 5, 10, 20, 40, 80];
/** values at which tails are asked: from one connection to a terabyte, four to a decade */
const VALUES = Array.from({ length: 49 }, (_, i) => 10 ** (i / 4));
/** windows that the classifier is asked about: each of its units is at work in some */
const PROBES = 64;
const SEED = 1;
/** nats: what the classifier tells apart at most, see classifier.ts */
const MOST_NATS = 15;
/** TCP, UDP and ICMP services, whose transports the classifier knows or does not */
const SERVICES = [6, 17, 1].map((protocol) => protocol * 65_536 + 1);
/** Sums of the same numbers in the same order: only powers and logarithms may differ between versions of Node, in the last places. */
const SAME = 1e-9;

export type Weighed = Omit<EvidenceState, 'weighs'>;

export function weighed(state: Weighed): number[] {
  const { alertsPerDay, strata, normal, foreign, classifier } = state;
  const judge = new Strata(strata);
  const share = shareOf(alertsPerDay, strata.trainingS, judge.size);
  return [
    Math.log(share),
    ...STRENGTHS.map((strength) => ofStrata(judge, Object.keys(strata.tails), strength)),
    ...STRENGTHS.map((strength) => ofStrata(judge, Object.keys(strata.likes), strength)),
    ofGroups(normal.groups, normal.ownIndex, normal.groupIndex),
    ofGroups(foreign, normal.ownIndex, normal.groupIndex),
    ...normal.groupSpacings.map((spacings) => inOrder(spacings)),
    ...logitsOf(classifier),
  ];
}

/** Whether a model's evidence weighs what it weighed when it was learned. */
export function weighsSame(state: EvidenceState): boolean {
  const now = weighed(state);
  return (
    now.length === state.weighs.length &&
    now.every((value, i) => Math.abs(value - state.weighs[i]) <= SAME * (1 + Math.abs(value)))
  );
}

/** A sum in which places count, so that two that are swapped are seen. */
function inOrder(values: readonly number[]): number {
  return values.reduce((sum, value, i) => sum + (i + 1) * value, 0);
}

function ofStrata(judge: Strata, names: readonly string[], strength: number): number {
  return inOrder(names.map((name) => Math.log(judge.rate(name, strength))));
}

function ofGroups(
  groups: Readonly<Record<string, GroupState>>,
  ownIndex: readonly (readonly number[])[],
  groupIndex: readonly (readonly number[])[],
): number {
  return inOrder(
    Object.entries(groups).map(([name, { n, tails }]) => {
      const rule = GROUP_RULES[name.slice(name.indexOf('/') + 1)[0]];
      const index = (rule?.own ? ownIndex : groupIndex)[rule?.family] ?? [];
      const weights = Object.entries(tails).map(([j, pairs]) => {
        const tail = new Tail(pairs, index[Number(j)]);
        return inOrder(VALUES.map((value) => Math.log1p(tail.expected(value))));
      });
      return Math.log1p(n) + inOrder(weights);
    }),
  );
}

/** What the nets say of windows drawn at random. */
function logitsOf(state: EvidenceState['classifier']): number[] {
  const classifier = Classifier.of(state);
  if (!classifier) return [];
  const random = new Random(seedOf(SEED));
  const nats = new Float64Array(STATISTICS[PAIR_FAMILY].length);
  return Array.from({ length: PROBES }, (_, probe) => {
    for (let j = 0; j < nats.length; j++) nats[j] = random.uniform() < 0.5 ? 0 : MOST_NATS * random.uniform();
    const of = { novelty: probe % (UNKNOWN_SERVICE_AND_HOST + 1), service: SERVICES[probe % SERVICES.length] };
    return classifier.logit(of, nats);
  });
}
