/** Flow tables with a header line, or of a format that has a known order of columns: cells set off by one byte, perhaps quoted. */

import { AnomalyError } from '../../base/errors.js';
import { printable } from '../../base/text.js';
import { FIELDS, type Field, type FlowFormat, type FlowTable, NEEDED } from '../../source/flow-tables/formats.js';
import { isHeader, namesOf, separatorOf } from '../../source/flow-tables/recognise.js';
import { equals } from '../cells.js';
import type { ConnBatch } from '../conn-batch.js';
import { BAD_ROW, type LineKind, type LineParser, NO_ROW, ROW } from '../tsv.js';
import { Notes } from './notes.js';
import { F, FlowRow } from './row.js';

const QUOTE = 34;
const NOTHING = -1;
const LAST_OF_HEX = 102;
const latin = new TextDecoder('latin1');
/** nfdump's last lines: sums of what came before, until the next table */
const SUMMARY = new TextEncoder().encode('Summary');

export class CsvParser implements LineParser {
  fault = '';
  readonly layout = undefined;
  private readonly row: FlowRow;
  private readonly notes = new Notes();
  private separator = 44;
  private readonly shown: string[];
  /** by column the field it tells, or NOTHING */
  private columns: Int8Array = new Int8Array(0);
  private over = false;

  constructor(
    private readonly name: string,
    private readonly format: FlowFormat,
    private readonly table: FlowTable,
  ) {
    this.shown = FIELDS.map((field) => field);
    this.row = new FlowRow(table, (field) => this.shown[F[field]] as string);
  }

  warnings(): string[] {
    return this.notes.lines(this.name, 'rows that are no connections', this.row.times);
  }

  line(text: Uint8Array, from: number, to: number, into: ConnBatch): LineKind {
    this.fault = '';
    if (from === to) return NO_ROW;
    if (this.columns.length === 0 && !this.begin(latin.decode(text.subarray(from, to)))) return NO_ROW;
    if (equals(text, from, to, SUMMARY)) this.over = true;
    const cells = this.cells(text, from, to);
    const { row } = this;
    if (this.repeats(text)) {
      this.header(latin.decode(text.subarray(from, to)));
      this.over = false;
      return NO_ROW;
    }
    if (this.over) return NO_ROW;
    if (cells !== this.columns.length) {
      this.fault = `${cells} of ${this.columns.length} columns`;
      return BAD_ROW;
    }
    const oneWay = this.table.oneWay === true && this.unanswered(text);
    const outcome = row.make(text, into, oneWay);
    if (outcome === 'row') return ROW;
    if (outcome === 'bad') {
      this.fault = row.fault;
      return BAD_ROW;
    }
    this.notes.pass(printable(latin.decode(text.subarray(row.from[F.protocol], row.to[F.protocol])).slice(0, 16)));
    return NO_ROW;
  }

  /** nfdump -B has both sides in one row. */
  private unanswered(text: Uint8Array): boolean {
    const from = this.row.from[F.dstPackets] as number;
    const to = this.row.to[F.dstPackets] as number;
    for (let i = from; i < to; i++) if (text[i] !== 48 && text[i] !== 32) return false;
    return true;
  }

  /** @returns whether the first line is a row already */
  private begin(line: string): boolean {
    this.separator = separatorOf(line).charCodeAt(0);
    const { headerless } = this.table;
    if (headerless && !isHeader(namesOf(line, String.fromCharCode(this.separator)), this.format)) {
      this.use([...headerless]);
      return true;
    }
    this.header(line);
    return false;
  }

  /** @throws BAD_DATA where a column that is needed is missing */
  private header(line: string): void {
    this.separator = separatorOf(line).charCodeAt(0);
    const names = namesOf(line, String.fromCharCode(this.separator));
    this.use(names);
    const missing = NEEDED.filter((field) => !this.columns.includes(F[field]));
    if (missing.length === 0) return;
    const wanted = missing.map((field) => this.table.columns[field]?.[0] ?? field).join(', ');
    throw new AnomalyError('BAD_DATA', `${this.name}: is no ${this.table.title}: column ${wanted} is missing`);
  }

  private use(names: string[]): void {
    this.columns = new Int8Array(names.length).fill(NOTHING);
    for (const [field, aliases] of Object.entries(this.table.columns) as [Field, readonly string[]][]) {
      const alias = aliases.find((name) => names.includes(name));
      if (alias === undefined) continue;
      this.columns[names.indexOf(alias)] = F[field];
      this.shown[F[field]] = alias;
    }
  }

  /** Whether the row's cells are a header's names again. */
  private repeats(text: Uint8Array): boolean {
    const from = this.row.from[F.src] as number;
    const to = this.row.to[F.src] as number;
    // an address has no letter beyond f, and each of these names begins with one
    let at = from;
    while (at < to && (text[at] as number) <= 32) at++;
    if (at === to || ((text[at] as number) | 32) <= LAST_OF_HEX) return false;
    return latin.decode(text.subarray(from, to)).trim().toLowerCase() === this.shown[F.src];
  }

  /** Finds the cells that are needed. @returns how many there are */
  private cells(text: Uint8Array, from: number, to: number): number {
    const { columns, separator, row } = this;
    row.clear();
    let cell = 0;
    for (let start = from; ; cell++) {
      let end = start;
      let first = start;
      let last: number;
      if (text[start] === QUOTE && start < to) {
        first++;
        end = first;
        while (end < to && text[end] !== QUOTE) end++;
        last = end;
        while (end < to && text[end] !== separator) end++;
      } else {
        while (end < to && text[end] !== separator) end++;
        last = end;
      }
      const field = cell < columns.length ? (columns[cell] as number) : NOTHING;
      if (field !== NOTHING) row.put(field, first, last);
      if (end >= to) {
        // some writers end each row with a separator
        return first === last && cell === columns.length ? cell : cell + 1;
      }
      start = end + 1;
    }
  }
}
