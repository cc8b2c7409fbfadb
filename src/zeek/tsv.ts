/**
 * Zeek's tab-separated logs: header lines that say what follows, in any order and any number of times, then rows. Other
 * separators, a line of names in place of the header, and rows without any are read as well.
 */

import { AnomalyError } from '../base/errors.js';
import { printable } from '../base/text.js';
import { equals } from './cells.js';
import { type Column, columnName, columnOf, REQUIRED } from './columns.js';
import type { ConnBatch } from './conn-batch.js';
import { type PlainLayout, plainHeader, plainRow, SEPARATORS } from './plain-header.js';

/** What a line was. */
export const NO_ROW = 0;
export const ROW = 1;
export const BAD_ROW = 2;
/** a row of another kind of log */
export const OTHER_ROW = 3;
export type LineKind = typeof NO_ROW | typeof ROW | typeof BAD_ROW | typeof OTHER_ROW;

export interface LineParser {
  /** Reads one line `text[from..to)`, without its line end, into the next row. @throws AnomalyError BAD_DATA where no row can follow */
  line(text: Uint8Array, from: number, to: number, into: ConnBatch): LineKind;
  /** why the last bad row is one, in a few words */
  readonly fault: string;
  /** what Zeek calls the kind of log that the last row of another kind is of; empty: it is conn */
  readonly other?: string;
  /** how rows are written, where most of them can be read without this parser */
  readonly layout: RowLayout | undefined;
  /** what is to be said of the file `name`, one line each */
  warnings?(name: string): string[];
}

/** How rows of a log are written; bytes. Each header makes a new one. */
export interface RowLayout {
  readonly separator: number;
  readonly setSeparator: number;
  readonly unset: number;
  /** first byte of what stands for an empty field */
  readonly empty: number;
  /** undefined: not read */
  readonly columns: readonly (Column | undefined)[];
}

const HASH = 35;
const QUOTE = 34;
const SPACE = 32;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class TsvParser implements LineParser {
  private separator = 9;
  private setSeparator = 44;
  private empty: Uint8Array = encoder.encode('(empty)');
  private unset: Uint8Array = encoder.encode('-');
  private columns: (Column | undefined)[] = [];
  /** labelled data sets put their columns after the last tab, two or more spaces apart */
  private spaced = false;
  private names: readonly string[] = [];
  /** the line that names the columns, where it is none of Zeek's; cells may be quoted then (RFC 4180) */
  private plain: string | undefined;
  fault = '';
  other = '';
  /** one line for each thing that had to be guessed */
  private readonly notes: string[] = [];
  layout: RowLayout | undefined;

  constructor(private readonly name: string) {}

  warnings(): string[] {
    return this.notes;
  }

  line(text: Uint8Array, from: number, to: number, into: ConnBatch): LineKind {
    if (from === to) return NO_ROW;
    if (text[from] === HASH) {
      this.header(decoder.decode(text.subarray(from + 1, to)));
      this.layout = this.rowLayout();
      return NO_ROW;
    }
    if (this.other !== '') return OTHER_ROW;
    if (this.columns.length === 0 && this.begin(decoder.decode(text.subarray(from, to)))) return NO_ROW;
    into.begin();
    this.fault = '';
    const cells = this.cellsOf(text, from, to, into);
    if (this.fault !== '') {
      if (this.isHeaderAgain(text, from, to)) return NO_ROW;
      const alone = !text.subarray(from, to).includes(this.separator);
      return this.bad(alone ? this.tooFew(1, text, from, to) : this.fault);
    }
    if (cells !== this.columns.length) return this.bad(this.tooFew(cells, text, from, to));
    if (!into.complete) return this.bad('no time or address');
    into.end();
    return ROW;
  }

  /**
   * Takes how rows are written from the first line of a log without header lines.
   * @returns whether the line names the columns; else it is a row
   * @throws AnomalyError BAD_DATA where it is neither
   */
  private begin(line: string): boolean {
    const header = plainHeader(line);
    const layout = header ?? plainRow(line);
    if (!layout) {
      const what = "and what they are does not show: they are not Zeek's columns in Zeek's order";
      throw new AnomalyError(
        'BAD_DATA',
        `${this.name}: rows before a #fields line or one of names, ${what}; its head is missing`,
      );
    }
    this.take(layout, header ? line : '');
    const by = SEPARATORS[layout.separator];
    this.notes.push(
      header
        ? `${this.name}: no #fields line; read by the names in its first line, separated by ${by}`
        : `${this.name}: no #fields line; read as Zeek's own columns in Zeek's order, separated by ${by}`,
    );
    return header !== undefined;
  }

  private take({ separator, names }: PlainLayout, line: string): void {
    checkColumns(this.name, new Set(names.map(columnName)));
    this.separator = separator.charCodeAt(0);
    this.names = names;
    this.columns = names.map(columnOf);
    this.plain = line;
  }

  /** Logs that were put together with cat have their line of names again. */
  private isHeaderAgain(text: Uint8Array, from: number, to: number): boolean {
    if (this.plain === undefined) return false;
    const line = decoder.decode(text.subarray(from, to));
    const header = line === this.plain ? undefined : plainHeader(line);
    if (header) this.take(header, line);
    return line === this.plain;
  }

  private cellsOf(text: Uint8Array, from: number, to: number, into: ConnBatch): number {
    if (this.spaced) return this.spacedCells(text, from, to, into);
    return this.plain === undefined ? this.cells(text, from, to, into) : this.quotedCells(text, from, to, into);
  }

  /** @returns how many cells there are; `fault` says why reading stopped */
  private cells(text: Uint8Array, from: number, to: number, into: ConnBatch): number {
    const { columns, separator } = this;
    let cell = 0;
    for (let start = from; ; ) {
      if (cell === columns.length) return start === to ? cell : this.tooMany();
      const column = columns[cell++];
      let end = start;
      while (end < to && text[end] !== separator) end++;
      if (column !== undefined && !this.assign(column, text, start, end, into)) return this.unread(cell);
      if (end === to) return cell;
      start = end + 1;
    }
  }

  /** Cells that may stand in quotes, with separators in them. */
  private quotedCells(text: Uint8Array, from: number, to: number, into: ConnBatch): number {
    const { columns, separator } = this;
    let cell = 0;
    for (let start = from; ; ) {
      if (cell === columns.length) return start === to ? cell : this.tooMany();
      const column = columns[cell++];
      const quoted = text[start] === QUOTE;
      let end = start + (quoted ? 1 : 0);
      if (quoted)
        while (end < to && !(text[end] === QUOTE && text[end + 1] !== QUOTE)) end += text[end] === QUOTE ? 2 : 1;
      const last = end;
      while (end < to && text[end] !== separator) end++;
      const [first, after] = quoted ? [start + 1, Math.min(last, to)] : [start, end];
      if (column !== undefined && !this.assign(column, text, first, after, into)) return this.unread(cell);
      if (end >= to) return cell;
      start = end + 1;
    }
  }

  private spacedCells(text: Uint8Array, from: number, to: number, into: ConnBatch): number {
    const { columns, separator } = this;
    let cell = 0;
    for (let start = from; ; ) {
      if (cell === columns.length) return this.tooMany();
      const column = columns[cell++];
      const end = spacedEnd(text, start, to, separator);
      if (column !== undefined && !this.assign(column, text, start, end, into)) return this.unread(cell);
      if (end === to) return cell;
      start = text[end] === separator ? end + 1 : afterSpaces(text, end, to);
    }
  }

  /** False where the cell makes the row worthless. */
  private assign(column: Column, text: Uint8Array, from: number, to: number, into: ConnBatch): boolean {
    if (from === to || equals(text, from, to, this.unset) || equals(text, from, to, this.empty)) return true;
    return into.assign(column, text, from, to, this.setSeparator);
  }

  private unread(cell: number): number {
    this.fault = `${this.names[cell - 1]} cannot be read`;
    return cell;
  }

  /** What is wrong with a row of too few cells: perhaps that it is not separated as the header says. */
  private tooFew(cells: number, text: Uint8Array, from: number, to: number): string {
    const said = String.fromCharCode(this.separator);
    const line = decoder.decode(text.subarray(from, to));
    const other = Object.keys(SEPARATORS).find((one) => one !== said && line.split(one).length >= this.columns.length);
    if (cells > 1 || other === undefined) return `${cells} of ${this.columns.length} columns`;
    return `cells are separated by ${SEPARATORS[other]}, where the header says ${SEPARATORS[said] ?? `"${printable(said)}"`}`;
  }

  private tooMany(): number {
    this.fault = `more than ${this.columns.length} columns`;
    return this.columns.length;
  }

  private bad(fault: string): typeof BAD_ROW {
    this.fault = fault;
    return BAD_ROW;
  }

  private rowLayout(): RowLayout | undefined {
    const { columns, separator, setSeparator } = this;
    if (this.other !== '') return undefined;
    const known = columns.filter((column) => column !== undefined);
    if (this.spaced || known.length === 0 || new Set(known).size < known.length) return undefined;
    const [unset, more] = this.unset;
    const [empty] = this.empty;
    if (unset === undefined || more !== undefined || empty === undefined) return undefined;
    return { separator, setSeparator, unset, empty, columns };
  }

  private header(line: string): void {
    if (line.startsWith('separator ')) {
      const [byte, ...more] = unescaped(line.slice(10).trim() || '\t');
      if (byte === undefined || more.length > 0) {
        throw new AnomalyError('BAD_DATA', `${this.name}: #separator of more than one character cannot be read`);
      }
      this.separator = byte;
      return;
    }
    // what stands behind the word separates: a program that changed it in all lines cannot have done so in #separator
    const word = /^fields([^\w])/.exec(line);
    if (word) this.separator = word[1]?.charCodeAt(0) ?? this.separator;
    const at = line.indexOf(String.fromCharCode(this.separator));
    if (at < 0) return;
    const value = line.slice(at + 1);
    switch (line.slice(0, at)) {
      case 'set_separator':
        this.setSeparator = unescaped(value)[0] ?? 44;
        break;
      case 'empty_field':
        this.empty = unescaped(value);
        break;
      case 'unset_field':
        this.unset = unescaped(value);
        break;
      case 'path':
        this.other = isConn(value) ? '' : value;
        break;
      case 'fields':
        this.fields(value);
        break;
      default:
        break;
    }
  }

  private fields(value: string): void {
    if (this.other !== '') return;
    this.plain = undefined;
    this.spaced = / {2,}/.test(value);
    const separator = String.fromCharCode(this.separator);
    const names = value.split(separator).flatMap((name) => (this.spaced ? name.trim().split(/ {2,}/) : [name]));
    checkColumns(this.name, new Set(names.map(columnName)));
    this.names = names;
    this.columns = names.map(columnOf);
  }
}

/** End of a cell where two or more spaces separate as well. */
function spacedEnd(text: Uint8Array, from: number, to: number, separator: number): number {
  let i = from;
  while (i < to && text[i] !== separator && !(text[i] === SPACE && i + 1 < to && text[i + 1] === SPACE)) i++;
  return i;
}

function afterSpaces(text: Uint8Array, from: number, to: number): number {
  let i = from;
  while (i < to && text[i] === SPACE) i++;
  return i;
}

/** Whether `path`, what Zeek calls the kind of log, is conn's. */
export function isConn(path: string): boolean {
  return /^conn(?![a-z])/.test(path);
}

/** The error for a log of another kind. */
export function anotherLog(file: string, path: string): AnomalyError {
  return new AnomalyError('BAD_DATA', `${file}: is a Zeek ${printable(path)} log, where a conn log is needed`);
}

/** @throws BAD_DATA naming what is missing */
export function checkColumns(file: string, names: ReadonlySet<string>): void {
  const missing = REQUIRED.filter((name) => !names.has(name));
  if (missing.length === 0) return;
  throw new AnomalyError('BAD_DATA', `${file}: is no conn log: column ${missing.join(', ')} is missing`);
}

/** Zeek writes bytes of its header as \\xHH. */
function unescaped(value: string): Uint8Array {
  return encoder.encode(
    value.replace(/\\x([0-9a-fA-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
  );
}
