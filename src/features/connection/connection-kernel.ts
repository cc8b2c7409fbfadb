/**
 * The compiled part of the connection features: activity tables, numbers of a row, keys of the vocabularies. Code, not data,
 * is read from disk here, once for all extractors.
 */

import { compileWasm, WasmConstants, wasm } from '../../base/wasm.js';
import { type ConnRecord, stateSet, TCP } from '../../zeek/record.js';
import { INBOUND, OUTBOUND } from '../extractor.js';
import { type LocalAddresses, PRIVATE, RANGE_BYTES } from '../local.js';
import { lgCount } from '../numeric.js';
import { ACTIVITY_COLUMNS, SHAPE_COLUMNS } from './columns.js';
import { KEY_WORDS, NOVELTY_COLUMNS, RARITY_COLUMNS } from './vocabularies.js';

/** Beside this file in the build; from the sources, in the build's folder. */
const PLACES = ['./connection-kernel.wasm', '../../../dist/features/connection/connection-kernel.wasm'];

/** Constants of assembly/connection/connection-memory.ts that are needed here. */
const CONSTANTS = [
  'TIMESTAMP',
  'DURATION',
  'ORIG_BYTES',
  'RESP_BYTES',
  'MISSED_BYTES',
  'ORIG_PKTS',
  'ORIG_IP_BYTES',
  'RESP_PKTS',
  'RESP_IP_BYTES',
  'IP_VERSION',
  'ORIG_P',
  'RESP_P',
  'PROTO',
  'IP_PROTO',
  'CONN_STATE',
  'LOCAL_ORIG',
  'LOCAL_RESP',
  'HAS_SERVICE',
  'BEGUN',
  'ORIG_HASH',
  'RESP_HASH',
  'SERVICE_HASH',
  'HISTORY_HASH',
  'ORIG_H',
  'RESP_H',
  'CLOCK',
  'DIRECTION',
  'SERVICE_PORT',
  'ATTEMPT_FAILED',
  'OPENS',
  'FAILED_STATES',
  'REJECTED_STATES',
  'COLUMN_COUNT',
  'RANGE_COUNT',
  'PRIVATE_COUNT',
  'KEYS',
  'ROW',
  'LOGARITHMS',
  'SMALL',
  'RANGES',
] as const;
const PAGE = 65_536;
const MOST_PAGES = 1024;

/** attempts that came to nothing: no answer, refused, or reset before they were established */
const FAILED = stateSet('S0', 'REJ', 'RSTOS0', 'RSTRH', 'SH');
const REJECTED = stateSet('REJ');

/** The states of a connection that was there without its originator's SYN. */
const JOINED = stateSet('OTH', 'SHR', 'RSTRH');
/** "S" of a history: that SYN */
const ORIGINATOR_SYN = 83;
/** Letters of an attempt of another kind, from which nothing came: ACK, FIN, mad flags or checksums, and the reset they got. */
const ATTEMPT = new Uint8Array(128);
for (const letter of 'AFCIQr^') ATTEMPT[letter.charCodeAt(0)] = 1;

/** 0: joined in its middle; 1: begun; 2: begun by a SYN that was seen. */
function beginningOf({ proto, connState, history, origBytes, respBytes, respPkts }: ConnRecord): number {
  if (proto !== TCP) return 1;
  if (history.length === 0) {
    if (connState < 0 || (JOINED & (1 << connState)) === 0) return 2;
    return origBytes > 0 || respBytes > 0 || respPkts > 0 ? 0 : 1;
  }
  let attempt = 1;
  for (let i = 0; i < history.length; i++) {
    const letter = history.bytes[i];
    if (letter === ORIGINATOR_SYN) return 2;
    if (letter > 127 || ATTEMPT[letter] === 0) attempt = 0;
  }
  return attempt;
}

/** The time of a record; see clock.ts. */
interface KernelClock {
  readonly nowUs: number;
  readonly offsetUs: number;
}

/** What the kernel asks for while it is at work on a record. */
export interface KernelCalls {
  /** Writes the columns of the record's history to `row[at..]`. */
  history(at: number): void;
  /** Writes the rarities of the words `from..to` to `row[at..]`; their keys are in `keys`. */
  rarities(from: number, to: number, block: number, at: number): void;
  /** Connections in training at the port whose key is in `keys`. */
  connectionsAtPort(block: number): number;
}

interface Exports {
  transform(block: number): void;
  keys(): void;
  restart(): void;
  relearn(): void;
  freeze(): void;
}

type Constants = Readonly<Record<(typeof CONSTANTS)[number], number>>;

/** The columns that the kernel has too. */
export const COLUMN_NAMES: readonly string[] = [
  ...SHAPE_COLUMNS,
  ...ACTIVITY_COLUMNS,
  ...RARITY_COLUMNS,
  ...NOVELTY_COLUMNS,
].map(({ name }) => name);

/** @throws naming what differs where the kernel was built with other columns */
export function constantsOf(exports: object, columns = COLUMN_NAMES): Constants {
  const compiled = new WasmConstants(PLACES[0], exports);
  compiled.expectMembers('Column', columns);
  compiled.expect({ OUTBOUND, INBOUND, RANGE_BYTES });
  return compiled.numbers(CONSTANTS);
}

let compiled: object | undefined;

/** @throws what `compileWasm` throws */
export function instantiate(calls: KernelCalls): { memory: InstanceType<typeof wasm.Memory>; exports: object } {
  compiled ??= compileWasm(PLACES, import.meta.url);
  const memory = new wasm.Memory({ initial: 1, maximum: MOST_PAGES });
  return { memory, exports: new wasm.Instance(compiled, { env: { memory }, features: calls }).exports };
}

export class ConnKernel {
  /** of the record last transformed, the kernel's own memory: its columns */
  readonly row: Float32Array;
  /** of the words of the record in work, and of its port: two halves each */
  readonly keys: Int32Array;
  private readonly at: Constants;
  /** the kernel's memory */
  private readonly reals: Float64Array;
  private readonly words: Int32Array;
  private readonly bytes: Uint8Array;
  private readonly exports: Exports;

  /**
   * @param columns of a row: all, or all but those of the novelty group
   * @throws what `instantiate` and `constantsOf` throw
   */
  constructor(local: LocalAddresses, columns: number, calls: KernelCalls) {
    const { memory, exports } = instantiate(calls);
    this.exports = exports as Exports;
    this.at = constantsOf(exports);
    const { at } = this;
    const ranges = local.packed();
    const privates = PRIVATE.packed();
    memory.grow(Math.ceil((at.RANGES + ranges.length + privates.length) / PAGE) - 1);
    const { buffer } = memory;
    this.reals = new Float64Array(buffer);
    this.words = new Int32Array(buffer);
    this.bytes = new Uint8Array(buffer);
    this.keys = new Int32Array(buffer, at.KEYS, KEY_WORDS);
    this.row = new Float32Array(buffer, at.ROW, columns);
    const small = new Float32Array(buffer, at.LOGARITHMS, at.SMALL);
    for (let n = 0; n < small.length; n++) small[n] = lgCount(n);
    this.put(at.FAILED_STATES, FAILED);
    this.put(at.REJECTED_STATES, REJECTED);
    this.put(at.COLUMN_COUNT, columns);
    this.put(at.RANGE_COUNT, ranges.length / RANGE_BYTES);
    this.put(at.PRIVATE_COUNT, privates.length / RANGE_BYTES);
    this.bytes.set(ranges, at.RANGES);
    this.bytes.set(privates, at.RANGES + ranges.length);
    this.exports.restart();
  }

  private put(address: number, word: number): void {
    this.words[address >> 2] = word;
  }

  /** Makes a record the one in work, and puts the keys of its values in place. */
  index(record: ConnRecord, clock: KernelClock): void {
    this.take(record, clock);
    this.exports.keys();
  }

  /** Counts a record and writes its row. `block`: the training block left out, or -1. */
  transform(record: ConnRecord, clock: KernelClock, block: number): void {
    this.take(record, clock);
    this.exports.transform(block);
  }

  /** INBOUND, OUTBOUND, or another number: between two of a kind */
  get direction(): number {
    return this.words[this.at.DIRECTION >> 2];
  }

  /** false for a TCP connection that the sensor joined in its middle */
  get begun(): boolean {
    return this.words[this.at.BEGUN >> 2] !== 0;
  }

  /** begun, and not the last connection to the service that goes on */
  get opens(): boolean {
    return this.words[this.at.OPENS >> 2] === 1;
  }

  get servicePort(): number {
    return this.words[this.at.SERVICE_PORT >> 2];
  }

  /** an attempt at one host that came to nothing */
  get failed(): boolean {
    return this.words[this.at.ATTEMPT_FAILED >> 2] === 1;
  }

  /** Empties all counters: the next record is the first. */
  restart(): void {
    this.exports.restart();
  }

  /** Forgets all that was found out of other vocabularies; counters stay. */
  relearn(): void {
    this.exports.relearn();
  }

  /** Forgets all that was found out while the vocabularies grew, and empties all counters. */
  freeze(): void {
    this.exports.freeze();
  }

  private take(record: ConnRecord, clock: KernelClock): void {
    const { at, reals, words, bytes } = this;
    reals[at.TIMESTAMP >> 3] = record.timestampUs - clock.offsetUs;
    reals[at.CLOCK >> 3] = clock.nowUs;
    reals[at.DURATION >> 3] = record.duration;
    reals[at.ORIG_BYTES >> 3] = record.origBytes;
    reals[at.RESP_BYTES >> 3] = record.respBytes;
    reals[at.MISSED_BYTES >> 3] = record.missedBytes;
    reals[at.ORIG_PKTS >> 3] = record.origPkts;
    reals[at.ORIG_IP_BYTES >> 3] = record.origIpBytes;
    reals[at.RESP_PKTS >> 3] = record.respPkts;
    reals[at.RESP_IP_BYTES >> 3] = record.respIpBytes;
    words[at.IP_VERSION >> 2] = record.ipVersion;
    words[at.ORIG_P >> 2] = record.origP;
    words[at.RESP_P >> 2] = record.respP;
    words[at.PROTO >> 2] = record.proto;
    words[at.IP_PROTO >> 2] = record.ipProto;
    words[at.CONN_STATE >> 2] = record.connState;
    words[at.LOCAL_ORIG >> 2] = record.localOrig;
    words[at.LOCAL_RESP >> 2] = record.localResp;
    words[at.HAS_SERVICE >> 2] = record.service.length > 0 ? 1 : 0;
    words[at.BEGUN >> 2] = beginningOf(record);
    const originator = at.ORIG_HASH >> 2;
    words[originator] = record.origHashLow;
    words[originator + 1] = record.origHashHigh;
    const responder = at.RESP_HASH >> 2;
    words[responder] = record.respHashLow;
    words[responder + 1] = record.respHashHigh;
    const service = at.SERVICE_HASH >> 2;
    words[service] = record.serviceHashLow;
    words[service + 1] = record.serviceHashHigh;
    const history = at.HISTORY_HASH >> 2;
    words[history] = record.historyHashLow;
    words[history + 1] = record.historyHashHigh;
    const length = record.ipVersion === 4 ? 4 : 16;
    const { ORIG_H, RESP_H } = at;
    for (let i = 0; i < length; i++) {
      bytes[ORIG_H + i] = record.origH[i];
      bytes[RESP_H + i] = record.respH[i];
    }
  }
}
