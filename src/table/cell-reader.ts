/** One cell of a table row after the other, on bytes: where it ends, and what it says in quotes (RFC 4180) or in others' words. */

import { timeOf } from '../base/spellings.js';
import { respelledNothing } from './respelled.js';

export const COMMA = 44;
const LF = 10;
const CR = 13;
export const QUOTE = 34;
const latin = new TextDecoder('latin1');

/** What is wrong with a row; the caller knows the file and the line. */
export class CellError extends Error {
  override readonly name = 'CellError';
}

export class CellReader {
  protected bytes: Uint8Array = new Uint8Array(0);
  protected pos = 0;
  protected end = 0;
  /** index of the cell that is read next */
  column = 0;
  /** One number, the result of cells that are no small integers: returned, each would be an object on the heap. */
  readonly real = new Float64Array(1);
  private readonly scratch = new Uint8Array(4096);
  protected scratchUsed = false;
  private copied = 0;
  /** place in TIME_UNITS of what the row's time was given in */
  timeUnit = 0;

  /** Starts at the row `bytes[start..end)`; `bytes[end]` must be its line feed. */
  begin(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.pos = start;
    this.end = end > start && bytes[end - 1] === CR ? end - 1 : end;
    this.column = 0;
    this.scratchUsed = false;
    this.timeUnit = 0;
  }

  /** Whether every cell was read. */
  get done(): boolean {
    return this.pos > this.end;
  }

  fail(what: string): never {
    throw new CellError(what);
  }

  /** Whether the next cell is empty; if so it is passed over. */
  empty(): boolean {
    const { bytes, pos, end } = this;
    if (bytes[pos] === COMMA || pos === end) {
      this.next(pos);
      return true;
    }
    const p = pos + 2;
    if (bytes[pos] !== QUOTE || bytes[pos + 1] !== QUOTE || (bytes[p] !== COMMA && p !== end)) return false;
    this.next(p);
    return true;
  }

  /** Passes over a cell that has to be empty; else it is `what`. */
  nothing(what: string): void {
    if (this.empty()) return;
    const read = (): void => {
      if (!this.empty()) this.fail(what);
    };
    this.unquoted(read, what, respelledNothing);
  }

  /** To the cell after the one that ends at `p`; one past the row's end after the last. */
  protected next(p: number): void {
    this.pos = p + 1;
    this.column++;
  }

  /** Notes the unit of the time. */
  protected readonly respelledTime = (cell: string): string | undefined => {
    const { us, unit } = timeOf(cell);
    if (!(us >= 0)) return undefined;
    this.timeUnit = unit;
    return `${Math.floor(us / 1e6)}.${String(us % 1e6).padStart(6, '0')}`;
  };

  /**
   * Reads a cell that is quoted, or written as others write it, by copying aside what it says and reading that.
   * @param what it is where it is neither
   * @param respell what a cell says in our words; undefined: nothing
   */
  protected unquoted<T>(read: () => T, what: string, respell?: (cell: string) => string | undefined): T {
    const { bytes, end, column, pos } = this;
    if (this.scratchUsed) this.fail(what);
    if (pos > end) this.fail('missing');
    let after = pos;
    let cell = '';
    if (bytes[pos] === QUOTE) {
      after = this.copyQuoted(what);
      cell = latin.decode(this.scratch.subarray(0, this.copied));
      try {
        return this.readCopy(read, what, after);
      } catch (error) {
        if (!respell || !(error instanceof CellError)) throw error;
        Object.assign(this, { bytes, end, column, pos, scratchUsed: false });
      }
    } else {
      while (after < end && bytes[after] !== COMMA) after++;
      cell = latin.decode(bytes.subarray(pos, after));
    }
    const said = respell?.(cell.trim());
    if (said === undefined) return this.fail(what);
    this.copied = Math.min(said.length, this.scratch.length - 1);
    for (let i = 0; i < this.copied; i++) this.scratch[i] = said.charCodeAt(i);
    return this.readCopy(read, what, after);
  }

  /** Copies what stands in quotes. @returns the offset after them */
  private copyQuoted(what: string): number {
    const { bytes, end } = this;
    let p = this.pos + 1;
    let length = 0;
    for (; p < end; p++) {
      if (bytes[p] === QUOTE) {
        if (bytes[p + 1] !== QUOTE) break;
        p++;
      }
      if (length === this.scratch.length - 1) this.fail(what);
      this.scratch[length++] = bytes[p];
    }
    if (p >= end || (p + 1 !== end && bytes[p + 1] !== COMMA)) this.fail('quote is not closed');
    this.copied = length;
    return p + 1;
  }

  /** Reads the copy; the next cell begins behind `after`. */
  private readCopy<T>(read: () => T, what: string, after: number): T {
    const { bytes, end, column } = this;
    this.scratch[this.copied] = LF;
    this.bytes = this.scratch;
    this.pos = 0;
    this.end = this.copied;
    this.scratchUsed = true;
    const value = read();
    if (this.pos !== this.copied + 1) this.fail(what);
    this.bytes = bytes;
    this.end = end;
    this.scratchUsed = false;
    this.pos = after + 1;
    this.column = column + 1;
    return value;
  }
}
