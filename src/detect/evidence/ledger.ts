/** The entities that the record in work concerns, with their windows, and what is counted in the same way whatever the record. */
import { exactKey, Key } from '../../base/hash.js';
import { tickOf } from '../../features/slot-table.js';
import type { FeatureBatch } from '../feature-batch.js';
import { Entities, type Entity } from './entity.js';
import { KNOWN, KNOWN_PAIR, NEW } from './novelty.js';
import { oddsOfStart } from './regularity.js';
import { offerKey, type Relations } from './relations.js';
import { renew } from './renew.js';
import { Resolved } from './resolved.js';
import { GROUP, OWN, type Roles } from './roles.js';
import { ECHO, pooled } from './services.js';
import { I, INITIATOR_FAMILY, P, PAIR_FAMILY, S, SERVICE_FAMILY, WINDOW_US, ZONE_FAMILY } from './statistics.js';
import type { WindowHooks } from './window-hooks.js';

const [PAIRS, INITIATORS, SERVICES, ZONES] = [32_768, 16_384, 16_384, 8192];
/** µs */
const CLAIM_US = 1e6;
/** sizes of sessions to a quarter octave: two that did the same thing look the same */
const SHAPES_AN_OCTAVE = 4;
const [PAIR_KEY, INITIATOR_KEY, SERVICE_KEY, ZONE_KEY, THING] = [0x61, 0x62, 0x63, 0x64, 0x65];
const [SERVICE, HOST, FAILED_SERVICE, PORTS_OF, SHAPE, ANSWER_SIZE] = [1, 2, 3, 4, 5, 6];
export const [LOOKUP, ECHO_SIZE, NAME] = [7, 8, 9];

export class Ledger {
  /** of the record in work */
  seconds = 0;
  frame = 0;
  pair: Entity | undefined;
  initiator: Entity | undefined;
  service: Entity | undefined;
  zone: Entity | undefined;
  /** s; ages beyond it are not told apart: training could not show them */
  longestS = Number.POSITIVE_INFINITY;
  /** the block of training whose own relations do not count as known; -1: none */
  block = -1;
  private nowUs = 0;
  private tick = 0;
  private hasMac = false;
  private readonly pairs: Entities;
  private readonly initiators: Entities;
  private readonly services: Entities;
  private readonly zones: Entities;
  private readonly resolved: Resolved;
  private readonly key = new Key();

  /** @param scales windows of so many lengths are kept */
  constructor(
    private relations: Relations,
    private roles: Roles,
    private scales: number,
    private readonly hooks: WindowHooks,
  ) {
    this.resolved = new Resolved(relations);
    const forget = (entity: Entity): void => this.end(entity);
    this.pairs = new Entities(PAIR_FAMILY, PAIRS, forget);
    this.initiators = new Entities(INITIATOR_FAMILY, INITIATORS, forget);
    this.services = new Entities(SERVICE_FAMILY, SERVICES, forget);
    this.zones = new Entities(ZONE_FAMILY, ZONES, forget);
  }

  /** Whoever is there goes on, as new or as well known as this training has him. */
  adopt(relations: Relations, roles: Roles, scales: number): void {
    this.relations = relations;
    this.roles = roles.after(this.roles);
    this.scales = scales;
    this.resolved.adopt(relations);
    for (const table of [this.pairs, this.initiators, this.services, this.zones]) renew(table.all(), relations);
  }

  /** Entities that made room for others. */
  get forgotten(): number {
    return this.pairs.forgotten + this.initiators.forgotten + this.services.forgotten + this.zones.forgotten;
  }

  /** Ends all windows; nobody is there any more. */
  finish(): void {
    for (const table of [this.pairs, this.initiators, this.services, this.zones]) {
      for (const entity of table.all()) this.end(entity);
      table.restart();
    }
    this.resolved.clear();
    this.roles.restart();
  }

  /** Takes in record k, which brings addresses of a name. */
  resolve(batch: FeatureBatch, k: number, raw: number): void {
    this.resolved.add(batch, k, raw, this.block);
  }

  /** Makes record k the one in work. */
  take(batch: FeatureBatch, k: number): void {
    this.nowUs = batch.clockUs[k];
    this.seconds = this.nowUs / 1e6;
    this.tick = tickOf(this.seconds);
    this.frame = batch.frame[k];
    this.hasMac = batch.sourceMac[k] >= 0;
    this.pair = this.initiator = this.service = this.zone = undefined;
    this.roles.hear(batch, k, this.tick);
  }

  /** The pair of record k with the service; one that training hardly used is pooled. @param to whom training knew the responder as */
  claimPair(
    batch: FeatureBatch,
    k: number,
    raw: number,
    to = this.resolved.serverOf(batch, k, raw, this.block),
  ): Entity {
    const own = this.relations.hasService(raw, this.block);
    const service = own ? raw : pooled(raw);
    const from = batch.initiator.key(k);
    const key = this.key.start(PAIR_KEY).addWide(from).addWide(to).addWide(service);
    const pair = this.pairs.claim(key.low, key.high, this.tick);
    pair.claimedUs = this.nowUs;
    if (this.pairs.fresh) {
      this.setEnds(pair, batch, k, to);
      pair.service = service;
      pair.novelty = this.relations.noveltyOf(from, to, raw, this.block);
      pair.port = batch.servicePort[k];
    } else if (pair.port !== batch.servicePort[k]) pair.severalPorts = true;
    return this.enterPair(pair);
  }

  /** A handshake of the pair was completed: both ends are really there, as no spoofed address is. */
  completed(pair: Entity): void {
    this.pairs.confirm(pair, this.tick);
    const key = this.key.start(INITIATOR_KEY).addWide(pair.initiator);
    const initiator = this.initiators.find(key.low, key.high);
    if (initiator) this.initiators.confirm(initiator, this.tick);
  }

  /** Whether the entity's place is to be claimed anew, that it counts as used. */
  isStale(entity: Entity): boolean {
    return this.nowUs - entity.claimedUs > CLAIM_US;
  }

  enterPair(pair: Entity): Entity {
    if (this.enter(pair)) pair.stats[P.open_at_once] = pair.open;
    this.pair = pair;
    return pair;
  }

  private setEnds(entity: Entity, batch: FeatureBatch, k: number, responder: number): void {
    entity.initiator = batch.initiator.key(k);
    entity.responder = responder;
    entity.address = batch.responder.key(k);
    entity.roleOfInitiator = this.roleOf(batch, k, true);
    entity.roleOfResponder = this.roleOf(batch, k, false);
  }

  private roleOf(batch: FeatureBatch, k: number, initiator: boolean): number {
    if (!initiator && batch.traffic.toGroup[k] === 1 && batch.fromInitiator[k] === 1) return GROUP;
    const { low, high, local } = initiator ? batch.initiator : batch.responder;
    return this.roles.of(low[k], high[k], local[k] === 1, this.hasMac);
  }

  claimInitiator(batch: FeatureBatch, k: number): Entity {
    const { low, high } = batch.initiator;
    const from = exactKey(low[k], high[k]);
    const key = this.key.start(INITIATOR_KEY).addWide(from);
    const initiator = this.initiators.claim(key.low, key.high, this.tick);
    if (this.initiators.fresh) {
      initiator.initiator = from;
      initiator.roleOfInitiator = this.roleOf(batch, k, true);
      initiator.novelty = this.relations.initiators.has(from, this.block) ? KNOWN : NEW;
    }
    this.enter(initiator);
    this.initiator = initiator;
    return initiator;
  }

  private claimService(batch: FeatureBatch, k: number, pair: Entity, raw: number): Entity {
    const key = this.key.start(SERVICE_KEY).addWide(pair.responder).addWide(pair.service);
    const service = this.services.claim(key.low, key.high, this.tick);
    if (this.services.fresh) {
      service.responder = pair.responder;
      service.address = pair.address;
      service.roleOfResponder = pair.roleOfResponder;
      service.service = pair.service;
      const offer = offerKey(pair.responder, raw);
      service.novelty = this.relations.offers.has(offer, this.block) ? KNOWN : NEW;
      service.port = batch.servicePort[k];
    } else if (service.port !== batch.servicePort[k]) service.severalPorts = true;
    this.enter(service);
    this.service = service;
    return service;
  }

  claimZone(batch: FeatureBatch, k: number): Entity {
    const { zoneLow, zoneHigh } = batch.traffic;
    const zone = exactKey(zoneLow[k], zoneHigh[k]);
    const known = this.relations.zones.has(zone, this.block);
    const { low, high } = batch.initiator;
    const key = this.key.start(ZONE_KEY).addPair(low[k], high[k]);
    // zones that training did not have are one: data may be spread over several
    if (known) key.addWide(zone);
    const entity = this.zones.claim(key.low, key.high, this.tick);
    if (this.zones.fresh) {
      this.setEnds(entity, batch, k, batch.responder.key(k));
      entity.service = known ? zone : 0;
      entity.novelty = known ? KNOWN : NEW;
    }
    this.enter(entity);
    this.zone = entity;
    return entity;
  }

  /** Brings the entity to its window of this moment; true where that has just begun. */
  private enter(entity: Entity, tested = true): boolean {
    const begins = this.nowUs - entity.startUs >= WINDOW_US;
    if (begins) {
      this.close(entity, tested);
      entity.begin(this.nowUs);
    }
    entity.lastUs = this.nowUs;
    return begins;
  }

  private close(entity: Entity, tested: boolean): void {
    if (entity.startUs === Number.NEGATIVE_INFINITY) return;
    const { hooks } = this;
    hooks.full?.(entity, 0, entity.stats, entity.startUs);
    entity.lengthen(
      this.scales,
      (scale, stats, startUs, frames) => tested && hooks.due(entity, scale, stats, startUs, frames),
      (scale, stats, startUs) => hooks.full?.(entity, scale, stats, startUs),
    );
  }

  private end(entity: Entity): void {
    const { hooks } = this;
    if (hooks.full) {
      this.close(entity, false);
      entity.drain((scale, stats, startUs) => hooks.full?.(entity, scale, stats, startUs));
    }
    entity.startUs = Number.NEGATIVE_INFINITY;
  }

  /** An event of the entity, which may be tested now. */
  event(entity: Entity): void {
    if (entity.isDue()) this.hooks.due(entity, 0, entity.stats, entity.startUs, entity.frames);
  }

  thing(kind: number, low: number, high: number): number {
    this.key.start(THING).add(kind).addPair(low, high);
    return exactKey(this.key.low, this.key.high);
  }

  /** The pair's initiator opened a connection, at `start` s. */
  opened(batch: FeatureBatch, k: number, pair: Entity, raw: number, start: number): void {
    const { stats } = pair;
    stats[P.connections]++;
    const odds = oddsOfStart(pair, start);
    if (odds > stats[P.regularity]) stats[P.regularity] = odds;
    this.reach(batch, k, raw, pair);
    if (pair.roleOfResponder === GROUP) return;
    const service = this.claimService(batch, k, pair, raw);
    service.stats[S.received_connections]++;
    if (service.tally(pair.initiator) === 0) service.stats[S.clients]++;
    // who always comes is no part of what befalls the service
    if (pair.novelty !== KNOWN_PAIR) service.frames.add(this.frame);
    this.event(service);
  }

  /** The initiator turned to the service of a host, as their pair. */
  reach(batch: FeatureBatch, k: number, raw: number, { responder }: Entity): void {
    const initiator = this.claimInitiator(batch, k);
    const { low, high } = batch.responder;
    const offer = offerKey(responder, raw);
    if (!initiator.isFirst(this.thing(SERVICE, offer | 0, Math.floor(offer / 2 ** 32)))) return;
    const { stats } = initiator;
    stats[I.services]++;
    if (raw === ECHO) initiator.pings++;
    if (initiator.isFirst(this.thing(HOST, low[k], high[k]))) stats[I.hosts]++;
    if (!this.knows('offers', offer, initiator)) {
      stats[I.new_services]++;
      initiator.frames.add(this.frame);
    }
    const ports = initiator.tally(this.thing(PORTS_OF, low[k], high[k])) + 1;
    if (ports > stats[I.ports_of_one]) stats[I.ports_of_one] = ports;
    this.event(initiator);
  }

  /** Whether something is no news of the initiator: another block had it, or, where none is left out, another initiator. */
  knows(what: 'offers' | 'lookups', member: number, { initiator, roleOfInitiator }: Entity): boolean {
    const { block, relations } = this;
    // there is but one captured host
    if (block >= 0 || roleOfInitiator === OWN) return relations[what].has(member, block);
    return relations[what].hasBeside(member, initiator);
  }

  /** The connection that record k is of came to nothing. */
  failed(batch: FeatureBatch, k: number, pair: Entity, raw: number): void {
    pair.stats[P.failed]++;
    const service = this.serviceOf(pair);
    if (service) service.failed++;
    const initiator = this.claimInitiator(batch, k);
    this.countFailed(initiator, pair, raw, this.frame);
    this.event(initiator);
    this.event(pair);
  }

  private countFailed(initiator: Entity, pair: Entity, raw: number, frame: number): void {
    const key = this.key.start(THING).add(FAILED_SERVICE).addWide(pair.responder).addWide(raw);
    if (!initiator.isFirst(exactKey(key.low, key.high))) return;
    initiator.stats[I.failed_services]++;
    initiator.frames.add(frame);
  }

  /** Nobody answered an attempt that record `frame` began; not the record in work, so it is tested with the next of theirs. */
  unanswered(pair: Entity, raw: number, frame: number, halfOpen: boolean): void {
    this.enter(pair, false);
    pair.stats[P.failed]++;
    pair.isDue();
    const key = this.key.start(INITIATOR_KEY).addWide(pair.initiator);
    const initiator = this.initiators.find(key.low, key.high);
    if (initiator) {
      this.enter(initiator, false);
      this.countFailed(initiator, pair, raw, frame);
    }
    const service = this.serviceOf(pair);
    if (!service) return;
    this.enter(service, false);
    service.failed++;
    if (halfOpen) service.stats[S.half_open]++;
  }

  private serviceOf(pair: Entity): Entity | undefined {
    const key = this.key.start(SERVICE_KEY).addWide(pair.responder).addWide(pair.service);
    return this.services.find(key.low, key.high);
  }

  /** The attempt of the record in work was not answered. */
  halfOpen(): void {
    if (this.service) this.service.stats[S.half_open]++;
  }

  /** A session ended that carried so much each way. */
  shaped(pair: Entity, up: number, down: number): void {
    const size = (bytes: number): number => Math.floor(SHAPES_AN_OCTAVE * Math.log2(bytes + 1));
    const same = pair.tally(this.thing(SHAPE, size(up), size(down))) + 1;
    if (same > pair.stats[P.same_sessions]) pair.stats[P.same_sessions] = same;
  }

  answered(pair: Entity, bytes: number): void {
    const same = pair.tally(this.thing(ANSWER_SIZE, bytes, 0)) + 1;
    if (same > pair.stats[P.same_answers]) pair.stats[P.same_answers] = same;
  }
}
