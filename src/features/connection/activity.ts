/** What the originator, the pair and the service did in the last minute, and how regular a pair's connections are. */

import { Key } from '../../base/hash.js';
import { type ConnRecord, ICMP, TCP } from '../../zeek/record.js';
import { COUNT_INDEX as C, COUNTS } from '../counts.js';
import { lg, lgCount } from '../numeric.js';
import { SlotTable } from '../slot-table.js';
import type { Endpoint, FeatureColumn } from '../types.js';
import { BUCKETS, WindowCounters } from '../window.js';
import type { ConnScene } from './scene.js';

const HOSTS = 16_384;
const PAIRS = 32_768;
export const SERVICES = 65_536;
const PAIR_KEY = 71;
/** a bucket before all others: not seen in this minute */
const NEVER = -BUCKETS;

/** the envelope counts that connections have */
const MEASURED = Int32Array.of(
  C.responders,
  C.services,
  C.pair_ports,
  C.service_flows,
  C.half_open,
  C.responder_half_open,
  C.resets,
  C.echoes,
);

/** counters of a host, as originator and as responder */
const H = {
  connections: 0,
  responders: 1,
  services: 2,
  failed: 3,
  unanswered: 4,
  rejected: 5,
  echoes: 6,
  unansweredReceived: 7,
} as const;
const HOST_COUNTERS = 8;
const ECHO_REQUESTS = [8, 128];
const SHARE_PRIOR = 5;

/** Weight of a new interval in the slow mean and variance. */
const GAIN = 1 / 8;
const MOST_VARIATION = 10;

const window = (name: string, unit: string, doc: string): FeatureColumn => {
  return { name, unit, doc: `${doc}, 60 s`, group: 'window', binary: false };
};
const flow = (name: string, unit: string, doc: string): FeatureColumn => {
  return { name, unit, doc, group: 'flow', binary: false };
};

/** Nothing about the responder alone: during a scan it would raise the innocent connections to the same host too. */
export const ACTIVITY_COLUMNS: readonly FeatureColumn[] = [
  window('orig_connections', 'ln connections', 'connections of the originator'),
  window('orig_responders', 'ln hosts', 'distinct responders of the originator'),
  window('orig_services', 'ln services', 'distinct responders and ports of the originator'),
  window('pair_ports', 'ln ports', 'distinct ports of the responder that the originator tried'),
  window('orig_failed', 'ln connections', "originator's attempts that came to nothing"),
  window('orig_failed_share', 'share', "originator's attempts that came to nothing, of all"),
  window('orig_rejected', 'ln connections', "originator's attempts that were refused"),
  window('orig_echoes', 'ln connections', 'echo requests of the originator'),
  window('service_connections', 'ln connections', 'connections of this originator to this service'),
  flow('interval', 'ln s', 'since the last connection of this originator to this service; 0: the first'),
  flow('interval_variation', '', 'of these intervals: deviation by mean, at most 10, slow; 10: fewer than three'),
];

export class ConnActivity {
  /** envelope counts of the record */
  readonly counts = new Float64Array(COUNTS.length).fill(Number.NaN);
  /** slot of the record's service: originator, responder, protocol and port */
  service = 0;
  /** nothing was known of the service before */
  newService = false;
  private readonly hostTable = new SlotTable(HOSTS);
  private readonly hosts = new WindowCounters(HOSTS, HOST_COUNTERS);
  private readonly pairTable = new SlotTable(PAIRS);
  private readonly pairs = new WindowCounters(PAIRS, 1);
  private readonly serviceTable = new SlotTable(SERVICES);
  private readonly services = new WindowCounters(SERVICES, 1);
  /** per service slot: µs of the last start; connections; slow mean [s] and variance of the intervals */
  private readonly last = new Float64Array(SERVICES);
  private readonly times = new Int32Array(SERVICES);
  private readonly mean = new Float64Array(SERVICES);
  private readonly variance = new Float64Array(SERVICES);
  private readonly key = new Key();
  private originator = 0;
  private responder = 0;
  private pair = 0;
  private interval = 0;

  count(record: ConnRecord, scene: ConnScene): void {
    const { hosts, pairs, services, key } = this;
    const { bucket, tick, initiator, responder } = scene;
    this.originator = this.host(initiator, scene);
    this.responder = this.host(responder, scene);
    const { originator, responder: target } = this;
    hosts.add(originator, bucket, H.connections, 1);
    key.start(PAIR_KEY).addPair(initiator.hashLow, initiator.hashHigh).addPair(responder.hashLow, responder.hashHigh);
    const pair = this.pairTable.claim(key.low, key.high, tick);
    const pairSeen = this.pairTable.fresh ? NEVER : pairs.bucketOf(pair);
    enter(pairs, pair, this.pairTable.fresh, bucket);
    key.add(scene.protocol * 65_536 + scene.servicePort);
    const service = this.serviceTable.claim(key.low, key.high, tick);
    const serviceSeen = this.serviceTable.fresh ? NEVER : services.bucketOf(service);
    enter(services, service, this.serviceTable.fresh, bucket);
    this.pair = pair;
    this.service = service;
    this.newService = this.serviceTable.fresh;
    this.follow(record);
    services.add(service, bucket, 0, 1);
    hosts.addDistinct(originator, pairSeen, bucket, H.responders);
    hosts.addDistinct(originator, serviceSeen, bucket, H.services);
    pairs.addDistinct(pair, serviceSeen, bucket, 0);
    if (scene.failed) {
      hosts.add(originator, bucket, H.failed, 1);
      if (scene.rejected) hosts.add(originator, bucket, H.rejected, 1);
      if (scene.unanswered) {
        hosts.add(originator, bucket, H.unanswered, 1);
        hosts.add(target, bucket, H.unansweredReceived, 1);
      }
    }
    if (record.proto === ICMP && ECHO_REQUESTS.includes(record.origP)) hosts.add(originator, bucket, H.echoes, 1);
    this.measure(record, scene);
  }

  private host(end: Endpoint, scene: ConnScene): number {
    const slot = this.hostTable.claim(end.hashLow, end.hashHigh, scene.tick);
    enter(this.hosts, slot, this.hostTable.fresh, scene.bucket);
    return slot;
  }

  /** Intervals between starts; rows come in the order of ends, so an interval may be negative: its size counts. */
  private follow(record: ConnRecord): void {
    const { service, last, times, mean, variance } = this;
    if (this.newService) times[service] = 0;
    this.interval = times[service] === 0 ? 0 : Math.abs(record.timestampUs - last[service]) / 1e6;
    last[service] = record.timestampUs;
    times[service]++;
    if (times[service] === 2) {
      mean[service] = this.interval;
      variance[service] = 0;
    } else if (times[service] > 2) {
      // West (1979): mean and variance with exponentially fading weights
      const difference = this.interval - mean[service];
      const move = GAIN * difference;
      mean[service] += move;
      variance[service] = (1 - GAIN) * (variance[service] + difference * move);
    }
  }

  /** Envelope counts, those of MEASURED; each only on records of its own kind. */
  private measure(record: ConnRecord, scene: ConnScene): void {
    const { counts, hosts, originator, responder } = this;
    for (const place of MEASURED) counts[place] = Number.NaN;
    if (scene.unicast) {
      counts[C.responders] = hosts.get(originator, H.responders);
      counts[C.services] = hosts.get(originator, H.services);
      if (scene.servicePort >= 0) counts[C.pair_ports] = this.pairs.get(this.pair, 0);
      counts[C.service_flows] = this.services.get(this.service, 0);
    }
    if (record.proto === TCP && scene.unanswered) {
      counts[C.half_open] = hosts.get(originator, H.unanswered);
      counts[C.responder_half_open] = hosts.get(responder, H.unansweredReceived);
    }
    if (record.proto === TCP && scene.rejected) counts[C.resets] = hosts.get(originator, H.rejected);
    if (record.proto === ICMP && ECHO_REQUESTS.includes(record.origP))
      counts[C.echoes] = hosts.get(originator, H.echoes);
  }

  write(out: Float32Array, at: number): number {
    const { hosts, originator, service } = this;
    const { sums } = hosts;
    const o = originator * HOST_COUNTERS;
    const mean = this.mean[service];
    out[at] = lgCount(sums[o + H.connections]);
    out[at + 1] = lgCount(sums[o + H.responders]);
    out[at + 2] = lgCount(sums[o + H.services]);
    out[at + 3] = lgCount(this.pairs.get(this.pair, 0));
    out[at + 4] = lgCount(sums[o + H.failed]);
    out[at + 5] = sums[o + H.failed] / (sums[o + H.connections] + SHARE_PRIOR);
    out[at + 6] = lgCount(sums[o + H.rejected]);
    out[at + 7] = lgCount(sums[o + H.echoes]);
    out[at + 8] = lgCount(this.services.get(service, 0));
    out[at + 9] = lg(this.interval);
    out[at + 10] =
      this.times[service] < 4
        ? MOST_VARIATION
        : Math.min(MOST_VARIATION, Math.sqrt(this.variance[service]) / (mean + 0.001));
    return at + 11;
  }

  clear(): void {
    for (const table of [this.hostTable, this.pairTable, this.serviceTable]) table.clear();
  }
}

function enter(windows: WindowCounters, slot: number, fresh: boolean, bucket: number): void {
  if (fresh) windows.reset(slot, bucket);
  else windows.advance(slot, bucket);
}
