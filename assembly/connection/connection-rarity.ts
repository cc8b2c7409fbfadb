/**
 * The keys of the words whose rarity in training is a feature, and which of the rarities are known without looking them up
 * again. The vocabularies themselves are those of src/features/connection/vocabularies.ts.
 */

import { add, addBytes, addPair, start } from '../hash';
import { newService, service } from './connection-activity';
import {
  COLUMNS,
  Column,
  FIRST_WORD,
  HISTORY_WIDTH,
  HISTORY_WORDS,
  ICMP,
  OTHER,
  PARTY_WIDTH,
  PARTY_WORDS,
  SERVICE_WIDTH,
  SERVICE_WORDS,
  SIZE_WIDTH,
  SIZE_WORDS,
} from './connection-columns';
import {
  COLUMN_COUNT,
  CONN_STATE,
  DURATION,
  HISTORY_HASH,
  HISTORY_MEMO,
  HISTORY_MEMO_SLOTS,
  IP_PROTO,
  IP_VERSION,
  KEYS,
  ORIG_BYTES,
  ORIG_H,
  ORIG_HASH,
  ORIG_P,
  RESP_BYTES,
  RESP_H,
  RESP_HASH,
  RESP_P,
  SERVICE_HASH,
  SERVICE_MEMO,
  SERVICE_MEMO_SLOTS,
  SIZE_MEMO,
  SIZE_MEMO_SLOTS,
} from './connection-memory';
import { step } from './connection-numeric';
import { place } from './connection-row';
import { direction, isPrivate, proto, servicePort } from './connection-scene';
import { BITS, KNOWN, PORT } from './connection-states';
import { clear, found, keep, slotOf } from './memo';

/**
 * Writes the rarities of the words `from..to`, whose keys are in place, in bits to the row from column `at` on.
 * @param block the training block left out, or -1
 */
// @external('features', 'rarities')
declare function writeRarities(from: i32, to: i32, block: i32, at: i32): void;
/** Connections in training at the port whose key is in place, those of `block` left out. */
// @external('features', 'connectionsAtPort')
declare function connectionsAtPort(block: i32): i32;

/** Looks up the words of the columns `from..to`. */
function lookUp(from: i32, to: i32, block: i32): void {
  writeRarities(from - FIRST_WORD, to - FIRST_WORD, block, from);
}

/** Ports from here on are a value of their own only when seen in enough connections; the others share one. */
const FIRST_POOLED_PORT: i32 = 1024;
const OWN_VALUE_CONNECTIONS: i32 = 3;
const POOL: i32 = 65_536;

const NETWORK_OF_ORIGINATOR: i32 = 1;
const NETWORK_OF_RESPONDER: i32 = 2;

/** @param block the training block left out, or -1 */
export function write(block: i32): void {
  // what has no port is told apart by more than its service's slot
  if (newService || servicePort < 0 || load<i32>(service, KNOWN) !== foundFrom(block)) meet(block);
  const port = load<i32>(service, PORT);
  const begin = start(block);
  const state = load<i32>(CONN_STATE);

  let to = place(SERVICE_WORDS);
  let key = add(add(begin, (state << 8) | (direction << 4) | proto), port);
  key = addPair(key, load<u64>(SERVICE_HASH));
  let slot = slotOf(SERVICE_MEMO, SERVICE_MEMO_SLOTS, SERVICE_WIDTH, key);
  if (!found(slot, SERVICE_WIDTH, key, to)) {
    serviceKeys(port, state);
    lookUp(SERVICE_WORDS, HISTORY_WORDS, block);
    keep(slot, SERVICE_WIDTH, key, to);
  }

  to = place(HISTORY_WORDS);
  key = addPair(add(add(begin, proto), port), load<u64>(HISTORY_HASH));
  slot = slotOf(HISTORY_MEMO, HISTORY_MEMO_SLOTS, HISTORY_WIDTH, key);
  if (!found(slot, HISTORY_WIDTH, key, to)) {
    historyKeys(port);
    lookUp(HISTORY_WORDS, SIZE_WORDS, block);
    keep(slot, HISTORY_WIDTH, key, to);
  }

  to = place(SIZE_WORDS);
  const up = step(load<f64>(ORIG_BYTES));
  const down = step(load<f64>(RESP_BYTES));
  const length = step(load<f64>(DURATION) * 1000);
  key = add(add(begin, (up << 24) ^ (down << 16) ^ (length << 8) ^ proto), port);
  slot = slotOf(SIZE_MEMO, SIZE_MEMO_SLOTS, SIZE_WIDTH, key);
  if (!found(slot, SIZE_WIDTH, key, to)) {
    sizeKeys(port, up, down, length);
    lookUp(SIZE_WORDS, PARTY_WORDS, block);
    keep(slot, SIZE_WIDTH, key, to);
  }

  to = place(PARTY_WORDS);
  for (let i = 0; i < PARTY_WIDTH << 2; i += 4) store<u32>(to + i, load<u32>(service + i, BITS));
}

/** how often the vocabularies were others; a multiple of it stands beside what a service had of them */
let vocabularies = 0;
/** above every block's number */
const BLOCKS = 8;

/** By what the rarities of a service were found out; never 0. @param block the training block left out, or -1 */
// @inline
function foundFrom(block: i32): i32 {
  return vocabularies * BLOCKS + block + 2;
}

/** Finds out what is known of the service. */
function meet(block: i32): void {
  const port = portValue(block);
  store<i32>(service, foundFrom(block), KNOWN);
  store<i32>(service, port, PORT);
  partyKeys(port);
  lookUp(PARTY_WORDS, load<i32>(COLUMN_COUNT), block);
  const from = place(PARTY_WORDS);
  for (let i = 0; i < PARTY_WIDTH << 2; i += 4) store<u32>(service + i, load<u32>(from + i), BITS);
}

/** Puts the keys of all words of the record in work, and of its port, in place. */
export function keys(): void {
  const port = portValue(-1);
  put(COLUMNS, add(start(proto), servicePort));
  serviceKeys(port, load<i32>(CONN_STATE));
  historyKeys(port);
  sizeKeys(port, step(load<f64>(ORIG_BYTES)), step(load<f64>(RESP_BYTES)), step(load<f64>(DURATION) * 1000));
  partyKeys(port);
}

/** The port, ICMP's type and code, or the IP protocol. */
function exactPort(): i32 {
  if (proto === ICMP) return 256 * load<i32>(ORIG_P) + load<i32>(RESP_P);
  return proto === OTHER ? load<i32>(IP_PROTO) : servicePort;
}

/** The same, but rare high ports are one value. */
function portValue(block: i32): i32 {
  const port = exactPort();
  if (servicePort < FIRST_POOLED_PORT) return port;
  put(COLUMNS, add(start(proto), port));
  return connectionsAtPort(block) < OWN_VALUE_CONNECTIONS ? POOL : port;
}

function serviceKeys(port: i32, state: i32): void {
  const hash = load<u64>(SERVICE_HASH);
  const protocol = start(proto);
  const atPort = add(protocol, port);
  put(Column.rarity_port, atPort);
  put(Column.rarity_service, addPair(protocol, hash));
  put(Column.rarity_service_port, addPair(start(port), hash));
  put(Column.rarity_state, addPair(add(protocol, state), hash));
  put(Column.rarity_port_state, add(atPort, state));
  put(Column.rarity_port_place, add(atPort, direction));
}

function historyKeys(port: i32): void {
  const hash = load<u64>(HISTORY_HASH);
  put(Column.rarity_history, addPair(start(proto), hash));
  put(Column.rarity_port_history, addPair(start(port), hash));
}

function sizeKeys(port: i32, up: i32, down: i32, length: i32): void {
  const atPort = add(start(proto), port);
  put(Column.rarity_size_up, add(atPort, up));
  put(Column.rarity_size_down, add(atPort, down));
  put(Column.rarity_duration, add(atPort, length));
}

function partyKeys(port: i32): void {
  put(Column.rarity_exact_port, add(start(proto), exactPort()));
  put(Column.rarity_originator, network(NETWORK_OF_ORIGINATOR, ORIG_H, ORIG_HASH));
  put(Column.rarity_responder, network(NETWORK_OF_RESPONDER, RESP_H, RESP_HASH));
  put(Column.rarity_responder_port, addPair(add(start(proto), port), load<u64>(RESP_HASH)));
}

/** Where an address is: a private one itself, for strangers their network, /24 or /48. */
function network(kind: i32, address: usize, hash: usize): u64 {
  if (isPrivate(address)) return addPair(start(kind), load<u64>(hash));
  const family = load<i32>(IP_VERSION);
  return addBytes(add(start(kind), family), address, family === 4 ? 3 : 6);
}

/** The key of the word of a column; behind the last that of the port by itself. */
// @inline
function put(column: i32, key: u64): void {
  store<u64>(KEYS + ((<usize>(column - FIRST_WORD)) << 3), key);
}

/** Forgets every rarity found out. */
export function forget(): void {
  vocabularies++;
  clear(SERVICE_MEMO, SERVICE_MEMO_SLOTS, SERVICE_WIDTH);
  clear(HISTORY_MEMO, HISTORY_MEMO_SLOTS, HISTORY_WIDTH);
  clear(SIZE_MEMO, SIZE_MEMO_SLOTS, SIZE_WIDTH);
}
