/** Zeek's JSON lines (RFC 8259), one flat object a row, read byte by byte; nested values of other columns are skipped. */

import { AnomalyError } from '../base/errors.js';
import { equals } from './cells.js';
import { COLUMN_NAMES, type Column, columnName, columnOf, REQUIRED } from './columns.js';
import type { ConnBatch } from './conn-batch.js';
import { BAD_ROW, checkColumns, checkPath, type LineKind, type LineParser, NO_ROW, ROW } from './tsv.js';

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

export class JsonParser implements LineParser {
  private rows = 0;
  fault = '';
  readonly layout = undefined;

  constructor(private readonly name: string) {}

  line(text: Uint8Array, from: number, to: number, into: ConnBatch): LineKind {
    let i = skipSpace(text, from, to);
    if (i === to) return NO_ROW;
    this.fault = 'no whole JSON object';
    if (text[i] !== OPEN) return BAD_ROW;
    into.begin();
    let found = 0;
    i = skipSpace(text, i + 1, to);
    while (i < to && text[i] === QUOTE) {
      const keyEnd = stringEnd(text, i + 1, to);
      if (keyEnd < 0) return BAD_ROW;
      const keyStart = i + 1;
      i = skipSpace(text, keyEnd + 1, to);
      if (text[i] !== COLON) return BAD_ROW;
      i = skipSpace(text, i + 1, to);
      const end = valueEnd(text, i, to);
      if (end < 0) return BAD_ROW;
      const known = lookUp(text, keyStart, keyEnd);
      if (known) {
        // null, empty text and the NaN that some writers have for it are "not present"
        const quoted = text[i] === QUOTE ? 1 : 0;
        if (end - i > 2 * quoted && (quoted === 1 || (text[i] | 32) !== 110)) {
          if (!assign(known, into, text, i, end)) {
            this.fault = `${decoder.decode(known.word)} cannot be read`;
            return BAD_ROW;
          }
          found |= known.bit;
        }
      } else if (this.rows === 0 && equals(text, keyStart, keyEnd, PATH)) {
        checkPath(this.name, decoder.decode(text.subarray(i + 1, end - 1)));
      }
      i = skipSpace(text, end, to);
      if (text[i] === COMMA) i = skipSpace(text, i + 1, to);
      else break;
    }
    if (i >= to || text[i] !== CLOSE) return BAD_ROW;
    if (found !== ALL_REQUIRED || !into.complete) {
      // a whole object that is no connection: another kind of log, unless connections came before
      if (this.rows === 0) this.refuse(found);
      this.fault = 'no connection';
      return BAD_ROW;
    }
    this.rows++;
    into.end();
    return ROW;
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
