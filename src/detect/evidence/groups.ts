/**
 * What an entity is compared with: groups of training's windows, each a part of the one before it where that is marked, from
 * other networks' over all of this network's down to the entity's own. A busy service cannot hide a quiet one, nor a quiet one
 * make the other odd.
 */
import type { Entity } from './entity.js';
import {
  isSomethingNew,
  KNOWN,
  KNOWN_PAIR,
  NEW_CLIENT,
  NEW_SERVER,
  NEW_SERVICE_OF_KNOWN_HOST,
  UNKNOWN_SERVICE,
} from './novelty.js';
import { transportOf } from './services.js';
import { type EvidenceKind, INITIATOR_FAMILY, PAIR_FAMILY, SERVICE_FAMILY } from './statistics.js';

export interface GroupRule {
  /** begins the group's name */
  readonly letter: string;
  readonly family: number;
  /** of the entity itself: its windows count one by one; elsewhere each entity counts once */
  readonly own?: boolean;
  /** of such a novelty in training, out of fold */
  readonly novelty?: boolean;
  /** letters of groups that hold all of its windows too */
  readonly within: string;
  /** the spread between entities is learned from it */
  readonly spreads?: boolean;
}

export const GROUP_RULES: Readonly<Record<string, GroupRule>> = {
  // pairs: all; roles and transport; service by roles; a client at this service anywhere; this server's service; this pair
  a: { letter: 'a', family: PAIR_FAMILY, within: '' },
  r: { letter: 'r', family: PAIR_FAMILY, within: 'a', spreads: true },
  c: { letter: 'c', family: PAIR_FAMILY, novelty: true, within: '' },
  v: { letter: 'v', family: PAIR_FAMILY, within: 'ar', spreads: true },
  w: { letter: 'w', family: PAIR_FAMILY, within: 'arv' },
  s: { letter: 's', family: PAIR_FAMILY, within: 'arv' },
  o: { letter: 'o', family: PAIR_FAMILY, own: true, within: 'arvws' },
  // initiators: all; role; of that novelty; this one
  I: { letter: 'I', family: INITIATOR_FAMILY, within: '' },
  J: { letter: 'J', family: INITIATOR_FAMILY, within: 'I', spreads: true },
  K: { letter: 'K', family: INITIATOR_FAMILY, novelty: true, within: '' },
  L: { letter: 'L', family: INITIATOR_FAMILY, own: true, within: 'IJ' },
  // services
  R: { letter: 'R', family: SERVICE_FAMILY, within: '' },
  S: { letter: 'S', family: SERVICE_FAMILY, within: 'R', spreads: true },
  T: { letter: 'T', family: SERVICE_FAMILY, novelty: true, within: '' },
  U: { letter: 'U', family: SERVICE_FAMILY, own: true, within: 'RS' },
  // DNS zones
  Z: { letter: 'Z', family: 3, within: '', spreads: true },
  Y: { letter: 'Y', family: 3, novelty: true, within: '' },
  X: { letter: 'X', family: 3, own: true, within: 'Z' },
};

/** Whose windows they are. */
export type Subject = Pick<
  Entity,
  'family' | 'initiator' | 'responder' | 'address' | 'service' | 'roleOfInitiator' | 'roleOfResponder'
>;
export type Of = Subject & Pick<Entity, 'novelty'>;

const roles = ({ roleOfInitiator, roleOfResponder }: Subject): string => `${roleOfInitiator}${roleOfResponder}`;

/** Groups that a window of training belongs to, but for those of its novelty. @param own its service is told apart */
export function groupsOfWindow(of: Subject, own: boolean): string[] {
  const { initiator, responder, service } = of;
  const transport = transportOf(service);
  switch (of.family) {
    case PAIR_FAMILY: {
      const general = ['a', `r${roles(of)}${transport}`];
      if (!own) return general;
      return [
        ...general,
        `v${roles(of)}:${service}`,
        `w${initiator}:${of.roleOfResponder}:${service}`,
        `s${responder}:${service}`,
        `o${initiator}:${responder}:${service}`,
      ];
    }
    case INITIATOR_FAMILY:
      return ['I', `J${of.roleOfInitiator}`, `L${initiator}`];
    case SERVICE_FAMILY:
      return ['R', `S${of.roleOfResponder}${transport}`, `U${responder}:${service}`];
    default:
      return ['Z', `X${service}`];
  }
}

/** The group of windows of like novelty. */
export function groupOfNovelty(of: Subject, novelty: number): string {
  switch (of.family) {
    case PAIR_FAMILY:
      return `c${novelty}${transportOf(of.service)}`;
    case INITIATOR_FAMILY:
      return `K${of.roleOfInitiator}${novelty}`;
    case SERVICE_FAMILY:
      return `T${novelty}`;
    default:
      return `Y${novelty}`;
  }
}

/** Groups in which windows of other networks are kept: they know roles, transports and novelty, but nobody by name. */
export const FOREIGN_LETTERS = 'arcIJKRSTZY';

/**
 * The chain of groups that an entity is compared with, the general ones first.
 * @param knownInitiator training knew the initiator
 */
export function chainOf(of: Of, knownInitiator: boolean): string[] {
  const [first, second, ...named] = groupsOfWindow(of, true);
  const novelty = groupOfNovelty(of, of.novelty);
  if (of.family === PAIR_FAMILY) {
    const [byRoles, ofClient, ofServer, itself] = named;
    const chain = [first, second];
    if (of.novelty >= NEW_SERVICE_OF_KNOWN_HOST) chain.push(novelty);
    if (of.novelty <= NEW_SERVER) chain.push(byRoles);
    if (of.novelty <= NEW_SERVER && knownInitiator) chain.push(ofClient);
    if (of.novelty <= NEW_CLIENT) chain.push(ofServer);
    if (of.novelty === KNOWN_PAIR) chain.push(itself);
    return chain;
  }
  if (of.family === INITIATOR_FAMILY || of.family === SERVICE_FAMILY)
    return [first, second, of.novelty === KNOWN ? named[0] : novelty];
  return [first, of.novelty === KNOWN ? second : novelty];
}

/**
 * Evidence of a pair that volume does not lead has a stratum of its own: one odd transfer of a file says nothing of how often
 * calls are regular by chance. Where volume leads, all evidence is the measure.
 */
const BESIDE_VOLUME = ':beside volume';

/** The stratum of evidence whose strongest part is of that kind; none: there is no evidence. */
export function stratumOf(of: Of, capturedHostRole: number, kind: EvidenceKind | undefined): string {
  const [all, beside = all] = strataOf(of, capturedHostRole);
  return kind === 'volume' ? all : beside;
}

/** The strata that a window is a trial of: that of all evidence, and for pairs that of evidence beside volume. */
export function strataOf(of: Of, capturedHostRole: number): [all: string, beside?: string] {
  const all = newnessOf(of, capturedHostRole);
  return of.family === PAIR_FAMILY ? [all, all + BESIDE_VOLUME] : [all];
}

/** How much is new, of what kind: what happens often here has to be stranger to be told. */
function newnessOf(of: Of, capturedHostRole: number): string {
  const { family, novelty } = of;
  if (family === INITIATOR_FAMILY) return `${family}:${novelty}:${of.roleOfInitiator}`;
  if (family !== PAIR_FAMILY) return `${family}:${novelty}`;
  const transport = transportOf(of.service) === 'tcp' ? 'tcp' : 'udp';
  const called = novelty >= NEW_SERVICE_OF_KNOWN_HOST && of.roleOfResponder === capturedHostRole ? 'in' : '';
  return `${family}:${novelty}:${transport}${called}`;
}

/** Strata that are alike: of one that training never showed the others are the measure. */
export function likeOf(stratum: string): string {
  const [family, novelty, rest, beside] = stratum.split(':');
  if (Number(family) !== PAIR_FAMILY) return family;
  const how = Number(novelty) >= UNKNOWN_SERVICE ? 'unknown' : isSomethingNew(Number(novelty)) ? 'new' : 'known';
  const like = `${family}:${how}:${rest.startsWith('tcp') ? 'tcp' : 'udp'}`;
  return beside === undefined ? like : like + BESIDE_VOLUME;
}
