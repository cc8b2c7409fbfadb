/** Zeek's JSON lines (RFC 8259), one object a row, read byte by byte: the columns flat, or those of `id` in an object of its own; other objects are skipped. */

import { AnomalyError } from '../base/errors.js';
import { equals } from './cells.js';
import { COLUMN_NAMES, type Column, columnName, columnOf, REQUIRED } from './columns.js';
import type { ConnBatch } from './conn-batch.js';
import { BAD_ROW, checkColumns, isConn, type LineKind, type LineParser, NO_ROW, OTHER_ROW, ROW } from './tsv.js';

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const BACKSLASH = 92;
const OPEN = 123;
const CLOSE = 125;
const BRACKET = 91;
const UNBRACKET = 93;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

interface Known {
  readonly word: Uint8Array;
  readonly column: Column;
  /** bit of REQUIRED, 0 for others */
  readonly bit: number;
}

/** by length and first bytes of the name, so that a key costs one look-up and one comparison */
const KNOWN = new Map<number, Known[]>();
for (const name of COLUMN_NAMES) {
  const word = encoder.encode(name);
  const bit = 1 << (1 + (REQUIRED as readonly string[]).indexOf(columnName(name)));
  const known = { word, column: columnOf(name) as Column, bit: bit === 1 ? 0 : bit };
  const slot = slotOf(word, 0, word.length);
  KNOWN.set(slot, [...(KNOWN.get(slot) ?? []), known]);
}
const ALL_REQUIRED = (2 << REQUIRED.length) - 2;
const PATH = encoder.encode('_path');

function slotOf(text: Uint8Array, from: number, to: number): number {
  return ((to - from) << 16) | (text[from] << 8) | text[to - 1];
}

/** Names of objects in a row whose members are read, each with what a dotted name has behind it. */
const NESTS: readonly Uint8Array[] = [
  ...new Set(COLUMN_NAMES.filter((name) => name.includes('.')).map((name) => name.slice(0, name.indexOf('.')))),
].map((name) => encoder.encode(name));
/** Room for a nest's name, a point and a member's name. */
const LONGEST_NAME = 64;
const POINT = 46;

export class JsonParser implements LineParser {
  private rows = 0;
  fault = '';
  other = '';
  readonly layout = undefined;
  /** bits of REQUIRED that the row has */
  private found = 0;
  /** name of the object that is read, with a point; then that of a member */
  private readonly joined = new Uint8Array(LONGEST_NAME);
  private nest = 0;

  constructor(private readonly name: string) {}

  line(text: Uint8Array, from: number, to: number, into: ConnBatch): LineKind {
    const i = skipSpace(text, from, to);
    if (i === to) return NO_ROW;
    this.fault = 'no whole JSON object';
    this.other = '';
    this.found = this.nest = 0;
    if (text[i] !== OPEN) return BAD_ROW;
    into.begin();
    const end = this.members(text, i + 1, to, into);
    if (this.other !== '') return OTHER_ROW;
    if (end < 0) return BAD_ROW;
    if (this.found !== ALL_REQUIRED || !into.complete) {
      // a whole object that is no connection: another kind of log, unless connections came before
      if (this.rows === 0) this.refuse(this.found);
      this.fault = 'no connection';
      return BAD_ROW;
    }
    this.rows++;
    into.end();
    return ROW;
  }

  /** Reads the members of an object from behind its brace on. @returns the offset of the closing one; -1: `fault` or `other` says why not */
  private members(text: Uint8Array, from: number, to: number, into: ConnBatch): number {
    let i = skipSpace(text, from, to);
    while (i < to && text[i] === QUOTE) {
      const keyEnd = stringEnd(text, i + 1, to);
      if (keyEnd < 0) return -1;
      const keyStart = i + 1;
      i = skipSpace(text, keyEnd + 1, to);
      if (text[i] !== COLON) return -1;
      i = skipSpace(text, i + 1, to);
      if (text[i] === OPEN && this.nest === 0 && this.enter(text, keyStart, keyEnd)) {
        const close = this.members(text, i + 1, to, into);
        this.nest = 0;
        if (close < 0) return -1;
        i = close + 1;
      } else {
        const end = valueEnd(text, i, to);
        if (end < 0 || !this.member(text, keyStart, keyEnd, i, end, into)) return -1;
        i = end;
      }
      i = skipSpace(text, i, to);
      if (text[i] === COMMA) i = skipSpace(text, i + 1, to);
      else break;
    }
    return i < to && text[i] === CLOSE ? i : -1;
  }

  /** Whether members of the object under this name are read. */
  private enter(text: Uint8Array, from: number, to: number): boolean {
    const word = NESTS.find((nest) => equals(text, from, to, nest));
    if (!word) return false;
    this.joined.set(word);
    this.joined[word.length] = POINT;
    this.nest = word.length + 1;
    return true;
  }

  /** False where the row is none. */
  private member(text: Uint8Array, from: number, to: number, at: number, end: number, into: ConnBatch): boolean {
    const known = this.nest === 0 ? lookUp(text, from, to) : this.nested(text, from, to);
    if (known) {
      // null, empty text and the NaN that some writers have for it are "not present"
      const quoted = text[at] === QUOTE ? 1 : 0;
      if (end - at === 2 * quoted || (quoted === 0 && (text[at] | 32) === 110)) return true;
      if (!assign(known, into, text, at, end)) {
        this.fault = `${decoder.decode(known.word)} cannot be read`;
        return false;
      }
      this.found |= known.bit;
    } else if (this.nest === 0 && equals(text, from, to, PATH)) {
      const path = decoder.decode(text.subarray(at + 1, end - 1));
      if (isConn(path)) return true;
      this.other = path;
      return false;
    }
    return true;
  }

  private nested(text: Uint8Array, from: number, to: number): Known | undefined {
    const length = this.nest + to - from;
    if (length > LONGEST_NAME) return undefined;
    this.joined.set(text.subarray(from, to), this.nest);
    return lookUp(this.joined, 0, length);
  }

  private refuse(found: number): void {
    const names = new Set(REQUIRED.filter((_, k) => (found & (2 << k)) !== 0) as string[]);
    checkColumns(this.name, names);
    throw new AnomalyError('BAD_DATA', `${this.name}: is no conn log: its first row has no time`);
  }
}

function assign(known: Known, into: ConnBatch, text: Uint8Array, from: number, end: number): boolean {
  if (text[from] === QUOTE) return into.assign(known.column, text, from + 1, end - 1, COMMA);
  if (text[from] !== BRACKET) return into.assign(known.column, text, from, end, COMMA);
  // a set, as newer versions write `service`: the names without brackets and quotes
  const plain = decoder.decode(text.subarray(from + 1, end - 1)).replace(/["\s]/g, '');
  const bytes = encoder.encode(plain);
  return bytes.length === 0 || into.assign(known.column, bytes, 0, bytes.length, COMMA);
}

function lookUp(text: Uint8Array, from: number, to: number): Known | undefined {
  const candidates = KNOWN.get(slotOf(text, from, to));
  if (!candidates) return undefined;
  for (const known of candidates) if (equals(text, from, to, known.word)) return known;
  return undefined;
}

function skipSpace(text: Uint8Array, from: number, to: number): number {
  let i = from;
  while (i < to && (text[i] === 32 || text[i] === 9 || text[i] === 13)) i++;
  return i;
}

/** Offset of the quote that ends the string begun before `from`, or -1. */
function stringEnd(text: Uint8Array, from: number, to: number): number {
  for (let i = from; i < to; i++) {
    if (text[i] === QUOTE) return i;
    if (text[i] === BACKSLASH) i++;
  }
  return -1;
}

/** Offset after the value that starts at `from`, or -1 where it does not end. */
function valueEnd(text: Uint8Array, from: number, to: number): number {
  let depth = 0;
  for (let i = from; i < to; i++) {
    const byte = text[i];
    if (byte === QUOTE) {
      i = stringEnd(text, i + 1, to);
      if (i < 0) return -1;
      if (depth === 0) return i + 1;
    } else if (byte === OPEN || byte === BRACKET) depth++;
    else if (byte === CLOSE || byte === UNBRACKET) {
      if (depth === 0) return i === from ? -1 : i;
      if (--depth === 0) return i + 1;
    } else if (depth === 0 && (byte === COMMA || byte === 32)) return i === from ? -1 : i;
  }
  return -1;
}
