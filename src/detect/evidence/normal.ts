/**
 * What windows are normally like here, as tails of every statistic in every group, and how unlikely a window is: a predictive
 * p-value through the chain of groups, the strongest of each kind of evidence, the three strongest kinds together.
 */
import type { Entity } from './entity.js';
import { chainOf, FOREIGN_LETTERS, GROUP_RULES, type Of } from './groups.js';
import type { Classifier } from './misuse/classifier.js';
import { KNOWN_PAIR, NEW_CLIENT, NEW_SERVER, UNKNOWN_SERVICE } from './novelty.js';
import { Numbers } from './numbers.js';
import { type Relations, SEVERAL_USERS } from './relations.js';
import { OFF_LINK } from './roles.js';
import { PAIR_FAMILY, STATISTICS, type Statistic, WINDOW_FACTOR } from './statistics.js';
import { KINDS, type Part, partsOf, strengthBesideUse, strengthOf } from './strength.js';
import { Tail } from './tail.js';

/** Windows of one length in one group. */
export interface GroupState {
  /** windows, or entities where each counts once */
  readonly n: number;
  /** by place of the statistic; none where all are 0 */
  readonly tails: Readonly<Record<string, readonly number[]>>;
}

export interface NormalState {
  /** by length, "scale/group" */
  readonly groups: Readonly<Record<string, GroupState>>;
  /** of each family's statistics: how values of one entity, and of different ones, thin out */
  readonly ownIndex: readonly (readonly number[])[];
  readonly groupIndex: readonly (readonly number[])[];
  /** how many spacings between values that is learned from */
  readonly groupSpacings: readonly (readonly number[])[];
}

export interface Usual {
  /** the largest of training's windows, and the letter of the group that they are of */
  readonly most: number;
  readonly letter: string;
}

interface Level {
  readonly n: number;
  readonly tails: readonly (Pick<Tail, 'most' | 'expected'> | undefined)[];
}

export interface Link {
  /** of its group */
  readonly letter: string;
  readonly level: Level;
  /** of other networks, whose windows are all of the shortest length */
  readonly foreign: boolean;
  /** the next link's windows are among these, and are counted there */
  readonly holdsNext: boolean;
}

export interface Verdict {
  /** strongest first */
  readonly parts: readonly Part[];
  /** of them together [nats]; 0 where they are no news */
  readonly strength: number;
}

/** Spread of rates between groups: the shape of the Gamma distribution that they are drawn from (plateau .15 to .5 on three networks). */
const SHAPE = 0.3;
/** The classifier is one voice beside those of the kinds (at .4 false incidents come back on six networks). */
const CLASSIFIER_PART = 1 / (KINDS + 1);
/** Says that a statistic is no evidence. */
const NOTHING = -1;
const LEAST_P = 1e-12;
/** How fast what other clients of a new thing did thins out. */
const PEER_INDEX = 2;
const MOST_CHAINS = 65_536;

export class Normal {
  private levels = new Map<string, Level>();
  private foreign = new Map<string, Level>();
  private chains = new Map<string, readonly (readonly Link[])[]>();
  private readonly nats = STATISTICS.map((table) => new Float64Array(table.length));
  /** what this is a part of */
  private whole: Normal | undefined;
  /** the groups themselves are in the levels */
  private readonly indices: Omit<NormalState, 'groups'>;

  /** @param foreign base rates of other networks, @param classifier none: the tests decide alone */
  constructor(
    private readonly relations: Relations,
    private readonly scales: number,
    { groups, ...indices }: NormalState,
    foreign: Readonly<Record<string, GroupState>>,
    private readonly except = -1,
    private readonly classifier?: Classifier,
  ) {
    this.indices = indices;
    const numbers = new Numbers();
    for (const [name, group] of Object.entries(groups)) {
      const rule = ruleOf(name.slice(name.indexOf('/') + 1));
      const index = rule.own ? indices.ownIndex : indices.groupIndex;
      this.levels.set(name, levelOf(group, rule.family, index[rule.family], numbers));
    }
    for (const [name, group] of Object.entries(foreign)) {
      const { family } = ruleOf(name);
      this.foreign.set(name, levelOf(group, family, indices.groupIndex[family], numbers));
    }
  }

  /** The same without windows that are among its own, given as groups; never of other networks. */
  without(groups: NormalState['groups']): Normal {
    const rest = new Normal(this.relations, this.scales, { ...this.indices, groups }, {}, this.except, this.classifier);
    for (const [name, level] of rest.levels) rest.levels.set(name, remainder(this.levels.get(name), level));
    rest.whole = this;
    return rest;
  }

  /** The same with a classifier; both keep what they know once. */
  aidedBy(classifier: Classifier): Normal {
    const { relations, scales, indices, except, levels, foreign, chains, whole } = this;
    const aided = new Normal(relations, scales, { ...indices, groups: {} }, {}, except, classifier);
    aided.levels = levels;
    aided.foreign = foreign;
    aided.chains = chains;
    aided.whole = whole;
    return aided;
  }

  /** What the entity's windows of each length are compared with. */
  chainsOf(entity: Of): readonly (readonly Link[])[] {
    const names = chainOf(entity, this.knows(entity.initiator));
    const key = names.join();
    let chains = this.chains.get(key);
    if (!chains) {
      chains = Array.from({ length: this.scales }, (_, scale) => this.chain(names, scale));
      if (this.chains.size < MOST_CHAINS) this.chains.set(key, chains);
    }
    return chains;
  }

  private chain(names: readonly string[], scale: number): Link[] {
    const links: { letter: string; level: Level; foreign: boolean }[] = [];
    const add = (name: string, foreign: boolean): void => {
      const level = this.level(foreign ? name : `${scale}/${name}`, foreign);
      if (level) links.push({ letter: foreign ? '' : name[0], level, foreign });
    };
    const general = names.filter((name) => FOREIGN_LETTERS.includes(name[0]));
    for (const name of general) if (!GROUP_RULES[name[0]].novelty) add(name, true);
    for (const name of names) {
      if (GROUP_RULES[name[0]].novelty) add(name, true);
      add(name, false);
    }
    return links.map(({ letter, level, foreign }, z) => {
      const next = links[z + 1];
      const holdsNext =
        letter !== '' && next !== undefined && next.letter !== '' && GROUP_RULES[next.letter].within.includes(letter);
      return { letter, level, foreign, holdsNext };
    });
  }

  private level(name: string, foreign: boolean): Level | undefined {
    return (foreign ? this.foreign : this.levels).get(name) ?? this.whole?.level(name, foreign);
  }

  /**
   * How unlikely a window is. Training's windows are judged by the same rules as those of detection, so what these leave out
   * asks for no more caution either. What tests and classifier say is averaged: a mean of two logarithms of likelihood ratios is
   * one again, only more careful.
   * @param chains what `chainsOf` gave
   * @param peers other known clients of the same new thing: what they do as well is harmless
   * @param oneSided only one direction is captured
   */
  judge(
    of: Of,
    chains: readonly (readonly Link[])[],
    stats: Float64Array,
    scale: number,
    peers: readonly Entity[] = [],
    oneSided = false,
  ): Verdict {
    const nats = this.natsOf(of, chains, stats, scale, peers, oneSided);
    const parts = partsOf(of.family, nats, stats);
    const tests = this.isMereUse(of) ? strengthBesideUse(parts) : strengthOf(parts);
    if (!this.classifier || of.family !== PAIR_FAMILY || tests === 0) return { parts, strength: tests };
    return { parts, strength: tests + CLASSIFIER_PART * (this.classifier.nats(of, nats) - tests) };
  }

  /** −ln p of each statistic by its place, valid until the next call; below 0 where it says nothing. Parameters as in `judge`. */
  natsOf(
    of: Of,
    chains: readonly (readonly Link[])[],
    stats: Float64Array,
    scale: number,
    peers: readonly Entity[] = [],
    oneSided = false,
  ): Float64Array {
    const table = STATISTICS[of.family];
    const nats = this.nats[of.family];
    const index = this.indices.groupIndex[of.family];
    const spacings = this.indices.groupSpacings[of.family];
    const polls = this.pollsKnown(of);
    for (let j = 0; j < table.length; j++) {
      const statistic = table[j];
      const { floor, needsBoth, name, largest } = statistic;
      nats[j] = NOTHING;
      if (stats[j] <= floor || (oneSided && needsBoth === true) || (polls && name === 'regularity')) continue;
      // other networks' windows are short ones: at most all of them were as busy
      const short = stats[j] / (largest ? 1 : WINDOW_FACTOR ** scale);
      const root = beyond(short / statistic.scale, index[j], spacings[j]);
      nats[j] = -Math.log(p(chains[scale], j, stats[j], short, root, peers));
    }
    return nats;
  }

  /** Whether this network knew the initiator before. */
  private knows(initiator: number): boolean {
    return this.relations.initiators.has(initiator, this.except);
  }

  /**
   * Whether regularity says nothing: of the calls of a host on the link at a service that others used in training, or of one that
   * training did not have at services of a kind that it had, for whatever its programs do at intervals is new with it.
   */
  private pollsKnown({ family, novelty, initiator, roleOfInitiator }: Of): boolean {
    if (family !== PAIR_FAMILY || roleOfInitiator === OFF_LINK) return false;
    return novelty === NEW_CLIENT || (novelty !== KNOWN_PAIR && novelty <= NEW_SERVER && !this.knows(initiator));
  }

  /**
   * Whether that more is done is no news: at a service with fewer clients in training than tell how clients differ, of its next
   * one; of a client at a server on the internet that it used before, who may find more to do there than in minutes of training.
   */
  private isMereUse(of: Of): boolean {
    const { family, novelty } = of;
    if (family !== PAIR_FAMILY) return false;
    if (novelty === KNOWN_PAIR) return of.roleOfResponder === OFF_LINK;
    return novelty >= UNKNOWN_SERVICE || (novelty === NEW_CLIENT && this.relations.usersOf(of) < SEVERAL_USERS);
  }
}

/**
 * The p-value of so many times the scale where nothing is known but how the largest values of different entities thin out:
 * x^-index, averaged over what the index may be (a Gamma distribution, after so many exponential spacings); 1/x at most, as
 * Zipf's law has it.
 */
function beyond(times: number, index: number, spacings: number): number {
  if (times <= 1) return 1;
  return Math.min(1 / times, (1 + (index * Math.log(times)) / spacings) ** -spacings);
}

/**
 * The p-value of one statistic's value, through the chain. @param short the part of it that a short window would have had,
 * @param root its p-value where nothing is known, @param peers see `judge`
 */
function p(
  link: readonly Link[],
  j: number,
  value: number,
  short: number,
  root: number,
  peers: readonly Entity[],
): number {
  let q = root;
  let expected = tailOf(link, 0, j, value, short);
  for (let z = 0; z < link.length; z++) {
    const { level, holdsNext } = link[z];
    const next = z + 1 < link.length ? tailOf(link, z + 1, j, value, short) : 0;
    const seen = holdsNext ? Math.max(0, expected - next) : expected;
    const n = holdsNext ? Math.max(0, level.n - link[z + 1].level.n) : level.n;
    q = Math.max(LEAST_P, Math.min(1, q));
    // predictive of a Dirichlet, and of a Gamma-Poisson, that a handful of zeros does not multiply up to nothing
    q = Math.max((seen + q) / (n + 1), (seen + SHAPE) / (n + SHAPE / q));
    expected = next;
  }
  if (peers.length > 0) {
    let alike = 0;
    for (const peer of peers) {
      const most = Math.max(peer.stats[j], peer.previous[j]);
      alike += most >= value ? 1 : (most / value) ** PEER_INDEX;
    }
    q = (alike + q) / (peers.length + 1);
  }
  return Math.min(1, q);
}

/** What training had of a statistic, in the group nearest to the entity. */
export function usualOf(links: readonly Link[], family: number, statistic: Statistic): Usual {
  const j = STATISTICS[family].indexOf(statistic);
  for (let z = links.length - 1; z >= 0; z--) {
    const { foreign, letter, level } = links[z];
    if (!foreign) return { most: level.tails[j]?.most ?? 0, letter };
  }
  return { most: 0, letter: '' };
}

function tailOf(link: readonly Link[], z: number, j: number, value: number, short: number): number {
  const { level, foreign } = link[z] ?? {};
  return level?.tails[j]?.expected(foreign ? short : value) ?? 0;
}

function ruleOf(group: string): (typeof GROUP_RULES)[string] {
  return GROUP_RULES[group[0]];
}

/** A group without some of its windows; its largest is not known any more. */
function remainder(whole: Level | undefined, part: Level): Level {
  if (!whole) return { n: 0, tails: [] };
  const tails = whole.tails.map((tail, j) => {
    const own = part.tails[j];
    if (!tail || !own) return tail;
    return { most: 0, expected: (x: number) => Math.max(0, tail.expected(x) - own.expected(x)) };
  });
  return { n: Math.max(0, whole.n - part.n), tails };
}

function levelOf(group: GroupState, family: number, index: readonly number[], numbers: Numbers): Level {
  const tails = STATISTICS[family].map((_, j) => {
    const pairs = group.tails[j];
    return pairs ? new Tail(pairs, index[j], numbers) : undefined;
  });
  return { n: group.n, tails };
}
