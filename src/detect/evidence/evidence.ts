/** Detection by evidence: every record's entities, their windows, and which of them no chance explains. */
import type { RecordKind } from '../../features/extractor.js';
import type { FeatureBatch } from '../feature-batch.js';
import { pooledGroups } from './base-rates.js';
import { budgetOf } from './budget.js';
import type { Entity, Frames } from './entity.js';
import { stratumOf } from './groups.js';
import type { WindowHooks } from './ledger.js';
import { type Link, Normal, type Part, strengthOf, type Usual, usualOf } from './normal.js';
import { isSomethingNew } from './novelty.js';
import { Relations } from './relations.js';
import { OWN } from './roles.js';
import type { EvidenceState } from './state.js';
import { INITIATOR_FAMILY, PAIR_FAMILY, S, SERVICE_FAMILY, type Statistic } from './statistics.js';
import { Strata } from './strata.js';
import { Windows } from './windows.js';

/** However rare something new is, being new is no alarm: the behaviour must be as rare as this among what is as new. */
const BEHAVIOUR = 0.003;
/** Strata that may turn up beside those of training. */
const UNSEEN_STRATA = 3;
/** Evidence a hundred times rarer than the budget asks for. */
const CERTAIN = 100;
const PEERS = 16;
const MOST_SHARED = 65_536;
/** µs in which others must have done the same */
const PEER_US = 600e6;

export interface Alarm {
  readonly entity: Entity;
  readonly scale: number;
  /** strongest first */
  readonly parts: readonly Part[];
  /** nats, and expected episodes of it a second */
  readonly strength: number;
  readonly rate: number;
  readonly certain: boolean;
  readonly startUs: number;
  readonly frames: readonly number[];
  /** what training had of a statistic */
  readonly usual: (statistic: Statistic) => Usual;
}

export class Evidence implements WindowHooks {
  /** of the record last observed */
  readonly alarms: Alarm[] = [];
  readonly windows: Windows;
  private readonly relations: Relations;
  private readonly normal: Normal;
  private readonly strata: Strata;
  private readonly share: number;
  private readonly peers = new Map<number, Entity[]>();
  private leftOut = false;

  /**
   * @param alertsPerDay asked for
   * @param isOpen whether an incident goes on, which further evidence of its entity then belongs to
   */
  constructor(
    kind: RecordKind,
    state: EvidenceState,
    alertsPerDay: number,
    private readonly isOpen: (incident: number) => boolean,
  ) {
    this.relations = Relations.from(state.relations);
    this.normal = new Normal(this.relations, state.scales, state.normal, pooledGroups(state.others));
    this.strata = new Strata(state.strata);
    this.share = budgetOf({ alertsPerDay, trainingS: state.strata.trainingS }) / (this.strata.size + UNSEEN_STRATA);
    this.windows = new Windows(kind, this.relations, state.roles, state.scales, this);
  }

  /** Takes in record k. @param oneSided only one direction is captured: what did not come back says nothing */
  observe(batch: FeatureBatch, k: number, oneSided: boolean): void {
    this.alarms.length = 0;
    this.leftOut = oneSided;
    this.windows.observe(batch, k);
  }

  due(entity: Entity, scale: number, stats: Float64Array, startUs: number, frames: Frames): void {
    if (entity.incident !== 0 && this.isOpen(entity.incident)) return;
    // where one client makes most of the load it is his: then a record of his has to show it
    if (entity.family === SERVICE_FAMILY && this.isOfAnother(entity)) {
      entity.nextTest = entity.events + 1;
      return;
    }
    entity.chain ??= this.normal.chainsOf(entity);
    const chains = entity.chain as readonly (readonly Link[])[];
    const peers = entity.family === PAIR_FAMILY && isSomethingNew(entity.novelty) ? this.peersOf(entity) : [];
    const parts = this.normal.parts(entity.family, chains, stats, scale, peers, this.leftOut);
    const strength = strengthOf(parts);
    const stratum = `${scale}/${stratumOf(entity, OWN)}`;
    const rate = this.strata.rate(stratum, strength);
    if (rate >= this.share || this.strata.given(stratum, strength) >= BEHAVIOUR) return;
    const certain = rate < this.share / CERTAIN;
    const usual = (statistic: Statistic): Usual => usualOf(chains[scale], entity.family, statistic);
    this.alarms.push({ entity, scale, parts, strength, rate, certain, startUs, frames: frames.list(), usual });
  }

  full(): void {
    // what is over is of no more interest: longer windows have it
  }

  /** Whether one client, and not that of the record in work, makes more than half of a service's load. */
  private isOfAnother({ seen, stats }: Entity): boolean {
    const all = stats[S.received_connections];
    if (!seen) return false;
    const own = seen.get(this.windows.ledger.pair?.initiator ?? 0) ?? 0;
    if (2 * own > all) return false;
    for (const count of seen.values()) if (2 * count > all) return true;
    return false;
  }

  /** Other clients that training knew, and that use the same new service now. */
  private peersOf(entity: Entity): Entity[] {
    const offer = entity.responder * 31 + entity.service;
    let all = this.peers.get(offer);
    if (!all) {
      if (this.peers.size >= MOST_SHARED) this.peers.clear();
      all = [];
      this.peers.set(offer, all);
    }
    if (!all.includes(entity) && all.length < PEERS) all.push(entity);
    return all.filter(
      (peer) =>
        peer !== entity &&
        peer.responder === entity.responder &&
        peer.service === entity.service &&
        entity.lastUs - peer.lastUs < PEER_US &&
        this.relations.initiators.has(peer.initiator, -1),
    );
  }

  /** Whether training had the initiator. */
  isKnown({ initiator }: Entity): boolean {
    return this.relations.initiators.has(initiator, -1);
  }

  /** Entities that made room for others. */
  get forgotten(): number {
    return this.windows.ledger.forgotten;
  }

  static isInitiator({ family }: Entity): boolean {
    return family === INITIATOR_FAMILY;
  }
}
