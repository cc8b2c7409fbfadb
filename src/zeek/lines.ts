/** Bytes into lines, lines into batches of rows. */

import { AnomalyError } from '../base/errors.js';
import { ConnBatch } from './conn-batch.js';
import { RowCounts } from './row-counts.js';
import { RowKernel } from './row-kernel.js';
import { anotherLog, BAD_ROW, type LineParser, OTHER_ROW, ROW } from './tsv.js';

/** A row of a conn.log is some hundred bytes; what is longer is no log. */
const LONGEST_LINE = 1 << 20;
const NEWLINE = 10;
const RETURN = 13;

/** Where the next rows go: once after each batch, when that batch is not needed any more. */
export type NextBatch = () => ConnBatch;

/** Rows go into the same batch again and again. */
export function always(batch: ConnBatch): NextBatch {
  return () => batch;
}

/** Rows of other logs after which one without a single connection is taken for a log of another kind. */
const MOST_OTHERS = 10_000;

export class Rows {
  readonly counts: RowCounts;
  private carry = new Uint8Array(4096);
  private carried = 0;

  constructor(
    private readonly name: string,
    private readonly parser: LineParser,
    private readonly nextBatch: NextBatch = always(new ConnBatch()),
    /** its place among several logs */
    private readonly log = 0,
    /** null: the parser reads every line */
    private readonly kernel: RowKernel | null = RowKernel.shared(),
  ) {
    this.counts = new RowCounts(name);
  }

  /** One line for each thing that was left out, or that had to be guessed. */
  get warnings(): string[] {
    return [...(this.parser.warnings?.(this.name) ?? []), ...this.counts.warnings];
  }

  private get otherLog(): string {
    return this.parser.other ?? '';
  }

  /** @throws AnomalyError BAD_DATA where there was no row, but something else */
  checkAny(): void {
    const { counts, name } = this;
    if (counts.rows > 0) return;
    const [other = this.otherLog] = counts.others.keys();
    if (other !== '') throw anotherLog(name, other);
    if (counts.bad === 0 && !counts.cut) return;
    const where = counts.bad > 0 ? `line ${counts.firstBad}: ${counts.fault}` : 'it ends within the first one';
    throw new AnomalyError('BAD_DATA', `${name}: not one whole row of a conn log in it (${where})`);
  }

  /** Rows that end within `bytes`, in batches; the rest of it waits for the next chunk. */
  *take(bytes: Uint8Array): Generator<ConnBatch> {
    // one class of array for all that is parsed, so that the parser's code stays fast: inflated chunks are Buffers
    const chunk = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    let batch = this.empty();
    let from = 0;
    for (;;) {
      if (this.carried === 0) {
        from = this.regular(chunk, from, batch);
        if (batch.full) {
          yield batch;
          batch = this.empty();
          continue;
        }
      }
      const end = chunk.indexOf(NEWLINE, from);
      if (end < 0) break;
      if (this.carried > 0) {
        this.keep(chunk, from, end);
        this.line(this.carry, 0, this.carried, batch);
        this.carried = 0;
      } else this.line(chunk, from, end, batch);
      from = end + 1;
      if (batch.full) {
        yield batch;
        batch = this.empty();
      }
    }
    this.keep(chunk, from, chunk.length);
    if (batch.count > 0) yield batch;
  }

  /** The input ended: a last line without line end is a row when it is whole. */
  *finish(): Generator<ConnBatch> {
    if (this.carried === 0) return;
    const batch = this.empty();
    const { bad, firstBad, fault } = this.counts;
    this.line(this.carry, 0, this.carried, batch);
    this.carried = 0;
    if (this.counts.bad > bad) {
      Object.assign(this.counts, { bad, firstBad, fault, cut: true });
    }
    if (batch.count > 0) yield batch;
  }

  private empty(): ConnBatch {
    const batch = this.nextBatch();
    batch.clear();
    return batch;
  }

  /** Takes in the lines from `from` on that need no parser. @returns where the first that does begins */
  private regular(chunk: Uint8Array, from: number, batch: ConnBatch): number {
    const { counts, kernel, parser } = this;
    if (!kernel || !parser.layout || from === chunk.length) return from;
    const before = batch.count;
    const next = kernel.rows(parser.layout, chunk, from, batch);
    batch.place(before, batch.count, counts.lines + 1, this.log);
    counts.lines += batch.count - before;
    counts.rows += batch.count - before;
    return next;
  }

  private line(text: Uint8Array, from: number, to: number, batch: ConnBatch): void {
    const { counts } = this;
    counts.lines++;
    const end = to > from && text[to - 1] === RETURN ? to - 1 : to;
    const start = counts.lines === 1 ? afterMark(text, from, end) : from;
    const kind = this.parser.line(text, start, end, batch);
    if (kind === ROW) {
      counts.row(batch, text);
      batch.place(batch.count - 1, batch.count, counts.lines, this.log);
    } else if (kind === BAD_ROW) counts.badLine(this.parser.fault);
    else if (kind === OTHER_ROW) {
      const { otherLog } = this;
      counts.other(otherLog);
      if (counts.rows === 0 && counts.others.get(otherLog) === MOST_OTHERS) {
        throw anotherLog(this.name, otherLog);
      }
    }
  }

  private keep(chunk: Uint8Array, from: number, to: number): void {
    const size = this.carried + to - from;
    if (size > LONGEST_LINE) {
      if (this.counts.rows === 0 && this.otherLog !== '') throw anotherLog(this.name, this.otherLog);
      throw new AnomalyError(
        'BAD_DATA',
        `${this.name}: line ${this.counts.lines + 1} is longer than 1 MiB; this is no conn log`,
      );
    }
    if (size > this.carry.length) {
      const bigger = new Uint8Array(Math.min(LONGEST_LINE, Math.max(size, 2 * this.carry.length)));
      bigger.set(this.carry.subarray(0, this.carried));
      this.carry = bigger;
    }
    this.carry.set(chunk.subarray(from, to), this.carried);
    this.carried = size;
  }
}

/** Where text begins after the byte order mark that editors put before UTF-8. */
function afterMark(text: Uint8Array, from: number, to: number): number {
  return to - from >= 3 && text[from] === 0xef && text[from + 1] === 0xbb && text[from + 2] === 0xbf ? from + 3 : from;
}
