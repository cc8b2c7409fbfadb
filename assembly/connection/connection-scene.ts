/** What the groups of features need of the record in work, worked out once. */

import { ICMP, INBOUND, INTERNAL, OUTBOUND, TRANSIT, UDP } from './connection-columns';
import {
  ATTEMPT_FAILED,
  BEGUN,
  CLOCK,
  CONN_STATE,
  DIRECTION,
  FAILED_STATES,
  IP_VERSION,
  LOCAL_ORIG,
  LOCAL_RESP,
  OPENS,
  ORIG_H,
  PRIVATE_COUNT,
  PROTO,
  RANGE_BYTES,
  RANGE_COUNT,
  RANGES,
  REJECTED_STATES,
  RESP_H,
  RESP_P,
  SERVICE_PORT,
  START,
} from './connection-memory';

/** since the first record, in 1/16 s and in 10 s */
export let tick: i32 = 0;
export let bucket: i32 = 0;
export let proto: i32 = 0;
/** -1 where the protocol has none */
export let servicePort: i32 = -1;
/** to one host, not to a group or to all */
export let unicast: bool = true;
export let origLocal: bool = false;
export let respLocal: bool = false;
export let direction: i32 = TRANSIT;
/** an attempt at one host that came to nothing */
export let failed: bool = false;
export let rejected: bool = false;

export function set(): void {
  const clock = load<f64>(CLOCK);
  if (isNaN(load<f64>(START))) store<f64>(START, clock);
  const seconds = (clock - load<f64>(START)) / 1e6;
  tick = <i32>(<i64>floor(seconds * 16));
  bucket = <i32>floor(seconds / 10);
  proto = load<i32>(PROTO);
  servicePort = proto <= UDP ? load<i32>(RESP_P) : -1;
  const family = load<i32>(IP_VERSION);
  unicast = isUnicast(family, RESP_H);
  // what the sensor was told about its networks counts more than a guess by address ranges
  const first = load<i32>(LOCAL_ORIG);
  origLocal = first < 0 ? isLocal(family, ORIG_H) : first === 1;
  const second = load<i32>(LOCAL_RESP);
  respLocal = !unicast || (second < 0 ? isLocal(family, RESP_H) : second === 1);
  if (origLocal) direction = respLocal ? INTERNAL : OUTBOUND;
  else direction = respLocal ? INBOUND : TRANSIT;
  const state = load<i32>(CONN_STATE);
  const bit: i32 = state >= 0 && unicast && proto !== ICMP ? 1 << state : 0;
  failed = (load<i32>(FAILED_STATES) & bit) !== 0;
  rejected = (load<i32>(REJECTED_STATES) & bit) !== 0;
  store<i32>(DIRECTION, direction);
  store<i32>(SERVICE_PORT, servicePort);
  store<i32>(ATTEMPT_FAILED, failed ? 1 : 0);
  store<i32>(OPENS, load<i32>(BEGUN) === 0 ? 0 : 1);
}

/** Neither multicast nor the limited broadcast, nor what is by convention a network's broadcast address. */
// @inline
function isUnicast(family: i32, address: usize): bool {
  const first = load<u8>(address);
  return family === 6 ? first !== 0xff : first < 224 && load<u8>(address, 3) !== 255;
}

/** In one of the ranges of the monitored network. */
function isLocal(family: i32, address: usize): bool {
  return within(family, address, RANGES, load<i32>(RANGE_COUNT));
}

/** Addresses that only private networks use. */
export function isPrivate(address: usize): bool {
  const first = RANGES + RANGE_BYTES * <usize>load<i32>(RANGE_COUNT);
  return within(load<i32>(IP_VERSION), address, first, load<i32>(PRIVATE_COUNT));
}

/** In one of the ranges that lie from `first` on. */
function within(family: i32, address: usize, first: usize, count: i32): bool {
  const end = first + RANGE_BYTES * <usize>count;
  for (let range = first; range < end; range += RANGE_BYTES) {
    if (load<i32>(range) !== family) continue;
    let differs = (load<u32>(address) ^ load<u32>(range, 4)) & load<u32>(range, 20);
    if (family === 6) {
      differs |= (load<u32>(address, 4) ^ load<u32>(range, 8)) & load<u32>(range, 24);
      differs |= (load<u32>(address, 8) ^ load<u32>(range, 12)) & load<u32>(range, 28);
      differs |= (load<u32>(address, 12) ^ load<u32>(range, 16)) & load<u32>(range, 32);
    }
    if (differs === 0) return true;
  }
  return false;
}
