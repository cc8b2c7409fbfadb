/** The envelope counts of one record; each only on records of its own kind. */

import { Key } from '../../base/hash.js';
import type { PacketRecord } from '../../table/record.js';
import { COUNT_INDEX as C, COUNTS } from '../counts.js';
import { Recent } from '../distinct.js';
import { WindowCounters } from '../window.js';
import { type Activity, H, P } from './activity.js';
import type { Flows } from './flows.js';
import { M, type Macs } from './macs.js';
import { isEchoRequest, isLookup, isUnreachable } from './roles.js';
import { ICMPV6, type Scene, TCP, UDP } from './scene.js';

const ROUTER_ADVERTISEMENT = 134;
const DHCP_SERVER_PORT = 67;
const DHCPV6_SERVER_PORT = 547;
const [SEEN_ROUTER, SEEN_DHCP] = [50, 51];
const SEGMENT = { adverts: 0, routers: 1, dhcp: 2 } as const;

export class Envelope {
  readonly counts = new Float64Array(COUNTS.length).fill(Number.NaN);
  /** one slot: the captured segment */
  private readonly segment = new WindowCounters(1, 3);
  private readonly recent = new Recent(4_096);
  private readonly key = new Key();

  /** Call after `activity.count` and `macs.look`. */
  measure(record: PacketRecord, scene: Scene, flows: Flows, activity: Activity, macs: Macs): void {
    const { counts } = this;
    counts.fill(Number.NaN);
    const { hosts, initiator } = activity;
    if ((flows.opens && flows.fromInitiator) || flows.refused) {
      counts[C.responders] = hosts.get(initiator, H.openedResponders);
      counts[C.services] = hosts.get(initiator, H.openedServices);
      if (activity.pair >= 0) counts[C.pair_ports] = activity.pairs.get(activity.pair, P.openedPorts);
    }
    if (scene.protocol === TCP) {
      if (scene.syn) {
        counts[C.half_open] = hosts.get(initiator, H.halfOpen);
        counts[C.responder_half_open] = hosts.get(activity.responder, H.halfOpenReceived);
      }
    } else if (isUnreachable(record, scene)) counts[C.unreachables] = hosts.get(initiator, H.unreachables);
    else if (isLookup(record, scene)) counts[C.lookups] = hosts.get(initiator, H.lookups);
    else if (isEchoRequest(record, scene)) counts[C.echoes] = hosts.get(initiator, H.echoes);
    if (activity.parent >= 0 && record.dnsResponse === 0) {
      counts[C.dns_length] = scene.name.length;
      counts[C.dns_names] = activity.parents.get(activity.parent, 0);
    }
    this.measureSegment(record, scene);
    if (macs.unsolicited && macs.sender >= 0) counts[C.arp_unsolicited] = macs.senders.get(macs.sender, M.unsolicited);
    if (macs.sourceMismatch && macs.sender >= 0) counts[C.mac_mismatches] = macs.senders.get(macs.sender, M.mismatches);
  }

  private measureSegment(record: PacketRecord, scene: Scene): void {
    const { counts, segment, key } = this;
    const { bucket, tick } = scene;
    if (scene.protocol === ICMPV6 && record.icmpType === ROUTER_ADVERTISEMENT) {
      segment.advance(0, bucket);
      segment.add(0, bucket, SEGMENT.adverts, 1);
      key.start(SEEN_ROUTER).addPair(scene.source.hashLow, scene.source.hashHigh);
      this.recent.touch(key.low, key.high, tick, bucket, segment, 0, SEGMENT.routers);
      counts[C.router_adverts] = segment.get(0, SEGMENT.adverts);
      counts[C.routers] = segment.get(0, SEGMENT.routers);
    } else if (
      scene.protocol === UDP &&
      (scene.sourcePort === DHCP_SERVER_PORT || scene.sourcePort === DHCPV6_SERVER_PORT)
    ) {
      segment.advance(0, bucket);
      key.start(SEEN_DHCP).addPair(scene.source.hashLow, scene.source.hashHigh);
      this.recent.touch(key.low, key.high, tick, bucket, segment, 0, SEGMENT.dhcp);
      counts[C.dhcp_servers] = segment.get(0, SEGMENT.dhcp);
    }
  }

  clear(): void {
    this.segment.reset(0, 0);
    this.recent.clear();
  }
}
