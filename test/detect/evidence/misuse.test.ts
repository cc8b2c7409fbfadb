import { beforeAll, describe, expect, it } from 'vitest';
import { atOnce } from '../../../src/base/turns.js';
import { NO_BASE_RATES } from '../../../src/detect/evidence/base-rates.js';
import type { Cell } from '../../../src/detect/evidence/cells.js';
import { fitNormal, ownIndices } from '../../../src/detect/evidence/fit.js';
import type { Of, Subject } from '../../../src/detect/evidence/groups.js';
import { Classifier, type ClassifierState } from '../../../src/detect/evidence/misuse/classifier.js';
import { type Example, fitClassifier } from '../../../src/detect/evidence/misuse/fit-classifier.js';
import { MISUSES, madeStrange } from '../../../src/detect/evidence/misuse/misuses.js';
import { Normal } from '../../../src/detect/evidence/normal.js';
import { NEW_SERVER } from '../../../src/detect/evidence/novelty.js';
import { Relations } from '../../../src/detect/evidence/relations.js';
import { NEIGHBOUR, OFF_LINK } from '../../../src/detect/evidence/roles.js';
import { serviceOf, TCP } from '../../../src/detect/evidence/services.js';
import { P, PAIR_FAMILY, STATISTICS } from '../../../src/detect/evidence/statistics.js';
import { strengthOf } from '../../../src/detect/evidence/strength.js';
import { Random } from '../../../src/model/random.js';

const WEB = serviceOf(TCP, 443);
const PAIR_STATISTICS = STATISTICS[PAIR_FAMILY];
const RELATIONS = Relations.from({
  ...{
    services: [WEB],
    pairs: [],
    offers: [],
    lookups: [],
    users: [],
    hosts: [],
    initiators: [],
    zones: [],
    names: [],
  },
});

const statsOf = (values: Readonly<Record<string, number>>): Float64Array => {
  const stats = new Float64Array(PAIR_STATISTICS.length);
  for (const [name, value] of Object.entries(values)) stats[P[name]] = value;
  return stats;
};

/** A minute with a web server: a few requests, now and then many, never at even intervals. */
function browse(random: Random): Float64Array {
  const n = 1 + Math.floor(8 * random.uniform() ** 3);
  const questions = n + random.integer(2 * n);
  return statsOf({
    ...{ connections: n, exchanges: questions, packets: 12 * questions, sent: 400 * questions },
    ...{ received: 4000 * questions * random.uniform(), same_answers: random.integer(3), age: 30 * random.uniform() },
    ...{ same_sessions: 1 + random.integer(2) },
  });
}

/** Windows of so many clients, each at a server of its own that is new, with what others make of them. */
function examplesOf(clients: number): Example[] {
  const random = new Random(7);
  const subjects = Array.from(
    { length: clients },
    (_, i): Subject => ({
      ...{ family: PAIR_FAMILY, initiator: 1 + i, responder: 10_000 + i, address: 10_000 + i, service: WEB },
      ...{ roleOfInitiator: NEIGHBOUR, roleOfResponder: OFF_LINK },
    }),
  );
  const cells = subjects.flatMap((_, subject) =>
    [0, 1, 2, 3, 4].map(
      (block): Cell => ({
        ...{ subject, scale: 0, block, novelty: NEW_SERVER, startUs: 0, client: 0, weight: 1 },
        stats: browse(random),
      }),
    ),
  );
  const input = { cells, subjects };
  const { state } = fitNormal(input, input, RELATIONS, -1, ownIndices(input), NO_BASE_RATES);
  const normal = new Normal(RELATIONS, 1, state, {});
  return cells.map((cell) => ({ normal, cell, of: { ...subjects[cell.subject], novelty: cell.novelty } }));
}

describe('windows made strange', () => {
  it.each(MISUSES.map(({ name }) => name))('differ from what they were: %s', (name) => {
    const random = new Random(3);
    const before = browse(random);
    const kept = before.slice();
    const { transports } = MISUSES.find((misuse) => misuse.name === name) as (typeof MISUSES)[number];
    expect(transports.length).toBeGreaterThan(0);
    for (const transport of transports) {
      for (let i = 0; i < 200; i++) {
        const after = madeStrange(before, transport, random);
        expect(after.every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
        expect(after).not.toEqual(before);
      }
    }
    expect(before).toEqual(kept);
  });

  it('span what is barely visible and what is gross', () => {
    const random = new Random(5);
    const sent = Array.from({ length: 2000 }, () => madeStrange(statsOf({ sent: 100 }), 'tcp', random)[P.sent]);
    expect(Math.min(...sent.filter((value) => value > 100))).toBeLessThan(500);
    expect(Math.max(...sent)).toBeGreaterThan(5e6);
  });
});

describe('the classifier', () => {
  let examples: Example[];
  let state: ClassifierState;
  beforeAll(() => {
    examples = examplesOf(120);
    state = atOnce(fitClassifier(examples));
  });

  const natsOf = ({ normal, of }: Example, stats: Float64Array): number =>
    (Classifier.of(state) as Classifier).nats(of, normal.natsOf(of, normal.chainsOf(of), stats, 0));

  it('ranks windows made strange above harmless ones that it has not seen', () => {
    const random = new Random(99);
    const [one] = examples;
    const harmless = Array.from({ length: 400 }, () => natsOf(one, browse(random)));
    const strange = Array.from({ length: 400 }, () => natsOf(one, madeStrange(browse(random), 'tcp', random)));
    let above = 0;
    for (const a of strange) for (const b of harmless) above += a > b ? 1 : a === b ? 0.5 : 0;
    expect(above / (400 * 400)).toBeGreaterThan(0.85);
  });

  it('knows what goes together: even calls that are alike say more than as strange a number of questions', () => {
    const [one] = examples;
    const { normal, of } = one;
    const calls = statsOf({ connections: 8, exchanges: 8, same_sessions: 8, same_answers: 8, regularity: 1e5 });
    const questions = statsOf({ connections: 8, exchanges: 40, packets: 480, sent: 16_000, received: 80_000 });
    const strength = (stats: Float64Array): number => normal.judge(of, normal.chainsOf(of), stats, 0).strength;
    expect(natsOf(one, calls)).toBeGreaterThan(3);
    expect(strength(questions)).toBeGreaterThan(1);
    expect(natsOf(one, questions) / strength(questions)).toBeLessThan(natsOf(one, calls) / strength(calls));
  });

  it('is one voice of four: strength is the mean of what kinds and classifier say', () => {
    const [{ normal, of }] = examples;
    const { cells, subjects } = { cells: examples.map(({ cell }) => cell), subjects: examples.map((e): Of => e.of) };
    const input = { cells, subjects: subjects.filter((_, i) => i % 5 === 0) };
    const fitted = fitNormal(input, input, RELATIONS, -1, ownIndices(input), NO_BASE_RATES);
    const aided = new Normal(RELATIONS, 1, fitted.state, {}, -1, Classifier.of(state));
    const stats = statsOf({ connections: 9, same_sessions: 9, regularity: 1e4, sent: 5e5, one_sided: 4e5 });
    const tests = normal.judge(of, normal.chainsOf(of), stats, 0);
    const both = aided.judge(of, aided.chainsOf(of), stats, 0);
    expect(tests.strength).toBeCloseTo(strengthOf(tests.parts), 9);
    expect(both.parts).toEqual(tests.parts);
    expect(both.strength).toBeCloseTo(0.75 * tests.strength + 0.25 * natsOf(examples[0], stats), 9);
    // where no test says anything there is nothing to weigh
    expect(aided.judge(of, aided.chainsOf(of), statsOf({ connections: 1 }), 0)).toEqual({ parts: [], strength: 0 });
  });

  it('comes out the same each time, and is a judge of each half that has not seen it', () => {
    expect(atOnce(fitClassifier(examples))).toEqual(state);
    expect(state).toHaveLength(2);
    const odd = examples.filter(({ cell }) => cell.subject % 2 === 1 || cell.subject < 60);
    const [firstHalf] = atOnce(fitClassifier(odd));
    expect(firstHalf).toEqual(state[0]);
  });

  it('is none where training has too few pairs, and the tests decide alone', () => {
    const few = examplesOf(40);
    expect(atOnce(fitClassifier(few))).toEqual([]);
    expect(Classifier.of([])).toBeUndefined();
  });
});
