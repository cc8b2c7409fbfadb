/**
 * Who was there in training and dealt with whom: hosts, initiators, services and their clients, DNS zones, names. Each is kept with
 * the blocks of time that had it, so that what one block adds is new to the others.
 */
import { exactKey, Key } from '../../base/hash.js';
import { TIME_BLOCKS } from '../../base/time-blocks.js';
import { isEchoRequestType } from '../../features/packet/roles.js';
import { DNS_QUERY } from '../../features/traffic.js';
import type { FeatureBatch } from '../feature-batch.js';
import { isLookUp } from './look-up.js';
import { Names, type NamesState } from './names.js';
import { noveltyOfPair } from './novelty.js';
import { isAlwaysOwn, serviceOf } from './services.js';

/** of one kind; a network with more has new ones all the time anyway */
const MOST = 65_536;
/** Services used less are pooled. */
const FEWEST_USES = 3;
/** Clients of a service are counted up to this: from so many on their spread tells what the next one may do. */
export const SEVERAL_USERS = 3;
const [PAIR, OFFER] = [0x45, 0x46];

const key = new Key();

/** of one client at one service of a host */
function pairKey(initiator: number, responder: number, service: number): number {
  key.start(PAIR).addWide(initiator).addWide(responder).addWide(service);
  return exactKey(key.low, key.high);
}

/** of a service at its host */
export function offerKey(responder: number, service: number): number {
  key.start(OFFER).addWide(responder).addWide(service);
  return exactKey(key.low, key.high);
}

/** A set with the blocks of time that had each member. */
export class Blocks {
  private readonly masks = new Map<number, number>();
  /** members that found no place */
  beyond = 0;
  /** nobody is named, and everybody is a member */
  everybody = false;

  add(member: number, block: number): boolean {
    const mask = this.masks.get(member);
    if (mask === undefined) {
      if (this.masks.size >= MOST) {
        this.beyond++;
        return false;
      }
      this.masks.set(member, 1 << block);
      return true;
    }
    if ((mask & (1 << block)) === 0) this.masks.set(member, mask | (1 << block));
    return false;
  }

  /** Whether a block other than `except` (-1: any) had it. */
  has(member: number, except: number): boolean {
    if (this.everybody) return true;
    const mask = this.masks.get(member);
    return mask !== undefined && (except < 0 || (mask & ~(1 << except)) !== 0);
  }

  get size(): number {
    return this.masks.size;
  }

  members(): number[] {
    return [...this.masks.keys()];
  }

  static of<T extends Blocks>(this: new () => T, members: readonly number[]): T {
    const blocks = new this();
    for (const member of members) blocks.masks.set(member, 1);
    return blocks;
  }
}

/** What initiators turn to. */
class Sought extends Blocks {
  /** by member the only initiator that turned to it; 0 where there were several. Known while training goes on */
  private readonly soleSeekers = new Map<number, number>();

  seek(member: number, initiator: number, block: number): void {
    this.add(member, block);
    const sole = this.soleSeekers.get(member);
    if (sole === undefined && this.soleSeekers.size < MOST) this.soleSeekers.set(member, initiator);
    else if (sole !== undefined && sole !== initiator) this.soleSeekers.set(member, 0);
  }

  /** Whether another initiator turned to it in training, which is still going on; in detection, whether anybody did. */
  hasBeside(member: number, initiator: number): boolean {
    return this.has(member, -1) && this.soleSeekers.get(member) !== initiator;
  }
}

export interface RelationsState {
  readonly services: number[];
  readonly pairs: number[];
  readonly offers: number[];
  readonly lookups: number[];
  /** served clients by offer, up to SEVERAL_USERS */
  readonly users: [number, number][];
  readonly hosts: number[];
  readonly initiators: number[];
  readonly zones: number[];
  readonly names: NamesState;
  /** no member is named, and everybody is one: a model that was given away */
  readonly everybody?: true | undefined;
}

export class Relations {
  private readonly uses = new Map<number, Float64Array>();
  private services: ReadonlySet<number> = new Set();
  private pairs = new Blocks();
  offers = new Sought();
  /** addresses that were looked up on the link */
  lookups = new Sought();
  private served = new Blocks();
  private users = new Map<number, number>();
  hosts = new Blocks();
  initiators = new Blocks();
  zones = new Blocks();
  names = new Names();

  /** Takes in record k of training. */
  observe(batch: FeatureBatch, k: number, block: number): void {
    const { initiator, responder, protocol, servicePort, traffic } = batch;
    const from = exactKey(initiator.low[k], initiator.high[k]);
    const to = exactKey(responder.low[k], responder.high[k]);
    if (traffic.answers[k] > 0) this.names.observe(batch, k, block);
    if (traffic.dns[k] === DNS_QUERY) this.zones.add(exactKey(traffic.zoneLow[k], traffic.zoneHigh[k]), block);
    const port = servicePort[k];
    const echo = port < 0 && isEchoRequestType(protocol[k], traffic.icmpType[k]);
    if (port < 0 && !echo) {
      if (isLookUp(batch, k)) this.lookups.seek(to, from, block);
      if (batch.opensFlow[k] === 1) this.initiators.add(from, block);
      if (protocol[k] < 0 || protocol[k] === 1 || protocol[k] === 58) return;
    }
    const service = serviceOf(protocol[k], port);
    const offer = offerKey(to, service);
    if (batch.opensFlow[k] === 1 || batch.begun[k] === 0 || echo) {
      this.hosts.add(from, block);
      this.hosts.add(to, block);
      this.initiators.add(from, block);
      this.use(service, block);
      this.pairs.add(pairKey(from, to, service), block);
      this.offers.seek(offer, from, block);
    }
    const answered = traffic.replyPayload[k] > 0 || (batch.fromInitiator[k] === 0 && traffic.payload[k] > 0);
    if (!answered || !this.served.add(pairKey(from, to, service), block)) return;
    this.users.set(offer, Math.min(SEVERAL_USERS, (this.users.get(offer) ?? 0) + 1));
  }

  private use(service: number, block: number): void {
    let uses = this.uses.get(service);
    if (!uses) {
      if (this.uses.size >= MOST) return;
      uses = new Float64Array(TIME_BLOCKS);
      this.uses.set(service, uses);
    }
    uses[block]++;
  }

  /** Ends learning: which services are told apart is known. */
  freeze(): void {
    this.services = new Set([...this.uses.keys()].filter((service) => this.isUsed(service, -1)));
  }

  private isUsed(service: number, except: number): boolean {
    const uses = this.uses.get(service);
    if (!uses) return false;
    let sum = 0;
    for (let block = 0; block < uses.length; block++) if (block !== except) sum += uses[block];
    return sum >= FEWEST_USES || (sum > 0 && isAlwaysOwn(service));
  }

  /** Whether training, without block `except`, used the service enough to tell it apart. */
  hasService(service: number, except: number): boolean {
    return except < 0 ? this.services.has(service) : this.isUsed(service, except);
  }

  /** How much of a pair with its service is new to training without block `except`; see novelty.ts. */
  noveltyOf(initiator: number, responder: number, service: number, except: number): number {
    return noveltyOfPair(
      this.hasService(service, except),
      this.pairs.has(pairKey(initiator, responder, service), except),
      this.offers.has(offerKey(responder, service), except),
      this.hosts.has(responder, except),
    );
  }

  /**
   * The address under which training knew what the initiator reaches by this name: where it used the service itself, or else
   * anybody did. That one itself where the name had it, or where the service was never used under the name.
   */
  knownAs(initiator: number, address: number, name: number, service: number, except: number): number {
    let offered: number | undefined;
    let used: number | undefined;
    for (const known of this.names.of(name, except)) {
      if (known === address) return address;
      if (this.pairs.has(pairKey(initiator, known, service), except)) used ??= known;
      if (this.offers.has(offerKey(known, service), except)) offered ??= known;
    }
    return used ?? offered ?? address;
  }

  /** Clients that the service served in training, up to SEVERAL_USERS. */
  usersOf({ responder, service }: { readonly responder: number; readonly service: number }): number {
    if (this.offers.everybody) return SEVERAL_USERS;
    return this.users.get(offerKey(responder, service)) ?? 0;
  }

  /** What found no place, of all kinds. */
  get beyond(): number {
    return [this.pairs, this.offers, this.lookups, this.hosts, this.initiators, this.zones, this.names].reduce(
      (sum, { beyond }) => sum + beyond,
      0,
    );
  }

  state(): RelationsState {
    return {
      services: [...this.services],
      pairs: this.pairs.members(),
      offers: this.offers.members(),
      lookups: this.lookups.members(),
      users: [...this.users],
      hosts: this.hosts.members(),
      initiators: this.initiators.members(),
      zones: this.zones.members(),
      names: this.names.state(),
    };
  }

  static from(state: RelationsState): Relations {
    const relations = new Relations();
    relations.services = new Set(state.services);
    relations.pairs = Blocks.of(state.pairs);
    relations.offers = Sought.of(state.offers);
    relations.lookups = Sought.of(state.lookups);
    relations.users = new Map(state.users);
    relations.hosts = Blocks.of(state.hosts);
    relations.initiators = Blocks.of(state.initiators);
    relations.zones = Blocks.of(state.zones);
    relations.names = Names.from(state.names);
    if (state.everybody) {
      const { pairs, offers, lookups, hosts, initiators, zones } = relations;
      for (const members of [pairs, offers, lookups, hosts, initiators, zones]) members.everybody = true;
    }
    return relations;
  }
}
