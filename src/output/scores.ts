/** `--scores FILE`: one CSV row a record, in input order, written as fast as records are scored. */

import { closeSync, fstatSync } from 'node:fs';
import { openOurs } from '../base/own-file.js';
import { printable, spreadsheetSafe } from '../base/text.js';
import { byteSize } from '../report/format.js';
import { NUMBER_CAPACITY, writeFixed6, writeInteger, writeSeconds } from './ascii.js';
import { PartFile } from './part-file.js';
import { linesBackwards, tornBytes } from './reports/tail.js';

/** The columns, in the order that `write` takes the values. */
export const SCORE_COLUMNS = [
  { name: 'frame', unit: '', doc: 'number of the record in the input, from 1' },
  { name: 'ts', unit: 's', doc: 'time of the record since the epoch' },
  { name: 'loss', unit: '', doc: 'mean squared error of the reconstruction' },
  { name: 'score', unit: '', doc: "the record's own score; higher is more anomalous" },
  { name: 'smoothed', unit: '', doc: 'score of its pair, which detection compares with the threshold' },
  { name: 'threshold', unit: '', doc: 'of the smoothed score' },
  { name: 'anomaly', unit: '', doc: '1: the record is evidence of an alarm' },
  { name: 'reason', unit: '', doc: 'the feature that adds most to the score; empty where none stands out' },
] as const;

const BUFFER = 1 << 18;
const FLUSH_MS = 1000;
/** Distinct reasons remembered as bytes; there are as many as features, so the bound is for safety. */
const MAX_REASONS = 4096;
const COMMA = 44;
const NEWLINE = 10;

function encodeReason(reason: string): Uint8Array {
  const safe = spreadsheetSafe(reason);
  return new TextEncoder().encode(/[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe);
}

export class ScoresWriter {
  readonly path: string;
  private readonly file: PartFile;
  private readonly buffer = new Uint8Array(BUFFER);
  private readonly reasons = new Map<string, Uint8Array>();
  private used = 0;
  private rows = 0;
  private failure: unknown;
  private readonly timer: NodeJS.Timeout;

  /** Opens NAME.part beside `path`. Throws CANNOT_CREATE. */
  constructor(path: string) {
    this.path = path;
    this.file = new PartFile(path);
    const header = new TextEncoder().encode(`${SCORE_COLUMNS.map(({ name }) => name).join(',')}\n`);
    this.buffer.set(header);
    this.used = header.length;
    this.timer = setInterval(() => this.tick(), FLUSH_MS);
    this.timer.unref();
  }

  /** What a killed run had written, in one line; empty: nothing. */
  get before(): string {
    const { left } = this.file;
    if (left === undefined) return '';
    const fd = openOurs(left);
    if (fd === undefined) return printable(`${left}: what a run before had written`);
    const { size } = fstatSync(fd);
    const torn = tornBytes(fd).length;
    const [last = ''] = linesBackwards(fd, 0, size - torn);
    closeSync(fd);
    const frame = /^\d+/.exec(last)?.[0];
    const rows = frame === undefined ? 'no row' : `rows up to record ${frame}`;
    return printable(`${left}: ${rows} (${byteSize(size)}) of a run that ended without its end are kept there`);
  }

  /** Rows written so far. */
  get count(): number {
    return this.rows;
  }

  /**
   * One row; the parameters are the columns, but for the time, which is in µs.
   * @throws WRITE_FAILED, also for an earlier write that failed in the background
   */
  write(
    frame: number,
    timestampUs: number,
    loss: number,
    score: number,
    smoothed: number,
    threshold: number,
    anomaly: boolean,
    reason: string,
  ): void {
    let bytes = this.reasons.get(reason);
    if (bytes === undefined) {
      bytes = encodeReason(reason);
      if (this.reasons.size < MAX_REASONS) this.reasons.set(reason, bytes);
    }
    if (this.used + 8 * NUMBER_CAPACITY + bytes.length > BUFFER) this.flush();
    const out = this.buffer;
    let at = writeInteger(frame, out, this.used);
    out[at++] = COMMA;
    at = writeSeconds(timestampUs, out, at);
    out[at++] = COMMA;
    at = writeFixed6(loss, out, at);
    out[at++] = COMMA;
    at = writeFixed6(score, out, at);
    out[at++] = COMMA;
    at = writeFixed6(smoothed, out, at);
    out[at++] = COMMA;
    at = writeFixed6(threshold, out, at);
    out[at++] = COMMA;
    out[at++] = anomaly ? 49 : 48;
    out[at++] = COMMA;
    out.set(bytes, at);
    at += bytes.length;
    out[at++] = NEWLINE;
    this.used = at;
    this.rows++;
  }

  /** Hands what is buffered to the system: whole rows only. */
  flush(): void {
    if (this.failure !== undefined) throw this.failure;
    this.file.write(this.buffer, 0, this.used);
    this.used = 0;
  }

  /** Writes the rest; the file takes its name. */
  close(): void {
    clearInterval(this.timer);
    this.flush();
    this.file.finish();
  }

  /** Gives up and removes what was written. @returns bytes that it had */
  discard(): number {
    clearInterval(this.timer);
    return this.file.discard();
  }

  /** A failure outside of `write` is kept for the next call, where somebody can catch it. */
  private tick(): void {
    try {
      this.flush();
    } catch (error) {
      this.failure = error;
      clearInterval(this.timer);
    }
  }
}
