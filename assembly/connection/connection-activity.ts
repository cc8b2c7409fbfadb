/** What the originator, the pair and the service did in the last minute, and how regular a pair's connections are. */

import { add, addPair, start } from '../hash';
import { Column, ICMP, TCP, UDP } from './connection-columns';
import {
  BEGUN,
  HOST_STATES,
  HOST_TABLE,
  HOSTS,
  OPENS,
  ORIG_HASH,
  ORIG_P,
  PAIR_STATES,
  PAIR_TABLE,
  PAIRS,
  RESP_HASH,
  SERVICE_STATES,
  SERVICE_TABLE,
  SERVICES,
  TIMESTAMP,
} from './connection-memory';
import { lg, lgCount } from './connection-numeric';
import { put } from './connection-row';
import { bucket, failed, proto, rejected, servicePort, tick } from './connection-scene';
import {
  CONNECTIONS,
  DISTINCT_SERVICES,
  ECHOES,
  FAILED,
  HOST_BYTES,
  HOST_COUNTERS,
  LAST,
  LAST_PORT,
  MEAN,
  PAIR_BYTES,
  REJECTED,
  RESPONDERS,
  SERVICE_BYTES,
  TIMES,
  VARIANCE,
} from './connection-states';
import { advance, BUCKETS, increase, increaseDistinct, reset, sum } from './connection-window';
import { claim, empty, fresh } from './slots';

const PAIR_KIND: i32 = 71;
/** a bucket before all others: not seen in this minute */
const NEVER: i32 = -BUCKETS;

const SHARE_PRIOR: f64 = 5;
/** Weight of a new interval in the slow mean and variance. */
const GAIN: f64 = 1.0 / 8;
const MOST_VARIATION: f64 = 10;

/** state of the record's service; see also connection-rarity.ts */
export let service: usize = 0;
/** nothing was known of the service before */
export let newService: bool = false;
let originator: usize = 0;
let pair: usize = 0;
let interval: f64 = 0;

export function count(): void {
  originator = host(ORIG_HASH);
  increase(originator, HOST_COUNTERS, bucket, CONNECTIONS);
  let key = addPair(addPair(start(PAIR_KIND), load<u64>(ORIG_HASH)), load<u64>(RESP_HASH));
  pair = PAIR_STATES + PAIR_BYTES * <usize>claim(PAIR_TABLE, PAIRS, key, tick);
  const pairSeen = enter(pair, 1);
  key = add(key, proto * 65_536 + servicePort);
  service = SERVICE_STATES + SERVICE_BYTES * <usize>claim(SERVICE_TABLE, SERVICES, key, tick);
  newService = fresh;
  const serviceSeen = enter(service, 1);
  follow();
  increase(service, 1, bucket, 0);
  increaseDistinct(originator, HOST_COUNTERS, pairSeen, bucket, RESPONDERS);
  increaseDistinct(originator, HOST_COUNTERS, serviceSeen, bucket, DISTINCT_SERVICES);
  increaseDistinct(pair, 1, serviceSeen, bucket, 0);
  if (failed) {
    increase(originator, HOST_COUNTERS, bucket, FAILED);
    if (rejected) increase(originator, HOST_COUNTERS, bucket, REJECTED);
  }
  if (isEcho()) increase(originator, HOST_COUNTERS, bucket, ECHOES);
}

function host(hash: usize): usize {
  const at = HOST_STATES + HOST_BYTES * <usize>claim(HOST_TABLE, HOSTS, load<u64>(hash), tick);
  enter(at, HOST_COUNTERS);
  return at;
}

/** Brings the window of the slot last claimed up to date. @returns the bucket that it was last used in */
// @inline
function enter(at: usize, counters: i32): i32 {
  if (fresh) {
    reset(at, counters, bucket);
    return NEVER;
  }
  const seen = load<i32>(at);
  advance(at, counters, bucket);
  return seen;
}

/** An echo request of ICMP or ICMPv6. */
// @inline
function isEcho(): bool {
  const type = load<i32>(ORIG_P);
  return proto === ICMP && (type === 8 || type === 128);
}

/**
 * Intervals between the starts of connections. A row that was joined in its middle has none, nor one from the last one's
 * port that no SYN began: the connection goes on.
 */
// @inline
function follow(): void {
  const before = newService ? 0 : load<i32>(service, TIMES);
  if (newService) store<i32>(service, 0, TIMES);
  const port = load<i32>(ORIG_P);
  const begun = load<i32>(BEGUN);
  const ported = proto === UDP || proto === TCP;
  interval = 0;
  if (begun === 0 || (begun === 1 && ported && before > 0 && port === load<i32>(service, LAST_PORT))) {
    store<i32>(OPENS, 0);
    return;
  }
  store<i32>(service, port, LAST_PORT);
  const now = load<f64>(TIMESTAMP);
  const last = load<f64>(service, LAST);
  if (before === 0 || now > last) store<f64>(service, now, LAST);
  if (before > 1 && now < last) {
    // rows come in the order of ends: this one began before the last, amid intervals that are counted already
    interval = load<f64>(service, MEAN);
    return;
  }
  store<i32>(service, before + 1, TIMES);
  if (before === 0) return;
  interval = abs(now - last) / 1e6;
  if (before === 1) {
    store<f64>(service, interval, MEAN);
    store<f64>(service, 0, VARIANCE);
    return;
  }
  // West (1979): mean and variance with exponentially fading weights
  const difference = interval - load<f64>(service, MEAN);
  const move = GAIN * difference;
  store<f64>(service, load<f64>(service, MEAN) + move, MEAN);
  store<f64>(service, (1 - GAIN) * (load<f64>(service, VARIANCE) + difference * move), VARIANCE);
}

export function write(): void {
  const connections = sum(originator, CONNECTIONS);
  const attempts = sum(originator, FAILED);
  put(Column.orig_connections, lgCount(connections));
  put(Column.orig_responders, lgCount(sum(originator, RESPONDERS)));
  put(Column.orig_services, lgCount(sum(originator, DISTINCT_SERVICES)));
  put(Column.pair_ports, lgCount(sum(pair, 0)));
  put(Column.orig_failed, lgCount(attempts));
  put(Column.orig_failed_share, <f32>(<f64>attempts / (<f64>connections + SHARE_PRIOR)));
  put(Column.orig_rejected, lgCount(sum(originator, REJECTED)));
  put(Column.orig_echoes, lgCount(sum(originator, ECHOES)));
  put(Column.service_connections, lgCount(sum(service, 0)));
  put(Column.interval, lg(interval));
  const few = load<i32>(service, TIMES) < 4;
  const variation = sqrt(load<f64>(service, VARIANCE)) / (load<f64>(service, MEAN) + 0.001);
  put(Column.interval_variation, <f32>(few ? MOST_VARIATION : min(MOST_VARIATION, variation)));
}

export function clear(): void {
  empty(HOST_TABLE, HOSTS);
  empty(PAIR_TABLE, PAIRS);
  empty(SERVICE_TABLE, SERVICES);
}
