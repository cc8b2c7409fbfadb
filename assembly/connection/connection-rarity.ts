/**
 * The keys of the words whose rarity in training is a feature, and which of the rarities are known without looking them up
 * again. The vocabularies themselves are those of src/features/connection/vocabularies.ts.
 */

import { add, addBytes, addPair, start } from '../hash';
import { newService, service } from './connection-activity';
import {
  CONN_STATE,
  DURATION,
  HISTORY_HASH,
  HISTORY_MEMO,
  HISTORY_MEMO_SLOTS,
  IP_PROTO,
  IP_VERSION,
  KEYS,
  NOVELTY,
  ORIG_BYTES,
  ORIG_H,
  ORIG_HASH,
  ORIG_P,
  RESP_BYTES,
  RESP_H,
  RESP_HASH,
  RESP_P,
  ROW,
  SERVICE_HASH,
  SERVICE_MEMO,
  SERVICE_MEMO_SLOTS,
  SIZE_MEMO,
  SIZE_MEMO_SLOTS,
} from './connection-memory';
import { clear, found, keep, slotOf } from './memo';
import { step } from './connection-numeric';
import { direction, ICMP, isPrivate, OTHER, proto, servicePort } from './connection-scene';

/**
 * Writes the rarities of the words `from..to`, whose keys are in place, in bits to the row from column `at` on.
 * @param block the training block left out, or -1
 */
@external('features', 'rarities')
declare function writeRarities(from: i32, to: i32, block: i32, at: i32): void;
/** Connections in training at the port whose key is in place, those of `block` left out. */
@external('features', 'connectionsAtPort')
declare function connectionsAtPort(block: i32): i32;

function lookUp(from: i32, to: i32, block: i32, at: usize): void {
  writeRarities(from, to, block, <i32>(at - ROW) >> 2);
}

// words by the group that depends on the same values of a record, in the order of vocabularies.ts
const SERVICE: i32 = 0;
const HISTORY: i32 = 6;
const SIZES: i32 = 8;
const EXACT_PORT: i32 = 11;
const ORIGINATOR: i32 = 12;
const RESPONDER: i32 = 13;
const WORDS: i32 = 15;

/** Ports from here on are a value of their own only when seen in enough connections; the others share one. */
const FIRST_POOLED_PORT: i32 = 1024;
const OWN_VALUE_CONNECTIONS: i32 = 3;
const POOL: i32 = 65_536;

// what is known of a service, behind its activity: the training block that it was found out for, 2 higher so that 0 is
// none; the port's value; the bits of the words from EXACT_PORT on
const KNOWN: usize = 36;
const PORT: usize = 40;
const BITS: usize = 44;

const NETWORK_OF_ORIGINATOR: i32 = 1;
const NETWORK_OF_RESPONDER: i32 = 2;

/** The columns, in the order of the words; those of novelty last, where asked. */
export function write(block: i32, out: usize): void {
  // what has no port is told apart by more than its service's slot
  if (newService || servicePort < 0 || load<i32>(service, KNOWN) != block + 2) meet(block, out);
  const port = load<i32>(service, PORT);
  const begin = start(block);
  const state = load<i32>(CONN_STATE);

  let key = add(add(begin, (state << 8) | (direction << 4) | proto), port);
  key = addPair(key, load<u64>(SERVICE_HASH));
  let slot = slotOf(SERVICE_MEMO, SERVICE_MEMO_SLOTS, HISTORY - SERVICE, key);
  if (!found(slot, HISTORY - SERVICE, key, out)) {
    serviceKeys(port, state);
    lookUp(SERVICE, HISTORY, block, out);
    keep(slot, HISTORY - SERVICE, key, out);
  }

  let to = out + (HISTORY << 2);
  key = addPair(add(add(begin, proto), port), load<u64>(HISTORY_HASH));
  slot = slotOf(HISTORY_MEMO, HISTORY_MEMO_SLOTS, SIZES - HISTORY, key);
  if (!found(slot, SIZES - HISTORY, key, to)) {
    historyKeys(port);
    lookUp(HISTORY, SIZES, block, to);
    keep(slot, SIZES - HISTORY, key, to);
  }

  to = out + (SIZES << 2);
  const up = step(load<f64>(ORIG_BYTES));
  const down = step(load<f64>(RESP_BYTES));
  const length = step(load<f64>(DURATION) * 1000);
  key = add(add(begin, (up << 24) ^ (down << 16) ^ (length << 8) ^ proto), port);
  slot = slotOf(SIZE_MEMO, SIZE_MEMO_SLOTS, EXACT_PORT - SIZES, key);
  if (!found(slot, EXACT_PORT - SIZES, key, to)) {
    sizeKeys(port, up, down, length);
    lookUp(SIZES, EXACT_PORT, block, to);
    keep(slot, EXACT_PORT - SIZES, key, to);
  }

  to = out + (EXACT_PORT << 2);
  for (let i = 0; i < (WORDS - EXACT_PORT) << 2; i += 4) store<u32>(to + i, load<u32>(service + i, BITS));
}

/** Finds out what is known of the service. */
function meet(block: i32, out: usize): void {
  const port = portValue(block);
  store<i32>(service, block + 2, KNOWN);
  store<i32>(service, port, PORT);
  partiesKeys(port);
  const to = out + (EXACT_PORT << 2);
  lookUp(EXACT_PORT, load<i32>(NOVELTY) != 0 ? WORDS : ORIGINATOR, block, to);
  for (let i = 0; i < (WORDS - EXACT_PORT) << 2; i += 4) store<u32>(service + i, load<u32>(to + i), BITS);
}

/** Puts the keys of all words of the record in work, and of its port, in place. */
export function keys(): void {
  const port = portValue(-1);
  put(WORDS, add(start(proto), servicePort));
  serviceKeys(port, load<i32>(CONN_STATE));
  historyKeys(port);
  sizeKeys(port, step(load<f64>(ORIG_BYTES)), step(load<f64>(RESP_BYTES)), step(load<f64>(DURATION) * 1000));
  partiesKeys(port);
}

/** The port, ICMP's type and code, or the IP protocol. */
function exactPort(): i32 {
  if (proto == ICMP) return 256 * load<i32>(ORIG_P) + load<i32>(RESP_P);
  return proto == OTHER ? load<i32>(IP_PROTO) : servicePort;
}

/** The same, but rare high ports are one value. */
function portValue(block: i32): i32 {
  const port = exactPort();
  if (servicePort < FIRST_POOLED_PORT) return port;
  put(WORDS, add(start(proto), port));
  return connectionsAtPort(block) < OWN_VALUE_CONNECTIONS ? POOL : port;
}

function serviceKeys(port: i32, state: i32): void {
  const hash = load<u64>(SERVICE_HASH);
  const protocol = start(proto);
  const atPort = add(protocol, port);
  put(SERVICE, atPort);
  put(SERVICE + 1, addPair(protocol, hash));
  put(SERVICE + 2, addPair(start(port), hash));
  put(SERVICE + 3, addPair(add(protocol, state), hash));
  put(SERVICE + 4, add(atPort, state));
  put(SERVICE + 5, add(atPort, direction));
}

function historyKeys(port: i32): void {
  const hash = load<u64>(HISTORY_HASH);
  put(HISTORY, addPair(start(proto), hash));
  put(HISTORY + 1, addPair(start(port), hash));
}

function sizeKeys(port: i32, up: i32, down: i32, length: i32): void {
  const atPort = add(start(proto), port);
  put(SIZES, add(atPort, up));
  put(SIZES + 1, add(atPort, down));
  put(SIZES + 2, add(atPort, length));
}

function partiesKeys(port: i32): void {
  put(EXACT_PORT, add(start(proto), exactPort()));
  put(ORIGINATOR, network(NETWORK_OF_ORIGINATOR, ORIG_H, ORIG_HASH));
  put(RESPONDER, network(NETWORK_OF_RESPONDER, RESP_H, RESP_HASH));
  put(RESPONDER + 1, addPair(add(start(proto), port), load<u64>(RESP_HASH)));
}

/** Where an address is: a private one itself, for strangers their network, /24 or /48. */
function network(kind: i32, address: usize, hash: usize): u64 {
  if (isPrivate(address)) return addPair(start(kind), load<u64>(hash));
  const family = load<i32>(IP_VERSION);
  return addBytes(add(start(kind), family), address, family == 4 ? 3 : 6);
}

// @ts-ignore: decorator
@inline
function put(word: i32, key: u64): void {
  store<u64>(KEYS + (<usize>word << 3), key);
}

/** Forgets every rarity found out. */
export function forget(): void {
  clear(SERVICE_MEMO, SERVICE_MEMO_SLOTS, HISTORY - SERVICE);
  clear(HISTORY_MEMO, HISTORY_MEMO_SLOTS, SIZES - HISTORY);
  clear(SIZE_MEMO, SIZE_MEMO_SLOTS, EXACT_PORT - SIZES);
}
