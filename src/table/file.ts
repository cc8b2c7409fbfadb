/** The packet table on disk, or on standard output. */

import { AnomalyError, systemCode } from '../base/errors.js';
import { AppendFile, type Sink, StandardOutput } from './append-file.js';
import { DoubleBuffer } from './double-buffer.js';
import { encodeRecord, HEADER_LINE, INNER_HEADER_LINE, MAX_ROW_BYTES } from './encode.js';
import type { PacketRecord } from './record.js';
import { Rotation, type RotationOptions, rotatedPath } from './rotation.js';

export interface TableFileOptions extends RotationOptions {
  /** write over an existing file */
  force?: boolean;
  /** the records describe the inner packets of tunnels, which the table says by one column more */
  inner?: boolean;
}

const BUFFER_BYTES = 256 * 1024;
/** Rows reach the file (the kernel) at least once a second, so twice as often by plan. */
const FLUSH_MS = 500;
/** A busy loop never lets the timer run: the clock is looked at every so many rows. */
const ROWS_PER_CLOCK = 64;
const LF = 10;

const wholeLines = (bytes: Uint8Array, written: number): number => bytes.subarray(0, written).lastIndexOf(LF) + 1;

const isTaken = (error: unknown): boolean => error instanceof AnomalyError && systemCode(error.cause) === 'EEXIST';

export class TableFile {
  /** rows appended, in all files */
  rows = 0;
  /** bytes appended, in all files, with headers */
  bytes = 0;
  /** every file this run wrote, the current one last; those removed by `keep` too */
  readonly paths: string[] = [];
  private readonly buffer: DoubleBuffer;
  private readonly rotation: Rotation;
  private readonly timer: NodeJS.Timeout;
  /** bytes of the current file, buffered ones too */
  private fileBytes = 0;
  private number = 1;
  private kept: AppendFile[] = [];

  private constructor(
    private readonly path: string,
    private sink: Sink,
    private readonly options: TableFileOptions,
  ) {
    this.buffer = new DoubleBuffer(BUFFER_BYTES + MAX_ROW_BYTES, (content) => this.sink.write(content));
    this.rotation = new Rotation(options);
    this.timer = setInterval(() => this.buffer.tick(), FLUSH_MS).unref();
    this.begin(sink);
  }

  /**
   * A new table at `path` with its header line; `-` is standard output.
   * @throws AnomalyError CANNOT_CREATE: it exists (without `force`), is a symbolic link, …
   */
  static async open(path: string, options: TableFileOptions = {}): Promise<TableFile> {
    const sink = path === '-' ? new StandardOutput() : await AppendFile.create(path, wholeLines, options);
    const file = new TableFile(path, sink, options);
    try {
      await file.flush();
    } catch (error) {
      clearInterval(file.timer);
      await sink.close();
      throw error;
    }
    return file;
  }

  /**
   * Adds a row. Must not be called again before the promise, if there is one, is kept; nor `record` be changed.
   * @throws AnomalyError WRITE_FAILED, also for rows before; the file ends on a whole line then
   */
  append(record: PacketRecord): Promise<void> | undefined {
    if (this.rotation.due(record.timestampUs, this.fileBytes)) {
      return this.rotate().then(() => this.append(record));
    }
    const { buffer } = this;
    const { used } = buffer;
    buffer.used = encodeRecord(record, buffer.bytes, used, this.options.inner);
    this.rows++;
    this.fileBytes += buffer.used - used;
    this.bytes += buffer.used - used;
    if (buffer.used >= BUFFER_BYTES) return buffer.handOver();
    if (this.rows % ROWS_PER_CLOCK === 0 && buffer.age() >= FLUSH_MS) return buffer.handOver();
    return undefined;
  }

  /** Gives all rows to the kernel. @throws AnomalyError WRITE_FAILED */
  flush(): Promise<void> {
    return this.buffer.drain();
  }

  /**
   * Goes on in a new file of the same name, if the current one was moved away or deleted (logrotate, SIGHUP).
   * @throws AnomalyError CANNOT_CREATE where another file took the name; rows go on into the old file then
   */
  async reopen(): Promise<void> {
    const { sink } = this;
    if (!(sink instanceof AppendFile)) return;
    await this.flush();
    if (sink.inPlace()) return;
    const next = await AppendFile.create(sink.path, wholeLines);
    await this.turnTo(next);
  }

  /** Writes what is left and closes. @throws AnomalyError WRITE_FAILED */
  async close(): Promise<void> {
    clearInterval(this.timer);
    try {
      await this.flush();
    } finally {
      await this.sink.close();
    }
  }

  /** Gives up and removes the file, or lets standard output be. @returns bytes that it had */
  async discard(): Promise<number> {
    clearInterval(this.timer);
    return this.sink instanceof AppendFile ? this.sink.discard() : 0;
  }

  private async rotate(): Promise<void> {
    await this.flush();
    if (!(this.sink instanceof AppendFile)) {
      this.rotation.restart();
      return;
    }
    await this.turnTo(await this.nextFile());
    const { keep } = this.options;
    while (keep !== undefined && this.kept.length > Math.max(1, keep)) await this.kept.shift()?.remove();
  }

  /** Numbers that other files have are passed over. */
  private async nextFile(): Promise<AppendFile> {
    for (;;) {
      const path = rotatedPath(this.path, ++this.number);
      try {
        return await AppendFile.create(path, wholeLines, this.options);
      } catch (error) {
        if (!isTaken(error)) throw error;
      }
    }
  }

  private async turnTo(next: AppendFile): Promise<void> {
    const old = this.sink;
    this.sink = next;
    this.begin(next);
    await old.close();
    await this.flush();
  }

  private begin(sink: Sink): void {
    if (sink instanceof AppendFile) {
      this.paths.push(sink.path);
      this.kept.push(sink);
    }
    this.rotation.restart();
    const header = this.options.inner ? INNER_HEADER_LINE : HEADER_LINE;
    this.buffer.bytes.set(header, this.buffer.used);
    this.buffer.used += header.length;
    this.fileBytes = header.length;
    this.bytes += header.length;
  }
}
