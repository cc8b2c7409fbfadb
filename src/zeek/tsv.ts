/** Zeek's tab-separated logs: header lines that say what follows, in any order and any number of times, then rows. */

import { AnomalyError } from '../base/errors.js';
import { printable } from '../base/text.js';
import { equals } from './cells.js';
import { columnName, complete, REQUIRED, type Setter, setterOf } from './columns.js';
import type { ConnRecord } from './record.js';

/** What a line was. */
export const NO_ROW = 0;
export const ROW = 1;
export const BAD_ROW = 2;
export type LineKind = typeof NO_ROW | typeof ROW | typeof BAD_ROW;

export interface LineParser {
  /** Reads one line `text[from..to)`, without its line end. @throws AnomalyError BAD_DATA where no row can follow */
  line(text: Uint8Array, from: number, to: number, into: ConnRecord): LineKind;
  /** why the last bad row is one, in a few words */
  readonly fault: string;
}

const HASH = 35;
const SPACE = 32;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class TsvParser implements LineParser {
  private separator = 9;
  private setSeparator = 44;
  private empty: Uint8Array = encoder.encode('(empty)');
  private unset: Uint8Array = encoder.encode('-');
  private setters: (Setter | undefined)[] = [];
  /** labelled data sets put their columns after the last tab, two or more spaces apart */
  private spaced = false;
  private names: string[] = [];
  fault = '';

  constructor(private readonly name: string) {}

  line(text: Uint8Array, from: number, to: number, into: ConnRecord): LineKind {
    if (from === to) return NO_ROW;
    if (text[from] === HASH) {
      this.header(decoder.decode(text.subarray(from + 1, to)));
      return NO_ROW;
    }
    if (this.setters.length === 0) {
      throw new AnomalyError('BAD_DATA', `${this.name}: rows before a #fields line; its head is missing`);
    }
    into.clear();
    const { setters, separator, setSeparator, spaced, unset, empty } = this;
    const cells = setters.length;
    let cell = 0;
    let start = from;
    for (let i = from; i <= to; i++) {
      let next = i + 1;
      if (i < to && text[i] !== separator) {
        if (!spaced || text[i] !== SPACE || text[i + 1] !== SPACE || i + 1 >= to) continue;
        while (next < to && text[next] === SPACE) next++;
      }
      if (cell === cells) return this.bad(`more than ${cells} columns`);
      const setter = setters[cell++];
      const first = text[start];
      const absent =
        (first === unset[0] && equals(text, start, i, unset)) || (first === empty[0] && equals(text, start, i, empty));
      if (setter !== undefined && !absent && start < i) {
        if (!setter(into, text, start, i, setSeparator)) return this.bad(`${this.names[cell - 1]} cannot be read`);
      }
      start = next;
      i = next - 1;
    }
    if (cell !== cells) return this.bad(`${cell} of ${cells} columns`);
    if (into.ipVersion < 0 || into.timestampUs < 0) return this.bad('no time or address');
    complete(into);
    return ROW;
  }

  private bad(fault: string): typeof BAD_ROW {
    this.fault = fault;
    return BAD_ROW;
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
        checkPath(this.name, value);
        break;
      case 'fields':
        this.fields(value);
        break;
      default:
        break;
    }
  }

  private fields(value: string): void {
    this.spaced = / {2,}/.test(value);
    const separator = String.fromCharCode(this.separator);
    const names = value.split(separator).flatMap((name) => (this.spaced ? name.trim().split(/ {2,}/) : [name]));
    checkColumns(this.name, new Set(names.map(columnName)));
    this.names = names;
    this.setters = names.map(setterOf);
  }
}

/** @throws BAD_DATA unless `path`, what Zeek calls the kind of log, is conn */
export function checkPath(file: string, path: string): void {
  if (/^conn(?![a-z])/.test(path)) return;
  throw new AnomalyError('BAD_DATA', `${file}: is a Zeek ${printable(path)} log, where a conn log is needed`);
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
