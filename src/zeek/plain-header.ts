/** Logs without Zeek's header lines: a line of names, as spreadsheets and data frames write it, or nothing but rows. */

import { isAbsent, readCount, readTime } from './cells.js';
import { COLUMN, type Column, columnName, columnOf, DEFAULT_ORDER } from './columns.js';
import { COUNT_PLACES } from './layout.js';
import { stateOf } from './words.js';

/** What separates cells, in the order in which it is tried, and what it is called. */
export const SEPARATORS: Readonly<Record<string, string>> = {
  '\t': 'tabs',
  ',': 'commas',
  ';': 'semicolons',
  '|': 'vertical bars',
  ' ': 'spaces',
};
/** Columns up to the state of a connection, behind which nothing is required. */
const LEAST_CELLS = DEFAULT_ORDER.indexOf('conn_state') + 1;
/** Before 2013 there was no local_resp. */
const ORDERS = [DEFAULT_ORDER, DEFAULT_ORDER.filter((name) => name !== 'local_resp')];
const COUNTS: ReadonlySet<Column> = new Set(COUNT_PLACES.map(([column]) => column));
const FLAG = /^(?:t|f|true|false|0|1)$/i;
const ADDRESS = /^[0-9a-f.:]{2,45}$/i;
const PROTOCOL = /^[a-z][a-z_0-9-]*$/i;
const encoder = new TextEncoder();

/** How the rows of a log are written. */
export interface PlainLayout {
  readonly separator: string;
  readonly names: readonly string[];
}

function cellsOf(line: string, separator: string): string[] {
  return line.split(separator).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
}

/** What a line of names says; undefined: it is none. */
export function plainHeader(line: string): PlainLayout | undefined {
  for (const separator of Object.keys(SEPARATORS)) {
    const names = cellsOf(line, separator);
    if (names.some((name) => columnName(name) === 'id.orig_h')) return { separator, names };
  }
  return undefined;
}

/** How a row is written whose columns are Zeek's own in Zeek's order; undefined: they are not. */
export function plainRow(line: string): PlainLayout | undefined {
  for (const separator of Object.keys(SEPARATORS)) {
    const cells = cellsOf(line, separator);
    if (cells.length < LEAST_CELLS) continue;
    const order = ORDERS.find((names) => cells.every((cell, i) => fits(names[i], cell)));
    if (order) return { separator, names: cells.map((_, i) => order[i] ?? `column ${i + 1}`) };
  }
  return undefined;
}

/** Whether a cell can be one of the column; of one that has no name here, and of texts, any can. */
function fits(name: string | undefined, cell: string): boolean {
  const text = encoder.encode(cell);
  const column = name === undefined ? undefined : columnOf(name);
  switch (column) {
    case COLUMN.ts:
      return readTime(text, 0, text.length) >= 0;
    case COLUMN['id.orig_h']:
    case COLUMN['id.resp_h']:
      return ADDRESS.test(cell);
    case COLUMN.proto:
      return PROTOCOL.test(cell);
    default:
  }
  if (column === undefined || isAbsent(text, 0, text.length)) return true;
  if (column === COLUMN.conn_state) return stateOf(text, 0, text.length) >= 0;
  if (column === COLUMN.local_orig || column === COLUMN.local_resp) return FLAG.test(cell);
  return !COUNTS.has(column) || readCount(text, 0, text.length) >= 0;
}
