/** Which facts a record shows: bits by their place in the table. Whether its sender was there in training is asked later. */
import { Key } from '../../base/hash.js';
import { SlotTable, tickOf } from '../../features/slot-table.js';
import { BUCKET_SECONDS, WindowCounters } from '../../features/window.js';
import type { EndpointColumn, FeatureBatch } from '../feature-batch.js';
import { SETTINGS } from '../settings.js';
import { oddMark } from './odd-flags.js';
import { FACT_INDEX, type FactName } from './table.js';

const bit = (name: FactName): number => 1 << FACT_INDEX[name];
const ODD_FLAGS = bit('odd_flags');
const NEW_PROTOCOLS = bit('new_protocols');
const HASTY = bit('hasty_adverts');
const NEW_ROUTER = bit('new_router');
const REDIRECTS = bit('redirects');
const UNASKED_ARP = bit('unasked_arp');
const UNASKED_NEIGHBOURS = bit('unasked_neighbours');
const NEW_SERVER = bit('new_dhcp_server');
const UNASKED_SYN_ACKS = bit('unasked_syn_acks');

const ARP = -1;
const [ICMP, TCP, UDP, ICMPV6] = [1, 6, 17, 58];
const [ADVERT, NEIGHBOUR, REDIRECT, REDIRECT_V4] = [134, 136, 137, 5];

/** SYN with ACK */
const OPENED = 0x12;
/** s; MIN_DELAY_BETWEEN_RAS of RFC 4861, less a tenth for the clocks of both */
const ADVERT_GAP_S = 2.7;
/** MAX_NEIGHBOR_ADVERTISEMENT of RFC 4861 */
const MOST_ANNOUNCED = 3;
const SENDERS = 4096;
const US = 1e6;

export function senderOf(batch: FeatureBatch, k: number): EndpointColumn {
  return batch.fromInitiator[k] === 1 ? batch.initiator : batch.responder;
}

export function targetOf(batch: FeatureBatch, k: number): EndpointColumn {
  return batch.fromInitiator[k] === 1 ? batch.responder : batch.initiator;
}

export class Signs {
  private readonly senders = new SlotTable(SENDERS);
  private readonly advertUs = new Float64Array(SENDERS);
  private readonly announced = new WindowCounters(SENDERS, 1);
  private readonly key = new Key();
  private firstUs = -1;

  of(batch: FeatureBatch, k: number): number {
    if (this.firstUs < 0) this.firstUs = batch.clockUs[k];
    const { traffic } = batch;
    const protocol = batch.protocol[k];
    switch (protocol) {
      case TCP:
        return this.ofTcp(batch, k, traffic.tcpFlags[k]);
      case UDP:
        return this.ofUdp(batch, k);
      case ICMP:
        return traffic.icmpType[k] === REDIRECT_V4 && traffic.fromRouter[k] === 0 ? REDIRECTS : 0;
      case ICMPV6:
        return this.ofNeighbours(batch, k, traffic.icmpType[k]);
      case ARP:
        return traffic.unasked[k] === 1 ? UNASKED_ARP : 0;
    }
    return protocol >= 0 && traffic.toGroup[k] === 0 && batch.fromInitiator[k] === 1 ? NEW_PROTOCOLS : 0;
  }

  private ofTcp({ traffic, begun, clockUs }: FeatureBatch, k: number, flags: number): number {
    if (oddMark(flags) !== 0) return ODD_FLAGS;
    if (flags < 0 || (flags & OPENED) !== OPENED || traffic.startsFlow[k] === 0 || begun[k] === 1) return 0;
    // the SYNs of the first ones may lie before the first record
    return clockUs[k] - this.firstUs < SETTINGS.SCORE_GRACE_S * US ? 0 : UNASKED_SYN_ACKS;
  }

  private ofUdp({ traffic, initiatorPort, servicePort, fromInitiator }: FeatureBatch, k: number): number {
    const from = fromInitiator[k] === 1 ? initiatorPort[k] : servicePort[k];
    const to = fromInitiator[k] === 1 ? servicePort[k] : initiatorPort[k];
    const answers = (from === 67 && to === 68) || (from === 547 && to === 546);
    return answers && traffic.fromRouter[k] === 0 ? NEW_SERVER : 0;
  }

  private ofNeighbours(batch: FeatureBatch, k: number, type: number): number {
    const { traffic } = batch;
    const toGroup = traffic.toGroup[k] === 1;
    if (type === REDIRECT) return traffic.fromRouter[k] === 0 ? REDIRECTS : 0;
    if (type === ADVERT) {
      return (traffic.fromRouter[k] === 0 ? NEW_ROUTER : 0) | (toGroup && this.isHasty(batch, k) ? HASTY : 0);
    }
    if (type !== NEIGHBOUR) return 0;
    return (toGroup ? this.announces(batch, k) : traffic.unasked[k] === 1) ? UNASKED_NEIGHBOURS : 0;
  }

  private isHasty(batch: FeatureBatch, k: number): boolean {
    const slot = this.sender(batch, k, ADVERT);
    const before = this.senders.fresh ? Number.NEGATIVE_INFINITY : this.advertUs[slot];
    this.advertUs[slot] = batch.clockUs[k];
    return batch.clockUs[k] - before < ADVERT_GAP_S * US;
  }

  /** More often in a minute than anything new calls for. */
  private announces(batch: FeatureBatch, k: number): boolean {
    const slot = this.sender(batch, k, NEIGHBOUR);
    const bucket = Math.floor(batch.clockUs[k] / US / BUCKET_SECONDS);
    if (this.senders.fresh) this.announced.reset(slot, bucket);
    else this.announced.advance(slot, bucket);
    this.announced.add(slot, bucket, 0, 1);
    return this.announced.get(slot, 0) > MOST_ANNOUNCED;
  }

  private sender(batch: FeatureBatch, k: number, kind: number): number {
    const { low, high } = senderOf(batch, k);
    const key = this.key.start(kind).addPair(low[k], high[k]);
    return this.senders.claim(key.low, key.high, tickOf(batch.clockUs[k] / US));
  }
}
