import { describe, expect, it } from 'vitest';
import { NO_BASE_RATES } from '../../../src/detect/evidence/base-rates.js';
import type { Cell } from '../../../src/detect/evidence/cells.js';
import { fitNormal, ownIndices } from '../../../src/detect/evidence/fit.js';
import type { Of, Subject } from '../../../src/detect/evidence/groups.js';
import { Normal, type NormalState, usualOf } from '../../../src/detect/evidence/normal.js';
import { KNOWN_PAIR, NEW_CLIENT } from '../../../src/detect/evidence/novelty.js';
import { Relations } from '../../../src/detect/evidence/relations.js';
import { NEIGHBOUR, OWN } from '../../../src/detect/evidence/roles.js';
import { serviceOf, TCP } from '../../../src/detect/evidence/services.js';
import { P, PAIR_FAMILY, STATISTICS } from '../../../src/detect/evidence/statistics.js';
import { partsOf, strengthOf } from '../../../src/detect/evidence/strength.js';

const [WEB, SSH] = [serviceOf(TCP, 443), serviceOf(TCP, 22)];
const RELATIONS = Relations.from({
  ...{ services: [WEB, SSH], pairs: [], offers: [], lookups: [], users: [], hosts: [], initiators: [1, 2, 3, 4] },
  ...{ zones: [], names: [] },
});

const subject = (initiator: number, responder: number, service: number): Subject => ({
  ...{ family: PAIR_FAMILY, initiator, responder, address: responder, service },
  ...{ roleOfInitiator: NEIGHBOUR, roleOfResponder: OWN },
});

const pairs = (value: number): Float64Array => {
  const stats = new Float64Array(STATISTICS[PAIR_FAMILY].length);
  stats[P.connections] = value;
  return stats;
};

/** Windows of each subject: how many connections each had; those of a subject spread over the five blocks. */
function normalOf(windows: readonly (readonly [Subject, readonly number[]])[], keep = /./): Normal {
  const cells = windows.flatMap(([, values], index) =>
    values.map(
      (value, i): Cell => ({
        subject: index,
        scale: 0,
        block: i % 5,
        novelty: 0,
        startUs: 0,
        stats: pairs(value),
        client: 0,
        weight: 1,
      }),
    ),
  );
  const input = { cells, subjects: windows.map(([one]) => one) };
  const { state } = fitNormal(input, input, RELATIONS, -1, ownIndices(input), NO_BASE_RATES);
  const groups = Object.fromEntries(Object.entries(state.groups).filter(([name]) => keep.test(name)));
  return new Normal(RELATIONS, 1, { ...state, groups } satisfies NormalState, {});
}

/** @param oneSided one direction is captured */
function partsIn(normal: Normal, of: Of, stats: Float64Array, oneSided = false): ReturnType<typeof partsOf> {
  return partsOf(PAIR_FAMILY, normal.natsOf(of, normal.chainsOf(of), stats, 0, [], oneSided), stats);
}

const strength = (normal: Normal, one: Subject, value: number, novelty = KNOWN_PAIR): number =>
  strengthOf(partsIn(normal, { ...one, novelty }, pairs(value)));

const cycle = (n: number, values: readonly number[]): number[] =>
  Array.from({ length: n }, (_, i) => values[i % values.length] as number);
const web = [1, 2, 3, 4].map((client) => [subject(client, 9, WEB), cycle(60, [80, 100, 120, 140])] as const);
const ssh = [1, 2, 3, 4].map((client) => [subject(client, 9, SSH), cycle(60, [1, 1, 1, 2])] as const);

describe('what is normal', () => {
  it('is each service’s own: a busy one does not hide a quiet one, nor a quiet one make the other odd', () => {
    const normal = normalOf([...web, ...ssh]);
    const [busy, quiet] = [strength(normal, subject(1, 9, WEB), 100), strength(normal, subject(1, 9, SSH), 100)];
    expect(busy).toBeLessThan(1);
    expect(quiet).toBeGreaterThan(4);
    const alone = strength(normalOf(ssh), subject(1, 9, SSH), 100);
    // that somebody here has a hundred of something takes part of the surprise away, and not most of it
    expect(quiet).toBeGreaterThan(alone / 2);
    expect(strength(normalOf(web), subject(1, 9, WEB), 100)).toBeCloseTo(busy, 1);
  });

  it('counts no window twice, though it is in the groups of all levels', () => {
    const windows = [[subject(1, 9, SSH), cycle(60, [1, 1, 1, 2])]] as const;
    const one = subject(1, 9, SSH);
    for (const value of [5, 20, 100, 1000]) {
      const [all, own] = [strength(normalOf(windows), one, value), strength(normalOf(windows, /^0\/o/), one, value)];
      expect(Math.abs(all - own)).toBeLessThan(0.1);
    }
  });

  it('never calls rarer than it was what was seen', () => {
    const normal = normalOf(ssh);
    // one in four windows of this very pair had as many
    expect(strength(normal, subject(1, 9, SSH), 2)).toBeLessThan(-Math.log(1 / 4) + 0.1);
    expect(strength(normal, subject(1, 9, SSH), 1)).toBe(0);
  });

  it('grows with the value without a jump, and with more training', () => {
    const normal = normalOf(ssh);
    const values = [2, 2.2, 3, 5, 10, 50, 100, 1000];
    const strengths = values.map((value) => strength(normal, subject(1, 9, SSH), value));
    expect(strengths).toEqual(strengths.toSorted((a, b) => a - b));
    expect(strengths[1] - strengths[0]).toBeLessThan(2);
    const few = ssh.map(([one, values]) => [one, values.slice(0, 10)] as const);
    expect(strength(normalOf(few), subject(1, 9, SSH), 100)).toBeLessThan(strengths[6]);
  });

  it('of a new client is what other clients of that service do, and says so', () => {
    const normal = normalOf([...web, ...ssh]);
    const [known, fresh] = [subject(1, 9, WEB), subject(77, 9, WEB)];
    expect(strength(normal, fresh, 100, NEW_CLIENT)).toBeLessThan(2);
    const usual = (one: Subject, novelty: number): string =>
      usualOf(normal.chainsOf({ ...one, novelty })[0], PAIR_FAMILY, STATISTICS[PAIR_FAMILY][P.connections]).letter;
    expect([usual(known, KNOWN_PAIR), usual(fresh, NEW_CLIENT)]).toEqual(['o', 's']);
  });
});

describe('kinds of evidence', () => {
  it('are summed up over the strongest of each kind only, and the three strongest kinds', () => {
    const normal = normalOf(ssh);
    const stats = pairs(100);
    stats[P.failed] = 90;
    stats[P.packets] = 1000;
    stats[P.sent] = 1e7;
    stats[P.same_sessions] = 90;
    stats[P.reversed] = 40;
    const parts = partsIn(normal, { ...subject(1, 9, SSH), novelty: 0 }, stats);
    expect(parts.map(({ statistic }) => statistic.kind)).toHaveLength(
      new Set(parts.map(({ statistic }) => statistic.kind)).size,
    );
    expect(parts.filter(({ statistic }) => statistic.kind === 'number')).toHaveLength(1);
    expect(parts.length).toBeGreaterThan(3);
    expect(strengthOf(parts)).toBeCloseTo(
      parts.slice(0, 3).reduce((sum, { nats }) => sum + nats, 0),
      9,
    );
  });

  it('that need both directions say nothing where one is captured', () => {
    const normal = normalOf(ssh);
    const stats = pairs(3);
    stats[P.failed] = 300;
    const names = (oneSided: boolean): string[] =>
      partsIn(normal, { ...subject(1, 9, SSH), novelty: 0 }, stats, oneSided).map(({ statistic }) => statistic.name);
    expect(names(false)).toEqual(['failed']);
    expect(names(true)).toEqual(['connections']);
  });
});
