/** Packets of protocols with ports: how their connections begin, go on, and end. */
import { FLOWS } from '../../features/packet/flows.js';
import type { FeatureBatch } from '../feature-batch.js';
import { Attempts } from './attempts.js';
import { ANSWERED, Conversations, FAILED, HALF_OPEN, OPENING, OVER, UNDER_WAY } from './conversation.js';
import type { Entity } from './entity.js';
import type { Ledger } from './ledger.js';
import { GROUP } from './roles.js';
import { protocolOf, serviceOf, TCP } from './services.js';
import { P } from './statistics.js';

/** A pair's packets are an event each so many. */
const PACKETS_AN_EVENT = 64;
/** s: from then on a connection that heard nothing is one-sided, not slow */
const SLOW_S = 1;
const FIN = 0x01;
const SYN = 0x02;
const RST = 0x04;
const ACK = 0x10;

export class Packets {
  private readonly conversations = new Conversations();
  private readonly attempts = new Attempts();
  private readonly pairOf: (Entity | undefined)[] = new Array(FLOWS);
  private readonly pairLow = new Int32Array(FLOWS);
  private readonly pairHigh = new Int32Array(FLOWS);

  constructor(private readonly ledger: Ledger) {}

  restart(): void {
    this.attempts.clear();
    this.pairOf.fill(undefined);
  }

  /** Attempts whose time is over by now. */
  expire(): void {
    const { attempts, conversations, ledger } = this;
    while (attempts.next(ledger.seconds)) {
      const { pair } = attempts;
      if (!pair) continue;
      conversations.select(attempts.flow);
      const waits = conversations.state === OPENING || conversations.state === HALF_OPEN;
      if (conversations.generation !== attempts.generation || !waits) continue;
      const tcp = protocolOf(pair.service) === TCP;
      if (tcp) {
        conversations.state = FAILED;
        if (pair.open > 0) pair.open--;
      }
      ledger.unanswered(pair, attempts.service, attempts.frame, tcp);
    }
  }

  take(batch: FeatureBatch, k: number): void {
    const { traffic, protocol } = batch;
    const { conversations, ledger } = this;
    const flow = traffic.flow[k];
    const raw = serviceOf(protocol[k], batch.servicePort[k]);
    conversations.select(flow);
    const tcp = protocol[k] === TCP;
    const starts = traffic.startsFlow[k] === 1;
    if (starts) this.leave(flow);
    const pair = starts ? this.join(batch, k, flow, raw) : this.pairAt(batch, k, flow, raw);
    if (starts) this.begin(batch, k, pair, flow, raw, tcp);
    conversations.countPacket();
    pair.frames.add(ledger.frame);
    if (++pair.stats[P.packets] % PACKETS_AN_EVENT === 0) ledger.event(pair);
    if (traffic.refused[k] === 1) this.refuse(batch, k, pair, raw);
    else this.advance(batch, k, pair, raw, tcp);
    if (traffic.payload[k] > 0) this.takePayload(batch, k, pair, tcp);
    ledger.pair = pair;
  }

  /** @param responder whom the flow's server was known as before */
  private join(batch: FeatureBatch, k: number, flow: number, raw: number, responder?: number): Entity {
    const pair = this.ledger.claimPair(batch, k, raw, responder);
    this.pairOf[flow] = pair;
    this.pairLow[flow] = pair.low;
    this.pairHigh[flow] = pair.high;
    return pair;
  }

  private held(flow: number): Entity | undefined {
    const pair = this.pairOf[flow];
    return pair && pair.low === this.pairLow[flow] && pair.high === this.pairHigh[flow] ? pair : undefined;
  }

  private pairAt(batch: FeatureBatch, k: number, flow: number, raw: number): Entity {
    const pair = this.held(flow);
    // claimed anew now and then, so that it counts as used
    if (!pair || this.ledger.isStale(pair)) return this.join(batch, k, flow, raw, pair?.responder);
    return this.ledger.enterPair(pair);
  }

  /** Another flow takes the number: what was open under it counts as open no more. */
  private leave(flow: number): void {
    const before = this.held(flow);
    const { state } = this.conversations;
    if (before && state >= OPENING && state <= ANSWERED && before.open > 0) before.open--;
    this.conversations.state = OVER;
  }

  private begin(batch: FeatureBatch, k: number, pair: Entity, flow: number, raw: number, tcp: boolean): void {
    const { conversations, ledger } = this;
    const opens = batch.opensFlow[k] === 1;
    // a segment of no connection that asks for none, as scans send them: its answer tells
    const odd = tcp && (batch.traffic.tcpFlags[k] & (SYN | ACK)) !== SYN;
    conversations.begin(ledger.seconds, opens && !odd ? OPENING : UNDER_WAY);
    if (!opens) return;
    ledger.opened(batch, k, pair, raw, batch.startUs[k] / 1e6);
    if (odd) return;
    if (tcp) {
      pair.open++;
      if (pair.open > pair.stats[P.open_at_once]) pair.stats[P.open_at_once] = pair.open;
    }
    if (pair.roleOfResponder !== GROUP)
      this.attempts.add(flow, conversations.generation, pair, raw, ledger.frame, ledger.seconds);
    ledger.event(pair);
  }

  /** What the state of a connection becomes by this packet. */
  private advance(batch: FeatureBatch, k: number, pair: Entity, raw: number, tcp: boolean): void {
    const { conversations, ledger } = this;
    const { state } = conversations;
    const flags = Math.max(0, batch.traffic.tcpFlags[k]);
    const fromResponder = batch.fromInitiator[k] === 0;
    const reset = tcp && (flags & RST) !== 0;
    if (fromResponder && state === OPENING) {
      if (reset) this.fail(batch, k, pair, raw);
      else conversations.state = tcp && (flags & SYN) !== 0 ? HALF_OPEN : ANSWERED;
    } else if (state === HALF_OPEN && !fromResponder) {
      if (reset) this.fail(batch, k, pair, raw);
      else if ((flags & ACK) !== 0) {
        conversations.state = ANSWERED;
        ledger.completed(pair);
      }
    } else if (fromResponder && reset && state === UNDER_WAY && batch.begun[k] === 1 && conversations.isEmpty) {
      conversations.state = FAILED;
      ledger.failed(batch, k, pair, raw);
    } else if (tcp && (flags & (FIN | RST)) !== 0 && (state === ANSWERED || state === UNDER_WAY)) {
      if (conversations.takeShape()) ledger.shaped(pair, conversations.up, conversations.down);
      if (conversations.down === 0) this.mute(pair);
      if (state === ANSWERED && pair.open > 0) pair.open--;
      conversations.state = OVER;
    }
  }

  private fail(batch: FeatureBatch, k: number, pair: Entity, raw: number): void {
    this.conversations.state = FAILED;
    if (pair.open > 0) pair.open--;
    this.ledger.failed(batch, k, pair, raw);
  }

  /** A segment of no connection, refused at once, was a probe: an opening that failed. */
  private refuse(batch: FeatureBatch, k: number, pair: Entity, raw: number): void {
    if (this.conversations.state === FAILED) return;
    this.conversations.state = FAILED;
    this.ledger.opened(batch, k, pair, raw, this.ledger.seconds);
    this.ledger.failed(batch, k, pair, raw);
  }

  private mute(pair: Entity): void {
    const muted = this.conversations.takeMute();
    if (muted <= 0) return;
    pair.stats[P.unanswered] += muted;
    this.ledger.event(pair);
  }

  private takePayload(batch: FeatureBatch, k: number, pair: Entity, tcp: boolean): void {
    const { conversations, ledger } = this;
    const { stats } = pair;
    const bytes = batch.traffic.payload[k];
    if (batch.fromInitiator[k] === 1) {
      conversations.ask(bytes, ledger.seconds);
      stats[P.sent] += bytes;
      const beyond = stats[P.sent] - stats[P.received];
      if (beyond > stats[P.one_sided]) stats[P.one_sided] = beyond;
      if (conversations.turned) {
        stats[P.exchanges]++;
        if (conversations.answered > 0) ledger.answered(pair, conversations.answered);
        // datagrams have no side that is sure to have begun
        if (conversations.reversed && tcp) stats[P.reversed]++;
      }
      if (conversations.commanded && tcp) stats[P.commanded]++;
      if (conversations.turned || conversations.commanded) ledger.event(pair);
      if (tcp && conversations.down === 0 && conversations.age(ledger.seconds) > SLOW_S) this.mute(pair);
    } else {
      conversations.answer(bytes, ledger.seconds);
      stats[P.received] += bytes;
    }
    // none was older in training, which begins anew with each of its blocks
    const age = Math.min(conversations.age(ledger.seconds), ledger.longestS);
    if (age > stats[P.age] && conversations.up > 0 && conversations.down > 0) stats[P.age] = age;
  }
}
