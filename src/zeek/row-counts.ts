/** What became of the lines of a log, and what is to be said of it. */

import { unitNotes } from '../base/spellings.js';
import { printable } from '../base/text.js';
import { COLUMN_NAMES } from './columns.js';
import type { ConnBatch } from './conn-batch.js';

const SHOWN_CELL = 40;
/** Kinds of other logs that are named; more are one. */
const MOST_OTHERS = 8;
const decoder = new TextDecoder('latin1');

export class RowCounts {
  rows = 0;
  lines = 0;
  bad = 0;
  /** 1-based number of the first bad line; 0 when there was none */
  firstBad = 0;
  /** what is wrong with it */
  fault = '';
  /** the last line had no line end and was no whole row */
  cut = false;
  /** rows of other kinds of logs, by the name of the kind */
  readonly others = new Map<string, number>();
  /** rows with a cell that cannot be read, and the first of them */
  private wrong = 0;
  private firstWrong = '';
  /** rows by the unit of their time */
  private readonly units = [0, 0, 0, 0];

  constructor(private readonly name: string) {}

  /** The last row of `batch` was read from `text` by the parser. */
  row({ wrong, wrongFrom, wrongTo, unit }: ConnBatch, text: Uint8Array): void {
    this.rows++;
    if (unit > 0) this.units[unit]++;
    if (wrong < 0 || this.wrong++ > 0) return;
    const cell = printable(decoder.decode(text.subarray(wrongFrom, Math.min(wrongTo, wrongFrom + SHOWN_CELL))));
    this.firstWrong = `line ${this.lines}, ${COLUMN_NAMES[wrong]} "${cell}"`;
  }

  badLine(fault: string): void {
    if (this.bad++ > 0) return;
    this.firstBad = this.lines;
    this.fault = fault;
  }

  other(kind: string): void {
    const name = this.others.has(kind) || this.others.size < MOST_OTHERS ? kind : 'others';
    this.others.set(name, (this.others.get(name) ?? 0) + 1);
  }

  /** One line for each kind of thing that was left out, or read as what it does not say it is. */
  get warnings(): string[] {
    const { name, bad, others, wrong } = this;
    const warnings: string[] = [];
    const rows = (count: number): string => (count === 1 ? '1 row' : `${count} rows`);
    if (bad > 0) {
      const lines = bad === 1 ? '1 line' : `${bad} lines`;
      warnings.push(
        `${name}: ${lines} left out that cannot be read as a row, the first is line ${this.firstBad} (${this.fault})`,
      );
    }
    if (wrong > 0) {
      warnings.push(
        `${name}: ${rows(wrong)} with a value that cannot be read, which counts as missing; the first is ${this.firstWrong}`,
      );
    }
    warnings.push(...unitNotes(name, this.units));
    if (others.size > 0) {
      const kinds = [...others].map(([kind, count]) => `${count} of ${printable(kind)}`).join(', ');
      warnings.push(`${name}: rows of other logs left out: ${kinds}`);
    }
    if (this.cut) {
      warnings.push(
        `${name}: ends in the middle of line ${this.lines}; the ${this.rows} whole rows before it are used`,
      );
    }
    return warnings;
  }
}
