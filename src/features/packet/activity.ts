/** What initiators, pairs, services and remotes did in the last minute. */

import { Key } from '../../base/hash.js';
import type { PacketRecord } from '../../table/record.js';
import { Recent } from '../distinct.js';
import type { Endpoint } from '../extractor.js';
import { SlotTable } from '../slot-table.js';
import { WindowCounters } from '../window.js';
import type { Flows } from './flows.js';
import { Handshakes } from './handshakes.js';
import { isEchoRequest, isLookup, isUnreachable } from './roles.js';
import { RST, type Scene, TCP } from './scene.js';
import type { Sides } from './sides.js';

const HOSTS = 65_536;
const PAIRS = 65_536;
export const SERVICES = 65_536;
const PORTS = 16_384;
const PARENTS = 16_384;
const RECENT = 262_144;

/** Counters of a host in the table of hosts. */
export const H = {
  flows: 0,
  openings: 1,
  halfOpen: 2,
  halfOpenReceived: 3,
  resets: 4,
  unreachables: 5,
  echoes: 6,
  echoBytes: 7,
  queries: 8,
  queryBytes: 9,
  missing: 10,
  responders: 11,
  services: 12,
  lookups: 13,
  ports: 14,
} as const;
const HOST_COUNTERS = 15;

/** Counters of a pair in the table of pairs. */
export const P = { ports: 0 } as const;

/** Counters of a service in the table of services. */
export const S = { flows: 0, up: 1, down: 2 } as const;

const [PAIR_KEY, SERVICE_KEY, PORT_KEY, PARENT_KEY] = [10, 11, 12, 13];
const [SEEN_RESPONDER, SEEN_SERVICE, SEEN_PAIR_PORT, SEEN_REMOTE_PORT, SEEN_PORT_REMOTE, SEEN_LOOKUP, SEEN_NAME] = [
  20, 21, 22, 23, 24, 25, 26,
];

const TTL_RATE = 0.1;
const NX_DOMAIN = 3;

export class Activity {
  readonly hosts = new WindowCounters(HOSTS, HOST_COUNTERS);
  readonly pairs = new WindowCounters(PAIRS, 1);
  readonly services = new WindowCounters(SERVICES, 3);
  readonly ports = new WindowCounters(PORTS, 1);
  readonly parents = new WindowCounters(PARENTS, 1);
  /** slots of the record last counted; -1 where it has none */
  initiator = 0;
  responder = 0;
  remote = 0;
  pair = -1;
  service = 0;
  /** nothing was known of the service before */
  newService = false;
  port = -1;
  parent = -1;
  /** of the record's TTL from its sender's slow mean, 0..1 */
  ttlDeviation = 0;
  private readonly ttlMean = new Float64Array(HOSTS);
  private readonly hostTable = new SlotTable(HOSTS);
  private readonly pairTable = new SlotTable(PAIRS);
  private readonly serviceTable = new SlotTable(SERVICES);
  private readonly portTable = new SlotTable(PORTS);
  private readonly parentTable = new SlotTable(PARENTS);
  private readonly recent = new Recent(RECENT);
  private readonly handshakes = new Handshakes();
  private readonly key = new Key();

  /** Takes one record into all counts. */
  count(record: PacketRecord, scene: Scene, flows: Flows, sides: Sides): void {
    const { bucket, tick } = scene;
    const { initiator, responder, servicePort } = flows;
    const k = this.key;
    this.initiator = this.host(initiator, tick, bucket);
    this.responder = this.host(responder, tick, bucket);
    this.remote = this.host(sides.remote, tick, bucket);
    k.start(SERVICE_KEY)
      .addPair(initiator.hashLow, initiator.hashHigh)
      .addPair(responder.hashLow, responder.hashHigh)
      .add(scene.protocol)
      .add(servicePort);
    this.service = claim(this.serviceTable, this.services, k, tick, bucket);
    this.newService = this.serviceTable.fresh;
    if (flows.opens) {
      this.hosts.add(this.initiator, bucket, H.flows, 1);
      this.services.add(this.service, bucket, S.flows, 1);
    }
    if (scene.payload > 0) this.services.add(this.service, bucket, flows.fromInitiator ? S.up : S.down, scene.payload);
    this.seen(SEEN_RESPONDER, flows, -1, -1, scene, H.responders);
    this.seen(SEEN_SERVICE, flows, scene.protocol, servicePort, scene, H.services);
    this.countPorts(scene, flows, sides);
    if (scene.protocol === TCP) this.countTcp(scene, flows);
    this.expireHandshakes(scene);
    this.countMessages(record, scene, flows);
    this.countNames(record, scene, flows);
    this.followTtl(record, flows);
  }

  private host(end: Endpoint, tick: number, bucket: number): number {
    const slot = this.hostTable.claim(end.hashLow, end.hashHigh, tick);
    if (this.hostTable.fresh) {
      this.hosts.reset(slot, bucket);
      this.ttlMean[slot] = 0;
    } else this.hosts.advance(slot, bucket);
    return slot;
  }

  /** Counts (responder, protocol, port) once a minute at the initiator. */
  private seen(kind: number, flows: Flows, protocol: number, port: number, scene: Scene, counter: number): void {
    const k = this.key
      .start(kind)
      .addPair(flows.initiator.hashLow, flows.initiator.hashHigh)
      .addPair(flows.responder.hashLow, flows.responder.hashHigh)
      .add(protocol)
      .add(port);
    this.recent.touch(k.low, k.high, scene.tick, scene.bucket, this.hosts, this.initiator, counter);
  }

  private followTtl(record: PacketRecord, flows: Flows): void {
    this.ttlDeviation = 0;
    if (record.ipTtl < 0) return;
    const sender = flows.fromInitiator ? this.initiator : this.responder;
    const mean = this.ttlMean[sender];
    if (mean === 0) {
      this.ttlMean[sender] = record.ipTtl;
      return;
    }
    this.ttlMean[sender] = mean + TTL_RATE * (record.ipTtl - mean);
    this.ttlDeviation = Math.abs(record.ipTtl - mean) / 255;
  }

  private countPorts(scene: Scene, flows: Flows, sides: Sides): void {
    const { tick, bucket, protocol } = scene;
    const { initiator, responder, servicePort } = flows;
    const k = this.key;
    this.pair = this.port = -1;
    if (servicePort < 0) return;
    k.start(PAIR_KEY).addPair(initiator.hashLow, initiator.hashHigh).addPair(responder.hashLow, responder.hashHigh);
    const pairLow = k.low;
    const pairHigh = k.high;
    this.pair = claim(this.pairTable, this.pairs, k, tick, bucket);
    k.start(SEEN_PAIR_PORT).addPair(pairLow, pairHigh).add(protocol).add(servicePort);
    this.recent.touch(k.low, k.high, tick, bucket, this.pairs, this.pair, P.ports);

    const { remote } = sides;
    k.start(SEEN_REMOTE_PORT).addPair(remote.hashLow, remote.hashHigh).add(protocol).add(servicePort);
    this.recent.touch(k.low, k.high, tick, bucket, this.hosts, this.remote, H.ports);

    k.start(PORT_KEY).add(protocol).add(servicePort);
    this.port = claim(this.portTable, this.ports, k, tick, bucket);
    k.start(SEEN_PORT_REMOTE).add(protocol).add(servicePort).addPair(remote.hashLow, remote.hashHigh);
    this.recent.touch(k.low, k.high, tick, bucket, this.ports, this.port, 0);
  }

  private countTcp(scene: Scene, flows: Flows): void {
    const { initiator, responder } = flows;
    if (scene.syn) {
      this.handshakes.syn(
        flows.slot,
        flows.opens,
        scene,
        initiator.hashLow,
        initiator.hashHigh,
        responder.hashLow,
        responder.hashHigh,
      );
    } else if (scene.synAck && !flows.fromInitiator) this.handshakes.synAck(flows.slot, flows.begun, scene);
    if ((scene.flags & RST) !== 0 && !flows.fromInitiator) {
      this.hosts.add(this.initiator, scene.bucket, H.resets, 1);
    }
  }

  private expireHandshakes(scene: Scene): void {
    const { handshakes, hosts, hostTable } = this;
    const { bucket } = scene;
    while (handshakes.next(scene)) {
      const initiator = hostTable.find(handshakes.initiatorLow, handshakes.initiatorHigh);
      if (initiator >= 0) {
        hosts.advance(initiator, bucket);
        hosts.add(initiator, bucket, H.openings, 1);
        if (!handshakes.answered) hosts.add(initiator, bucket, H.halfOpen, 1);
      }
      if (handshakes.answered) continue;
      const responder = hostTable.find(handshakes.responderLow, handshakes.responderHigh);
      if (responder < 0) continue;
      hosts.advance(responder, bucket);
      hosts.add(responder, bucket, H.halfOpenReceived, 1);
    }
  }

  private countMessages(record: PacketRecord, scene: Scene, flows: Flows): void {
    const { hosts } = this;
    const { bucket } = scene;
    if (isUnreachable(record, scene)) hosts.add(this.initiator, bucket, H.unreachables, 1);
    else if (isEchoRequest(record, scene)) {
      hosts.add(this.initiator, bucket, H.echoes, 1);
      hosts.add(this.initiator, bucket, H.echoBytes, scene.payload);
    } else if (isLookup(record, scene)) {
      this.seen(SEEN_LOOKUP, flows, -1, -1, scene, H.lookups);
    }
  }

  private countNames(record: PacketRecord, scene: Scene, flows: Flows): void {
    this.parent = -1;
    if (record.dnsResponse < 0) return;
    const { hosts } = this;
    const { bucket, tick, name } = scene;
    if (record.dnsResponse === 0) {
      hosts.add(this.initiator, bucket, H.queries, 1);
      hosts.add(this.initiator, bucket, H.queryBytes, name.length);
    } else if (record.dnsRcode === NX_DOMAIN) hosts.add(this.initiator, bucket, H.missing, 1);
    const { hashLow, hashHigh } = flows.initiator;
    const k = this.key.start(PARENT_KEY).addPair(hashLow, hashHigh).addPair(name.parent.low, name.parent.high);
    this.parent = claim(this.parentTable, this.parents, k, tick, bucket);
    k.start(SEEN_NAME).addPair(hashLow, hashHigh).addPair(name.whole.low, name.whole.high);
    this.recent.touch(k.low, k.high, tick, bucket, this.parents, this.parent, 0);
  }

  /** A counter of the record's initiator. */
  ofInitiator(counter: number): number {
    return this.hosts.get(this.initiator, counter);
  }

  /** A counter of the record's service. */
  ofService(counter: number): number {
    return this.services.get(this.service, counter);
  }

  clear(): void {
    for (const table of [this.hostTable, this.pairTable, this.serviceTable, this.portTable, this.parentTable]) {
      table.clear();
    }
    this.recent.clear();
    this.handshakes.clear();
  }
}

function claim(table: SlotTable, windows: WindowCounters, key: Key, tick: number, bucket: number): number {
  const slot = table.claim(key.low, key.high, tick);
  if (table.fresh) windows.reset(slot, bucket);
  else windows.advance(slot, bucket);
  return slot;
}
