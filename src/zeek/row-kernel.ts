/** Rows of a tab-separated log that are as nearly all are, read by the compiled kernel; `tsv.ts` reads the others. */

import { compileWasm, WasmConstants, wasm } from '../base/wasm.js';
import { COLUMN, type Column } from './columns.js';
import { ConnBatch } from './conn-batch.js';
import * as AT from './layout.js';
import { HASH_KINDS } from './record.js';
import type { RowLayout } from './tsv.js';
import { PROTOCOL_WORDS, STATE_WORDS, statePlace } from './words.js';

/** Beside this file in the build; from the sources, in the build's folder. */
const PLACES = ['./row-kernel.wasm', '../../dist/zeek/row-kernel.wasm'];

/** Constants of assembly/zeek/row-memory.ts that are needed here. */
const KINDS = [
  'SKIP',
  'COUNT_REAL',
  'PORT',
  'ADDRESS',
  'TIME',
  'DURATION',
  'PROTO',
  'STATE',
  'FLAG',
  'TEXT',
  'NAMES',
  'IP_PROTO',
  'UID',
] as const;
const ENTRIES = [
  'PLAN',
  'PLAN_KIND',
  'PLAN_PLACE',
  'PLAN_START',
  'PLAN_MOST',
  'PLAN_BYTES',
  'MOST_COLUMNS',
  'PROTOCOLS',
  'PROTOCOL_COUNT',
  'PROTOCOL_WORD',
  'PROTOCOL_LENGTH',
  'PROTOCOL_VALUE',
  'PROTOCOL_IP',
  'PROTOCOL_BYTES',
  'STATES',
  'STATE_WORD',
  'STATE_VALUE',
  'STATE_BYTES',
] as const;
const LOG = ['SEPARATOR', 'SET_SEPARATOR', 'UNSET', 'EMPTY', 'COLUMNS'] as const;
const ROWS = ['REALS', 'INTS', 'ADDRESSES', 'TEXTS', 'TEXT_END', 'COUNT', 'MOST', 'DATA'] as const;

/** How rows lie, as the kernel must be told: all in bytes, but the kinds of hashes. */
const LAYOUT = {
  REAL_BYTES: 8 * AT.REALS,
  INT_BYTES: 4 * AT.INTS,
  ADDRESS_BYTES: AT.ADDRESS_BYTES,
  P_TIME: 8 * AT.TIME,
  P_VERSION: 4 * AT.IP_VERSION,
  P_PROTO: 4 * AT.PROTO,
  P_IP_PROTO: 4 * AT.IP_PROTO,
  P_ZEROS: 4 * AT.LENGTHS,
  P_ORIG_H: AT.ORIG_H,
  P_RESP_H: AT.RESP_H,
  P_SERVICE_LENGTH: 4 * (AT.LENGTHS + AT.SERVICE),
  P_SERVICE_START: 4 * (AT.STARTS + AT.SERVICE),
  P_HISTORY_LENGTH: 4 * (AT.LENGTHS + AT.HISTORY),
  P_HISTORY_START: 4 * (AT.STARTS + AT.HISTORY),
  P_ORIG_HASH: 4 * AT.HASHES,
  P_RESP_HASH: 4 * (AT.HASHES + 2),
  P_SERVICE_HASH: 4 * (AT.HASHES + 4),
  P_HISTORY_HASH: 4 * (AT.HASHES + 6),
  ORIG_HASH_KIND: HASH_KINDS[0],
  RESP_HASH_KIND: HASH_KINDS[1],
  SERVICE_HASH_KIND: HASH_KINDS[2],
  HISTORY_HASH_KIND: HASH_KINDS[3],
} as const;
const LAYOUT_WORDS = Object.keys(LAYOUT) as (keyof typeof LAYOUT)[];

const CONSTANTS = [...KINDS, ...ENTRIES, ...LOG, ...ROWS, ...LAYOUT_WORDS] as const;
type Constants = Readonly<Record<(typeof CONSTANTS)[number], number>>;

/** of the text at a time: what a cache holds */
const PIECE = 65_536;
/** the kernel looks and writes a little further than it must */
const SLACK = 256;
const PAGE = 65_536;
const NEWLINE = 10;

/** What the kernel does with a column. */
interface Step {
  readonly kind: (typeof KINDS)[number];
  /** of the number in its array, or of the text's length, and of where the text begins [B] */
  readonly place?: number;
  readonly start?: number;
  /** bytes of a text */
  readonly most?: number;
}

const text = (kind: 'TEXT' | 'NAMES', field: 0 | 1 | 2 | 3): Step => {
  return { kind, place: 4 * (AT.LENGTHS + field), start: 4 * (AT.STARTS + field), most: AT.TEXT_MOST[field] };
};
const SKIPPED: Step = { kind: 'SKIP' };
const STEPS = new Map<Column, Step>([
  ...AT.COUNT_PLACES.map(([column, place]): [Column, Step] =>
    place < AT.REALS
      ? [column, { kind: 'COUNT_REAL', place: 8 * place }]
      : [column, { kind: 'PORT', place: 4 * (place - AT.REALS) }],
  ),
  [COLUMN['id.orig_h'], { kind: 'ADDRESS', place: AT.ORIG_H }],
  [COLUMN['id.resp_h'], { kind: 'ADDRESS', place: AT.RESP_H }],
  [COLUMN.ts, { kind: 'TIME', place: 8 * AT.TIME }],
  [COLUMN.duration, { kind: 'DURATION', place: 8 * AT.DURATION }],
  [COLUMN.proto, { kind: 'PROTO' }],
  [COLUMN.ip_proto, { kind: 'IP_PROTO' }],
  [COLUMN.conn_state, { kind: 'STATE', place: 4 * AT.CONN_STATE }],
  [COLUMN.local_orig, { kind: 'FLAG', place: 4 * AT.LOCAL_ORIG }],
  [COLUMN.local_resp, { kind: 'FLAG', place: 4 * AT.LOCAL_RESP }],
  [COLUMN.uid, { kind: 'UID', place: 4 * AT.UID, most: AT.UID_MOST }],
  [COLUMN.service, text('NAMES', AT.SERVICE)],
  [COLUMN.history, text('TEXT', AT.HISTORY)],
  [COLUMN.label, text('TEXT', AT.LABEL)],
  [COLUMN['detailed-label'], text('TEXT', AT.DETAILED_LABEL)],
]);

interface Exports {
  rows(from: number, to: number): number;
}

interface Instance {
  readonly memory: { readonly buffer: ArrayBufferLike; grow(pages: number): number };
  readonly exports: object;
}

/** Undefined where the build is missing or this Node cannot run it. */
function instance(): Instance | undefined {
  try {
    const module = compileWasm(PLACES, import.meta.url);
    const memory = new wasm.Memory({ initial: 1, maximum: 64 });
    return { memory, exports: new wasm.Instance(module, { env: { memory } }).exports };
  } catch {
    // slower without it, and nothing else
    return undefined;
  }
}

export class RowKernel {
  private readonly at: Constants;
  private readonly exports: Exports;
  private readonly bytes: Uint8Array;
  private readonly words: Int32Array;
  private readonly batch: ConnBatch;
  /** where text to read begins */
  private readonly textAt: number;
  private layout: RowLayout | undefined;
  /** whether the kernel can read rows of `layout` */
  private planned = false;
  /** the text in its memory: these bytes of this chunk */
  private chunk: Uint8Array | undefined;
  private from = 0;
  private to = 0;

  private constructor({ memory, exports }: Instance) {
    this.at = new WasmConstants(PLACES[0], exports).numbers(CONSTANTS);
    this.exports = exports as Exports;
    const { at } = this;
    this.textAt = at.DATA + AT.BATCH_BYTES + SLACK;
    memory.grow(Math.ceil((this.textAt + PIECE + SLACK) / PAGE) - 1);
    const { buffer } = memory;
    this.bytes = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
    this.batch = new ConnBatch(buffer, at.DATA);
    const { reals, ints, addresses, texts } = AT.arraysFrom(at.DATA);
    this.put(at.REALS, reals);
    this.put(at.INTS, ints);
    this.put(at.ADDRESSES, addresses);
    this.put(at.TEXTS, texts);
    for (const word of LAYOUT_WORDS) this.put(at[word], LAYOUT[word]);
    this.put(at.PROTOCOL_COUNT, AT.IP_PROTOCOLS.length);
    for (const [i, number] of AT.IP_PROTOCOLS.entries()) {
      const word = PROTOCOL_WORDS[i] as Uint8Array;
      const entry = at.PROTOCOLS + at.PROTOCOL_BYTES * i;
      this.bytes.set(word, entry + at.PROTOCOL_WORD);
      this.put(entry + at.PROTOCOL_LENGTH, word.length);
      this.put(entry + at.PROTOCOL_VALUE, i);
      this.put(entry + at.PROTOCOL_IP, number);
    }
    for (const [i, word] of STATE_WORDS.entries()) {
      const entry = at.STATES + at.STATE_BYTES * statePlace(word, 0, word.length);
      this.bytes.set(word, entry + at.STATE_WORD);
      this.put(entry + at.STATE_VALUE, i + 1);
    }
  }

  /** null: it does not load here */
  private static kernel: RowKernel | null | undefined;

  /**
   * The kernel of this thread; null where the build is missing or this Node cannot run it.
   * @throws where it is of another build
   */
  static shared(): RowKernel | null {
    if (RowKernel.kernel === undefined) {
      const loaded = instance();
      RowKernel.kernel = loaded ? new RowKernel(loaded) : null;
    }
    return RowKernel.kernel;
  }

  /**
   * Reads lines of `chunk` from `from` on into a batch, until it is full or a line needs the parser.
   * @param chunk the same object only while its bytes are the same
   * @returns where the first line begins that was not read
   */
  rows(layout: RowLayout, chunk: Uint8Array, from: number, into: ConnBatch): number {
    if (layout !== this.layout) this.plan(layout);
    if (!this.planned) return from;
    if (chunk !== this.chunk || from < this.from || from >= this.to) this.load(chunk, from);
    const { at, textAt } = this;
    this.put(at.TEXT_END, into.textBytes);
    this.put(at.COUNT, into.count);
    this.put(at.MOST, AT.BATCH_ROWS);
    const start = textAt + from - this.from;
    const next = this.exports.rows(start, textAt + this.to - this.from);
    const count = this.words[at.COUNT >> 2];
    if (count > into.count) into.extend(this.batch, count, this.words[at.TEXT_END >> 2]);
    return from + next - start;
  }

  private load(chunk: Uint8Array, from: number): void {
    this.chunk = chunk;
    this.from = from;
    this.to = Math.min(chunk.length, from + PIECE);
    this.bytes.set(chunk.subarray(from, this.to), this.textAt);
    this.bytes[this.textAt + this.to - from] = NEWLINE;
  }

  private plan(layout: RowLayout): void {
    const { at } = this;
    const { columns, separator, setSeparator, unset, empty } = layout;
    this.layout = layout;
    this.planned = columns.length <= at.MOST_COLUMNS;
    if (!this.planned) return;
    this.put(at.SEPARATOR, separator);
    this.put(at.SET_SEPARATOR, setSeparator);
    this.put(at.UNSET, unset);
    this.put(at.EMPTY, empty);
    this.put(at.COLUMNS, columns.length);
    for (const [i, column] of columns.entries()) {
      const { kind, place = 0, start = 0, most = 0 } = (column !== undefined && STEPS.get(column)) || SKIPPED;
      const entry = at.PLAN + at.PLAN_BYTES * i;
      this.put(entry + at.PLAN_KIND, at[kind]);
      this.put(entry + at.PLAN_PLACE, place);
      this.put(entry + at.PLAN_START, start);
      this.put(entry + at.PLAN_MOST, most);
    }
  }

  private put(address: number, word: number): void {
    this.words[address >> 2] = word;
  }
}
