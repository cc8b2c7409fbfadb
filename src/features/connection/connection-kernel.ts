/**
 * The compiled part of the connection features: activity tables, numbers of a row, keys of the vocabularies. Code, not data,
 * is read from disk here, once for all extractors.
 */

import { compileWasm, wasm } from '../../base/wasm.js';
import { CONN_STATES, type ConnRecord } from '../../zeek/record.js';
import { COUNT_INDEX, COUNTS } from '../counts.js';
import type { RecordContext } from '../extractor.js';
import { lgCount } from '../numeric.js';
import { type LocalAddresses, RANGE_BYTES } from '../packet/local.js';
import { KEY_WORDS } from './vocabularies.js';

/** Beside this file in the build; from the sources, in the build's folder. */
const PLACES = ['./features.wasm', '../../../dist/features/connection/features.wasm'];

/** addresses of assembly/connection/memory.ts */
const AT = {
  reals: 1024,
  ints: 1096,
  hashes: 1136,
  addresses: 1168,
  clock: 1216,
  answers: 1224,
  keys: 1240,
  row: 1408,
  counts: 2048,
  settings: 2560,
  logarithms: 4096,
} as const;
/** LAYOUT_VERSION of assembly/connection/memory.ts */
const LAYOUT_VERSION = 2;
const SMALL_NUMBERS = 4096;
const PAGE = 65_536;
const MOST_PAGES = 1024;

/** places of the envelope counts that connections have, in the kernel's order */
const COUNTED = (
  ['responders', 'services', 'pair_ports', 'half_open', 'responder_half_open', 'echoes', 'failed_hosts'] as const
).map((name) => COUNT_INDEX[name]);

/** One bit each. */
function states(...names: (typeof CONN_STATES)[number][]): number {
  return names.reduce((set, name) => set | (1 << CONN_STATES.indexOf(name)), 0);
}
/** attempts that came to nothing: no answer, refused, or reset before they were established */
const FAILED = states('S0', 'REJ', 'RSTOS0', 'RSTRH', 'SH');
const UNANSWERED = states('S0', 'RSTOS0', 'SH');
const REJECTED = states('REJ');

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
  layoutVersion(): number;
  ranges(): number;
  transform(block: number): void;
  keys(): void;
  restart(): void;
  freeze(): void;
}

let compiled: object | undefined;

export class ConnKernel {
  /** of the record last transformed, the kernel's own memory: its columns, and its envelope counts, NaN where it is of another kind */
  readonly row: Float32Array;
  readonly counts: Float64Array;
  /** of the record in work, two words each, in the order of the vocabularies */
  readonly keys: Int32Array;
  private readonly reals: Float64Array;
  private readonly ints: Int32Array;
  private readonly hashes: Int32Array;
  private readonly addresses: Uint8Array;
  private readonly clock: Float64Array;
  /** direction, service port, failed */
  private readonly answers: Int32Array;
  private readonly exports: Exports;

  /** @throws what `compileWasm` throws */
  constructor(local: LocalAddresses, novelty: boolean, columns: number, calls: KernelCalls) {
    compiled ??= compileWasm(PLACES, import.meta.url);
    const memory = new wasm.Memory({ initial: 1, maximum: MOST_PAGES });
    const imports = { env: { memory }, features: calls };
    this.exports = new wasm.Instance(compiled, imports).exports as Exports;
    if (this.exports.layoutVersion() !== LAYOUT_VERSION) throw new Error(`${PLACES[0]} is of another build`);
    const ranges = local.packed();
    const end = this.exports.ranges();
    memory.grow(Math.ceil((end + ranges.length) / PAGE) - 1);
    const { buffer } = memory;
    this.reals = new Float64Array(buffer, AT.reals, 9);
    this.ints = new Int32Array(buffer, AT.ints, 9);
    this.hashes = new Int32Array(buffer, AT.hashes, 8);
    this.addresses = new Uint8Array(buffer, AT.addresses, 32);
    this.clock = new Float64Array(buffer, AT.clock, 1);
    this.answers = new Int32Array(buffer, AT.answers, 3);
    this.counts = new Float64Array(buffer, AT.counts, COUNTS.length).fill(Number.NaN);
    this.keys = new Int32Array(buffer, AT.keys, KEY_WORDS);
    this.row = new Float32Array(buffer, AT.row, columns);
    new Float32Array(buffer, AT.logarithms, SMALL_NUMBERS).set(
      Array.from({ length: SMALL_NUMBERS }, (_, n) => lgCount(n)),
    );
    const settings = [FAILED, UNANSWERED, REJECTED, novelty ? 1 : 0, ranges.length / RANGE_BYTES, ...COUNTED];
    new Int32Array(buffer, AT.settings, settings.length).set(settings);
    new Uint8Array(buffer, end, ranges.length).set(ranges);
    this.exports.restart();
  }

  /** Makes a record the one in work, and puts the keys of its values in place. */
  index(record: ConnRecord): void {
    this.take(record);
    this.exports.keys();
  }

  /** Counts a record and writes its row. `block`: the training block left out, or -1. */
  transform(record: ConnRecord, block: number): void {
    this.take(record);
    this.exports.transform(block);
  }

  /** µs; a log is written in the order of connections' ends, this clock never goes back */
  get timestampUs(): number {
    return this.clock[0];
  }

  get direction(): RecordContext['direction'] {
    return this.answers[0] as RecordContext['direction'];
  }

  get servicePort(): number {
    return this.answers[1];
  }

  /** an attempt at one host that came to nothing */
  get failed(): boolean {
    return this.answers[2] === 1;
  }

  /** Empties all counters: the next record is the first. */
  restart(): void {
    this.exports.restart();
  }

  /** Forgets all that was found out while the vocabularies grew, and empties all counters. */
  freeze(): void {
    this.exports.freeze();
  }

  private take(record: ConnRecord): void {
    const { reals, ints, hashes, addresses } = this;
    reals[0] = record.timestampUs;
    reals[1] = record.duration;
    reals[2] = record.origBytes;
    reals[3] = record.respBytes;
    reals[4] = record.missedBytes;
    reals[5] = record.origPkts;
    reals[6] = record.origIpBytes;
    reals[7] = record.respPkts;
    reals[8] = record.respIpBytes;
    ints[0] = record.ipVersion;
    ints[1] = record.origP;
    ints[2] = record.respP;
    ints[3] = record.proto;
    ints[4] = record.ipProto;
    ints[5] = record.connState;
    ints[6] = record.localOrig;
    ints[7] = record.localResp;
    ints[8] = record.service.length > 0 ? 1 : 0;
    hashes[0] = record.origHashLow;
    hashes[1] = record.origHashHigh;
    hashes[2] = record.respHashLow;
    hashes[3] = record.respHashHigh;
    hashes[4] = record.serviceHashLow;
    hashes[5] = record.serviceHashHigh;
    hashes[6] = record.historyHashLow;
    hashes[7] = record.historyHashHigh;
    const length = record.ipVersion === 4 ? 4 : 16;
    for (let i = 0; i < length; i++) {
      addresses[i] = record.origH[i];
      addresses[16 + i] = record.respH[i];
    }
  }
}
