/** What the originator, the pair and the service did in the last minute, and how regular a pair's connections are. */

import { add, addPair, start } from '../hash';
import {
  COUNT_PLACES,
  COUNTS,
  HOST_BYTES,
  HOST_STATES,
  HOST_TABLE,
  HOSTS,
  ORIG_HASH,
  ORIG_P,
  PAIR_BYTES,
  PAIR_STATES,
  PAIR_TABLE,
  PAIRS,
  RESP_HASH,
  SERVICE_BYTES,
  SERVICE_STATES,
  SERVICE_TABLE,
  SERVICES,
  TIMESTAMP,
} from './memory';
import { lg, lgCount } from './numeric';
import { bucket, failed, ICMP, proto, rejected, servicePort, tick, unanswered, unicast } from './scene';
import { claim, empty, fresh } from './slots';
import { advance, BUCKETS, increase, increaseDistinct, reset, sum } from './window';

const TCP: i32 = 0;
const PAIR_KIND: i32 = 71;
/** a bucket before all others: not seen in this minute */
const NEVER: i32 = -BUCKETS;

// counters of a host, as originator and as responder
const HOST_COUNTERS: i32 = 9;
const CONNECTIONS: usize = 0;
const RESPONDERS: usize = 1;
const DISTINCT_SERVICES: usize = 2;
const FAILED: usize = 3;
const UNANSWERED: usize = 4;
const REJECTED: usize = 5;
const ECHOES: usize = 6;
const UNANSWERED_RECEIVED: usize = 7;
const FAILED_RESPONDERS: usize = 8;

/** behind a pair's window of one counter: the bucket in which a TCP connection last came to nothing */
const FAILED_IN: usize = 32;

// what stands behind a service's window of one counter
const TIMES: usize = 32;
const LAST: usize = 64;
const MEAN: usize = 72;
const VARIANCE: usize = 80;

const SHARE_PRIOR: f64 = 5;
/** Weight of a new interval in the slow mean and variance. */
const GAIN: f64 = 1.0 / 8;
const MOST_VARIATION: f64 = 10;

/** columns that `write` writes */
export const ACTIVITY_COLUMNS: usize = 11;

/** state of the record's service; see also rarity.ts */
export let service: usize = 0;
/** nothing was known of the service before */
export let newService: bool = false;
let originator: usize = 0;
let responder: usize = 0;
let pair: usize = 0;
let interval: f64 = 0;

export function count(): void {
  originator = host(ORIG_HASH);
  responder = host(RESP_HASH);
  increase(originator, HOST_COUNTERS, bucket, CONNECTIONS);
  let key = addPair(addPair(start(PAIR_KIND), load<u64>(ORIG_HASH)), load<u64>(RESP_HASH));
  pair = PAIR_STATES + PAIR_BYTES * <usize>claim(PAIR_TABLE, PAIRS, key, tick);
  const pairSeen = enter(pair, 1);
  if (pairSeen == NEVER) store<i32>(pair, NEVER, FAILED_IN);
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
    if (proto == TCP) {
      increaseDistinct(originator, HOST_COUNTERS, load<i32>(pair, FAILED_IN), bucket, FAILED_RESPONDERS);
      store<i32>(pair, bucket, FAILED_IN);
    }
    if (rejected) increase(originator, HOST_COUNTERS, bucket, REJECTED);
    if (unanswered) {
      increase(originator, HOST_COUNTERS, bucket, UNANSWERED);
      increase(responder, HOST_COUNTERS, bucket, UNANSWERED_RECEIVED);
    }
  }
  const echo = isEcho();
  if (echo) increase(originator, HOST_COUNTERS, bucket, ECHOES);
  measure(echo);
}

function host(hash: usize): usize {
  const at = HOST_STATES + HOST_BYTES * <usize>claim(HOST_TABLE, HOSTS, load<u64>(hash), tick);
  enter(at, HOST_COUNTERS);
  return at;
}

/** Brings the window of the slot last claimed up to date. @returns the bucket that it was last used in */
// @ts-ignore: decorator
@inline
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
// @ts-ignore: decorator
@inline
function isEcho(): bool {
  const type = load<i32>(ORIG_P);
  return proto == ICMP && (type == 8 || type == 128);
}

/** Intervals between starts; rows come in the order of ends, so an interval may be negative: its size counts. */
// @ts-ignore: decorator
@inline
function follow(): void {
  const now = load<f64>(TIMESTAMP);
  const before = newService ? 0 : load<i32>(service, TIMES);
  interval = before == 0 ? 0 : abs(now - load<f64>(service, LAST)) / 1e6;
  store<f64>(service, now, LAST);
  store<i32>(service, before + 1, TIMES);
  if (before == 1) {
    store<f64>(service, interval, MEAN);
    store<f64>(service, 0, VARIANCE);
  } else if (before > 1) {
    // West (1979): mean and variance with exponentially fading weights
    const difference = interval - load<f64>(service, MEAN);
    const move = GAIN * difference;
    store<f64>(service, load<f64>(service, MEAN) + move, MEAN);
    store<f64>(service, (1 - GAIN) * (load<f64>(service, VARIANCE) + difference * move), VARIANCE);
  }
}

/** Envelope counts, each only on records of its own kind. */
// @ts-ignore: decorator
@inline
function measure(echo: bool): void {
  const opening = proto == TCP && unanswered;
  put(0, unicast, sum(originator, RESPONDERS));
  put(1, unicast, sum(originator, DISTINCT_SERVICES));
  put(2, unicast && servicePort >= 0, sum(pair, 0));
  put(3, opening, sum(originator, UNANSWERED));
  put(4, opening, sum(responder, UNANSWERED_RECEIVED));
  put(5, echo, sum(originator, ECHOES));
  put(6, proto == TCP && failed, sum(originator, FAILED_RESPONDERS));
}

// @ts-ignore: decorator
@inline
function put(number: usize, counts: bool, value: i32): void {
  const place = <usize>load<i32>(COUNT_PLACES + (number << 2));
  store<f64>(COUNTS + (place << 3), counts ? <f64>value : NaN);
}

/** The columns, in the order of ACTIVITY_COLUMNS of src/features/connection/columns.ts. */
export function write(out: usize): void {
  const connections = sum(originator, CONNECTIONS);
  const attempts = sum(originator, FAILED);
  store<f32>(out, lgCount(connections));
  store<f32>(out, lgCount(sum(originator, RESPONDERS)), 4);
  store<f32>(out, lgCount(sum(originator, DISTINCT_SERVICES)), 8);
  store<f32>(out, lgCount(sum(pair, 0)), 12);
  store<f32>(out, lgCount(attempts), 16);
  store<f32>(out, <f32>(<f64>attempts / (<f64>connections + SHARE_PRIOR)), 20);
  store<f32>(out, lgCount(sum(originator, REJECTED)), 24);
  store<f32>(out, lgCount(sum(originator, ECHOES)), 28);
  store<f32>(out, lgCount(sum(service, 0)), 32);
  store<f32>(out, lg(interval), 36);
  const few = load<i32>(service, TIMES) < 4;
  const variation = sqrt(load<f64>(service, VARIANCE)) / (load<f64>(service, MEAN) + 0.001);
  store<f32>(out, <f32>(few ? MOST_VARIATION : min(MOST_VARIATION, variation)), 40);
}

export function clear(): void {
  empty(HOST_TABLE, HOSTS);
  empty(PAIR_TABLE, PAIRS);
  empty(SERVICE_TABLE, SERVICES);
}
