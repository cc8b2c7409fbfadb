/** Detection by evidence: every record's entities, their windows, and which of them no chance explains. */
import { TIME_BLOCKS } from '../../base/time-blocks.js';
import type { RecordKind } from '../../features/extractor.js';
import type { FeatureBatch } from '../feature-batch.js';
import { BEHAVIOUR, CERTAIN, shareOf } from './budget.js';
import { type Entity, type Frames, mostOf } from './entity.js';
import { stratumOf } from './groups.js';
import { Classifier } from './misuse/classifier.js';
import { type Link, Normal, type Usual, usualOf } from './normal.js';
import { isSomethingNew } from './novelty.js';
import { offerKey, Relations } from './relations.js';
import { OWN } from './roles.js';
import type { EvidenceState } from './state.js';
import { PAIR_FAMILY, S, SERVICE_FAMILY, type Statistic } from './statistics.js';
import { Strata } from './strata.js';
import type { Part } from './strength.js';
import type { WindowHooks } from './window-hooks.js';
import { Windows } from './windows.js';

const PEERS = 16;
const MOST_SHARED = 65_536;
/** µs in which others must have done the same */
const PEER_US = 600e6;

export interface Alarm {
  readonly entity: Entity;
  readonly scale: number;
  /** strongest first */
  readonly parts: readonly Part[];
  /** nats */
  readonly strength: number;
  /** chance, by training, that something as new shows evidence as strong */
  readonly p: number;
  /** rarer by far than the budget asks for */
  readonly certain: boolean;
  /** about a service, and no single client makes most of its load */
  readonly ofMany: boolean;
  readonly startUs: number;
  readonly frames: readonly number[];
  /** of its window, by place of the statistic */
  readonly stats: Float64Array;
  /** what training had of a statistic */
  readonly usual: (statistic: Statistic) => Usual;
}

/** What evidence is judged by. */
export class Judge {
  readonly relations: Relations;
  readonly normal: Normal;
  readonly strata: Strata;
  /** of the budget, for one stratum [1/s] */
  readonly share: number;

  /** @param alertsPerDay asked for */
  constructor(
    readonly state: EvidenceState,
    alertsPerDay: number,
  ) {
    this.relations = Relations.from(state.relations);
    const classifier = Classifier.of(state.classifier);
    this.normal = new Normal(this.relations, state.scales, state.normal, state.foreign, -1, classifier);
    this.strata = new Strata(state.strata);
    this.share = shareOf(alertsPerDay, state.strata.trainingS, this.strata.size);
  }

  /** s; ages beyond it are not told apart */
  get longestS(): number {
    return this.state.strata.trainingS / TIME_BLOCKS;
  }
}

export class Evidence implements WindowHooks {
  /** of the record last observed */
  readonly alarms: Alarm[] = [];
  readonly windows: Windows;
  private readonly peers = new Map<number, Entity[]>();
  /** only one direction is captured */
  private oneSided = false;

  constructor(
    kind: RecordKind,
    private judge: Judge,
  ) {
    const { relations, state } = judge;
    this.windows = new Windows(kind, relations, state.roles, state.scales, this);
    this.windows.ledger.longestS = judge.longestS;
  }

  /** Windows that are under way go on, and are judged by another training from now on. */
  adopt(judge: Judge): void {
    this.judge = judge;
    this.windows.adopt(judge.relations, judge.state.roles, judge.state.scales);
    this.windows.ledger.longestS = judge.longestS;
  }

  /** Takes in record k. @param oneSided only one direction is captured: what did not come back says nothing */
  observe(batch: FeatureBatch, k: number, oneSided: boolean): void {
    this.alarms.length = 0;
    this.oneSided = oneSided;
    this.windows.observe(batch, k);
  }

  due(entity: Entity, scale: number, stats: Float64Array, startUs: number, frames: Frames): void {
    // where one client makes most of the load it is his: then a record of his has to show it
    if (entity.family === SERVICE_FAMILY && this.isOfAnother(entity)) {
      entity.nextTest = entity.events + 1;
      return;
    }
    entity.chain ??= this.judge.normal.chainsOf(entity);
    const chains = entity.chain as readonly (readonly Link[])[];
    const peers = entity.family === PAIR_FAMILY && isSomethingNew(entity.novelty) ? this.peersOf(entity) : [];
    const { parts, strength } = this.judge.normal.judge(entity, chains, stats, scale, peers, this.oneSided);
    const stratum = `${scale}/${stratumOf(entity, OWN, parts[0]?.statistic.kind)}`;
    const rate = this.judge.strata.rate(stratum, strength);
    const p = this.judge.strata.given(stratum, strength);
    if (rate >= this.judge.share || p >= BEHAVIOUR) return;
    const ofMany = entity.family === SERVICE_FAMILY && 2 * this.ownOf(entity) <= stats[S.received_connections];
    // what strangers do is told at a record of theirs
    if (ofMany && this.isBystander(entity, scale)) {
      entity.nextTest = entity.events + 1;
      return;
    }
    const certain = rate < this.judge.share / CERTAIN;
    const usual = (statistic: Statistic): Usual => usualOf(chains[scale], entity.family, statistic);
    this.alarms.push({
      entity,
      scale,
      parts,
      strength,
      p,
      certain,
      ofMany,
      startUs,
      frames: frames.list(),
      stats: stats.slice(),
      usual,
    });
  }

  /** Whether one client, and not that of the record in work, makes more than half of a service's load. */
  private isOfAnother(entity: Entity): boolean {
    return 2 * this.ownOf(entity) <= entity.stats[S.received_connections] && mostOf(entity) !== undefined;
  }

  /** Connections to the service by the client of the record in work, in this window. */
  private ownOf({ seen }: Entity): number {
    return seen?.get(this.windows.ledger.pair?.initiator ?? 0) ?? 0;
  }

  /** Whether training had the client of the record in work, and not most of the others. */
  private isBystander({ seen }: Entity, scale: number): boolean {
    const initiator = this.windows.ledger.pair?.initiator;
    if (!seen || initiator === undefined || !this.knows(initiator)) return false;
    // of longer windows it is not known who came
    if (scale > 0) return true;
    let known = 0;
    for (const client of seen.keys()) if (this.knows(client)) known++;
    return 2 * known <= seen.size;
  }

  /** Other clients that training knew, and that use the same new service now. */
  private peersOf(entity: Entity): Entity[] {
    const offer = offerKey(entity.responder, entity.service);
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
        this.knows(peer.initiator),
    );
  }

  /** Whether training had the initiator, by its exact key. */
  knows(initiator: number): boolean {
    return this.judge.relations.initiators.has(initiator, -1);
  }

  /** Entities that made room for others. */
  get forgotten(): number {
    return this.windows.ledger.forgotten;
  }
}
