/** Rows of a tab-separated log that are as nearly all are, read by the compiled kernel; `tsv.ts` reads the others. */

import { compileWasm, wasm } from '../base/wasm.js';
import { statePlace } from './cells.js';
import { COLUMN, type Column } from './columns.js';
import { ConnBlock } from './conn-batch.js';
import {
  arraysFrom,
  BLOCK_BYTES,
  BLOCK_ROWS,
  CONN_STATE,
  COUNT_PLACES,
  DETAILED_LABEL,
  DURATION,
  HASHES,
  HISTORY,
  INTS,
  IP_PROTO,
  IP_PROTOCOLS,
  IP_VERSION,
  LABEL,
  LENGTHS,
  LOCAL_ORIG,
  LOCAL_RESP,
  PROTO,
  REALS,
  SERVICE,
  TEXT_MOST,
  TIME,
} from './layout.js';
import { CONN_STATES, HASH_KINDS, PROTOCOLS } from './record.js';
import type { RowLayout } from './tsv.js';

/** Beside this file in the build; from the sources, in the build's folder. */
const PLACES = ['./row-kernel.wasm', '../../dist/zeek/row-kernel.wasm'];

/** addresses of assembly/zeek/memory.ts */
const AT = {
  arrays: 64,
  textEnd: 88,
  count: 92,
  log: 128,
  places: 160,
  protocols: 192,
  hashKinds: 240,
  plan: 512,
  states: 4096,
} as const;
/** LAYOUT_VERSION of assembly/zeek/memory.ts */
const LAYOUT_VERSION = 2;
const MOST_COLUMNS = 200;
const ENTRY_WORDS = 4;

/** kinds of columns of assembly/zeek/memory.ts */
const KIND = {
  skip: 0,
  count: 1,
  port: 2,
  address: 3,
  time: 4,
  duration: 5,
  proto: 6,
  state: 7,
  flag: 8,
  text: 9,
  names: 10,
  ipProto: 11,
} as const;

const BLOCK = 8192;
/** of the text at a time: what a cache holds */
const PIECE = 65_536;
/** the kernel looks and writes a little further than it must */
const SLACK = 256;
const TEXT = BLOCK + BLOCK_BYTES + SLACK;
const PAGE = 65_536;
const NEWLINE = 10;
const SKIPPED = [KIND.skip, 0, 0, 0];

const text = (kind: number, field: 0 | 1 | 2 | 3): number[] => [kind, 0, TEXT_MOST[field], field];
/** by column: what it is, its place in bytes, most bytes of a text and its number */
const PLAN = new Map<Column, readonly number[]>([
  ...COUNT_PLACES.map(([column, place]): [Column, number[]] =>
    place < REALS ? [column, [KIND.count, 8 * place, 0, 0]] : [column, [KIND.port, 4 * (place - REALS), 0, 0]],
  ),
  [COLUMN['id.orig_h'], [KIND.address, 0, 0, 0]],
  [COLUMN['id.resp_h'], [KIND.address, 16, 0, 0]],
  [COLUMN.ts, [KIND.time, 8 * TIME, 0, 0]],
  [COLUMN.duration, [KIND.duration, 8 * DURATION, 0, 0]],
  [COLUMN.proto, [KIND.proto, 0, 0, 0]],
  [COLUMN.ip_proto, [KIND.ipProto, 0, 0, 0]],
  [COLUMN.conn_state, [KIND.state, 4 * CONN_STATE, 0, 0]],
  [COLUMN.local_orig, [KIND.flag, 4 * LOCAL_ORIG, 0, 0]],
  [COLUMN.local_resp, [KIND.flag, 4 * LOCAL_RESP, 0, 0]],
  [COLUMN.service, text(KIND.names, SERVICE)],
  [COLUMN.history, text(KIND.text, HISTORY)],
  [COLUMN.label, text(KIND.text, LABEL)],
  [COLUMN['detailed-label'], text(KIND.text, DETAILED_LABEL)],
]);

interface Exports {
  layoutVersion(): number;
  rows(from: number, to: number): number;
}

export class RowKernel {
  private readonly bytes: Uint8Array;
  private readonly words: Int32Array;
  private readonly block: ConnBlock;
  private layout: RowLayout | undefined;
  /** whether the kernel can read rows of `layout` */
  private planned = false;
  /** the text in its memory: these bytes of this chunk */
  private chunk: Uint8Array | undefined;
  private from = 0;
  private to = 0;

  private constructor(
    memory: ArrayBufferLike,
    private readonly exports: Exports,
  ) {
    this.bytes = new Uint8Array(memory);
    this.words = new Int32Array(memory);
    this.block = new ConnBlock(memory, BLOCK);
    const { reals, ints, addresses, texts } = arraysFrom(BLOCK);
    this.put(AT.arrays, [reals, ints, addresses, texts, 8 * REALS, 4 * INTS]);
    this.put(AT.places, [8 * TIME, ...[IP_VERSION, PROTO, IP_PROTO, LENGTHS, HASHES].map((place) => 4 * place)]);
    this.put(AT.hashKinds, HASH_KINDS);
    for (const [i, number] of IP_PROTOCOLS.entries()) {
      const name = PROTOCOLS[i] as string;
      const entry = AT.protocols + 4 * ENTRY_WORDS * i;
      this.put(entry, [0, name.length, i, number]);
      this.bytes.set(Buffer.from(name), entry);
    }
    for (const [i, name] of CONN_STATES.entries()) {
      const word = Buffer.from(name);
      const entry = AT.states + 4 * ENTRY_WORDS * statePlace(word, 0, word.length);
      this.put(entry + 8, [i + 1]);
      this.bytes.set(word, entry);
    }
  }

  private static kernel: RowKernel | undefined;
  private static tried = false;

  /** The kernel of this thread; undefined where the build is missing or this Node cannot run it. */
  static shared(): RowKernel | undefined {
    if (!RowKernel.tried) {
      RowKernel.tried = true;
      try {
        const module = compileWasm(PLACES, import.meta.url);
        const pages = Math.ceil((TEXT + PIECE + SLACK) / PAGE);
        const memory = new wasm.Memory({ initial: pages, maximum: pages });
        const exports = new wasm.Instance(module, { env: { memory } }).exports as Exports;
        if (exports.layoutVersion() === LAYOUT_VERSION) RowKernel.kernel = new RowKernel(memory.buffer, exports);
      } catch {
        // slower without it, and nothing else
      }
    }
    return RowKernel.kernel;
  }

  /**
   * Reads lines of `chunk` from `from` on into a block, until it is full or a line needs the parser.
   * @param chunk the same object only while its bytes are the same
   * @returns where the first line begins that was not read
   */
  rows(layout: RowLayout, chunk: Uint8Array, from: number, into: ConnBlock): number {
    if (layout !== this.layout) this.plan(layout);
    if (!this.planned) return from;
    if (chunk !== this.chunk || from < this.from || from >= this.to) this.load(chunk, from);
    this.put(AT.textEnd, [into.textBytes, into.count, BLOCK_ROWS]);
    const start = TEXT + from - this.from;
    const next = this.exports.rows(start, TEXT + this.to - this.from);
    const count = this.words[AT.count / 4];
    if (count > into.count) into.extend(this.block, count, this.words[AT.textEnd / 4]);
    return from + next - start;
  }

  private load(chunk: Uint8Array, from: number): void {
    this.chunk = chunk;
    this.from = from;
    this.to = Math.min(chunk.length, from + PIECE);
    this.bytes.set(chunk.subarray(from, this.to), TEXT);
    this.bytes[TEXT + this.to - from] = NEWLINE;
  }

  private plan(layout: RowLayout): void {
    const { columns, separator, setSeparator, unset, empty } = layout;
    this.layout = layout;
    this.planned = columns.length <= MOST_COLUMNS;
    if (!this.planned) return;
    this.put(AT.log, [separator, setSeparator, unset, empty, columns.length]);
    for (const [i, column] of columns.entries()) {
      this.put(AT.plan + 4 * ENTRY_WORDS * i, (column !== undefined && PLAN.get(column)) || SKIPPED);
    }
  }

  private put(at: number, values: readonly number[]): void {
    for (const [i, value] of values.entries()) this.words[at / 4 + i] = value;
  }
}
