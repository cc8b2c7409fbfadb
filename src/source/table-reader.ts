/** One packet table (CSV, version 2) as batches of rows. */

import { AnomalyError, EmptyInputError, PartlyReadError } from '../base/errors.js';
import { unitNotes } from '../base/spellings.js';
import { printable } from '../base/text.js';
import { CellError } from '../table/cell-reader.js';
import { headerFault, isHeader, isInnerHeader, RowParser } from '../table/parse.js';
import { type PacketRecord, type RecordBatch, STOP_LAYERS, STOP_REASONS } from '../table/record.js';
import { BATCH_PACKETS } from './batch.js';
import type { Mergeable } from './feeds.js';
import { type Input, type OpenInput, originOf } from './input.js';
import { Origins } from './origins.js';
import type { SourceFacts } from './packet-source.js';
import type { TimedBatch } from './runs.js';
import { ByteWindow } from './window.js';

const LF = 10;
/** A line longer than this is no row of the table. */
const MAX_LINE_BYTES = 1 << 16;
const SHOWN_FAULT = 160;
/** how a record says that its row cannot be read */
const UNREAD_REASON = STOP_REASONS.indexOf('malformed');
const UNREAD_LAYER = STOP_LAYERS.indexOf('link');

/** Rows of one table that were found in the window; parsed when they are read. */
export class RowBatch implements RecordBatch, TimedBatch {
  count = 0;
  readonly timestampUs = new Float64Array(BATCH_PACKETS);
  private readonly rowStart = new Int32Array(BATCH_PACKETS);
  private readonly rowEnd = new Int32Array(BATCH_PACKETS);
  private readonly rows = new RowParser();
  private bytes: Uint8Array = new Uint8Array(0);
  /** lines before the first row of this batch, the header among them */
  private linesBefore = 0;
  /** rows before this one that cannot be read were counted: reading one again counts nothing */
  private counted = 0;
  /** rows by the unit of their time, but for seconds */
  readonly units = [0, 0, 0, 0];

  constructor(
    private readonly bad: BadRows,
    inner: boolean,
  ) {
    this.rows.inner = inner;
  }

  get full(): boolean {
    return this.count === BATCH_PACKETS;
  }

  begin(bytes: Uint8Array, linesBefore: number): void {
    this.bytes = bytes;
    this.linesBefore = linesBefore;
    this.count = this.counted = 0;
  }

  /** Number of a row's line, from 1. */
  lineOf(index: number): number {
    return this.linesBefore + index + 1;
  }

  /** Takes the row `[start, end)`. @throws CellError where it has no time */
  add(start: number, end: number): void {
    const k = this.count;
    this.rowStart[k] = start;
    this.rowEnd[k] = end;
    this.rows.readTime(this.bytes, start, end, this.timestampUs, k);
    if (this.rows.timeUnit > 0) this.units[this.rows.timeUnit]++;
    this.count++;
  }

  /** A row that cannot be read is a packet at its time of which nothing is known: it is nobody's, and nothing is raised from it. */
  read(index: number, into: PacketRecord): void {
    try {
      this.rows.parse(this.bytes, this.rowStart[index], this.rowEnd[index], into);
    } catch (error) {
      if (!(error instanceof CellError)) throw error;
      if (index >= this.counted) this.bad.add(this.lineOf(index), error.message);
      into.clear();
      into.timestampUs = this.timestampUs[index];
      into.stopReason = UNREAD_REASON;
      into.stopLayer = UNREAD_LAYER;
    }
    if (index >= this.counted) this.counted = index + 1;
  }
}

/** Rows of a table that cannot be read. */
class BadRows {
  private count = 0;
  private first = '';

  constructor(private readonly name: string) {}

  add(line: number, fault: string): void {
    if (this.count++ === 0) this.first = `line ${line}: ${fault}`;
  }

  /** @throws PartlyReadError where there was one */
  throw(): void {
    if (this.count === 0) return;
    const more = this.count === 1 ? '' : ` (the first of ${this.count} rows that cannot be read)`;
    throw new PartlyReadError(`${this.name}: ${this.first}${more}; all else was read`);
  }
}

/** One table as batches of rows. */
function readTable(input: Input): Mergeable<RowBatch> {
  const file = originOf(input);
  const facts: SourceFacts = {
    name: file.name,
    format: file.format,
    origins: new Origins([file]),
    received: 0,
    gaps: [],
    warnings: input.warnings,
    ...(input.inner && { inner: true }),
  };
  let closed = false;
  return {
    facts,
    [Symbol.asyncIterator]: () => rows(input, facts, () => closed),
    async close() {
      closed = true;
      await input.close();
    },
  };
}

async function* rows({ chunks, inner }: Input, facts: SourceFacts, closed: () => boolean): AsyncGenerator<RowBatch> {
  const window = new ByteWindow();
  const bad = new BadRows(facts.name);
  const batch = new RowBatch(bad, inner);
  const headers = new HeaderLines(facts.name, inner);
  let lines = 0;
  for await (const chunk of chunks) {
    if (closed()) return;
    window.push(chunk);
    for (;;) {
      const bytes = Buffer.from(window.bytes.buffer, 0, window.end);
      if (lines === 0) {
        const end = bytes.indexOf(LF, window.start);
        if (end < 0) break;
        headers.check(bytes.toString('utf8', window.start, end), 1);
        window.consume(end + 1 - window.start);
        lines = 1;
      }
      batch.begin(window.bytes, lines);
      let damage: unknown;
      let p = window.start;
      let end = bytes.indexOf(LF, p);
      try {
        for (; end >= 0 && !batch.full; end = bytes.indexOf(LF, p)) {
          batch.add(p, end);
          p = end + 1;
        }
      } catch (error) {
        damage = error;
      }
      window.consume(p - window.start);
      lines += batch.count;
      facts.received += batch.count;
      if (batch.count > 0) {
        facts.origins?.add(0, batch.count, batch.lineOf(0));
        yield batch;
      }
      const again = damage instanceof CellError;
      if (damage && !again) throw damage;
      if (again) {
        if (!headers.repeated(bytes.subarray(p, end), lines + 1)) bad.add(lines + 1, (damage as CellError).message);
        window.consume(end + 1 - p);
        lines++;
      }
      if (!(batch.full || again) || closed()) break;
    }
    if (window.length > MAX_LINE_BYTES) {
      // a power failure can leave zeros where the last rows would be
      if (window.bytes[window.end - 1] === 0) break;
      throw new AnomalyError('BAD_DATA', `${facts.name}: line ${lines + 1} is longer than any row of a packet table`);
    }
  }
  if (closed()) return;
  facts.warnings.push(...headers.warnings(), ...unitNotes(facts.name, batch.units));
  if (lines === 0) {
    throw new EmptyInputError(`${facts.name}: ends inside the packet table's header line`);
  }
  if (window.length > 0) {
    facts.warnings.push(
      `${facts.name}: line ${lines + 1} is cut off and was left out; the ${facts.received} rows before it were read`,
    );
  }
  bad.throw();
}

const OTHER_KIND = 'a table of inner packets (--inner) and one of the outermost ones cannot be one';

/** The header line, and its repetitions in tables that were put together with cat. */
class HeaderLines {
  repetitions = 0;
  private firstRepeated = 0;

  constructor(
    private readonly name: string,
    private readonly inner: boolean,
  ) {}

  /** @throws AnomalyError BAD_DATA where the line is no header of this version */
  check(line: string, number: number): void {
    const fault = headerFault(line) ?? (isInnerHeader(line) === this.inner ? undefined : OTHER_KIND);
    if (fault)
      throw new AnomalyError('BAD_DATA', `${this.name}: line ${number}: ${printable(fault.slice(0, SHOWN_FAULT))}`);
  }

  /** Whether a line that is no row is the header again; counted then. @throws AnomalyError BAD_DATA for that of another table */
  repeated(line: Buffer, number: number): boolean {
    const text = line.toString('utf8');
    if (!isHeader(text)) return false;
    this.check(text, number);
    if (this.repetitions++ === 0) this.firstRepeated = number;
    return true;
  }

  warnings(): string[] {
    if (this.repetitions === 0) return [];
    const lines = this.repetitions === 1 ? '1 repeated header line' : `${this.repetitions} repeated header lines`;
    return [`${this.name}: ${lines} left out, the first is line ${this.firstRepeated}`];
  }
}

export async function openTable(path: string, open: OpenInput): Promise<{ source: Mergeable<RowBatch>; input: Input }> {
  const input = await open(path);
  if (input.format === 'table') return { source: readTable(input), input };
  await input.close();
  throw new AnomalyError('BAD_DATA', `${input.name}: is no packet table`);
}
