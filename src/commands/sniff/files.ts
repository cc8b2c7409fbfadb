/** The files a run of sniff writes: the packet table, a capture, or both. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sweepLeftOvers } from '../../base/aside.js';
import { DATA_FOLDER } from '../../base/defaults.js';
import { identityOf, writeError } from '../../base/files.js';
import { Locks } from '../../base/lock.js';
import { printable } from '../../base/text.js';
import { stampOf } from '../../base/time.js';
import type { PacketBatch } from '../../source/packet-source.js';
import { PcapFile } from '../../source/pcap-file.js';
import { TableFile } from '../../table/file.js';
import type { PacketRecord } from '../../table/record.js';

export interface SniffFileOptions {
  /** packet table, `-` for standard output; default data/packets-START.csv, or none when `write` is given */
  out?: string | undefined;
  /** capture file */
  write?: string | undefined;
  force?: boolean | undefined;
  /** the records are of the innermost packets of tunnels */
  inner?: boolean | undefined;
  /** MB */
  rotateSize?: number | undefined;
  /** h */
  rotateHours?: number | undefined;
  keep?: number | undefined;
}

/** data/packets-20260131T235959Z.csv */
function defaultTablePath(start: Date): string {
  return join(DATA_FOLDER, `packets-${stampOf(start)}.csv`);
}

async function defaultTable(): Promise<string> {
  try {
    await mkdir(DATA_FOLDER, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw writeError(DATA_FOLDER, cause);
  }
  return defaultTablePath(new Date());
}

/** A capture file that goes on in a new one of the same name when it was moved away. */
class Capture {
  /** of files before the current one */
  private readonly before = { packets: 0, bytes: 0, skipped: 0 };

  private constructor(
    readonly path: string,
    private file: PcapFile,
    private identity: string | undefined,
  ) {}

  static async open(path: string, force: boolean): Promise<Capture> {
    const file = await PcapFile.open(path, { force });
    return new Capture(path, file, identityOf(path));
  }

  async append(batch: PacketBatch): Promise<void> {
    for (let k = 0; k < batch.count; k++) {
      const full = this.file.append(batch, k);
      if (full) await full;
    }
  }

  get packets(): number {
    return this.before.packets + this.file.packets;
  }

  get bytes(): number {
    return this.before.bytes + this.file.bytes;
  }

  /** packets for whose link type the format had no place */
  get skipped(): number {
    return this.before.skipped + this.file.skipped;
  }

  async reopen(): Promise<void> {
    if (identityOf(this.path) === this.identity) return;
    const next = await PcapFile.open(this.path);
    const old = this.file;
    this.file = next;
    this.identity = identityOf(this.path);
    await old.close();
    this.before.packets += old.packets;
    this.before.bytes += old.bytes;
    this.before.skipped += old.skipped;
  }

  flush(): Promise<void> {
    return this.file.flush();
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

export class SniffFiles {
  private constructor(
    private readonly table: TableFile | undefined,
    private readonly capture: Capture | undefined,
    private readonly locks: Locks,
    /** what runs before left behind that did not end, a line each */
    readonly before: readonly string[],
  ) {}

  /** @throws AnomalyError CANNOT_CREATE */
  static async open(options: SniffFileOptions): Promise<SniffFiles> {
    const { out, write, rotateSize, rotateHours, keep } = options;
    const force = options.force === true;
    // a capture alone may be asked for
    const tablePath = out ?? (write === undefined ? await defaultTable() : undefined);
    const paths = [tablePath, write].filter((path) => path !== undefined && path !== '-') as string[];
    const locks = Locks.take(paths, 'sniff');
    let capture: Capture | undefined;
    try {
      const before = [sweepLeftOvers(paths.map((path) => dirname(path))), locks.before].filter((line) => line !== '');
      if (write !== undefined) capture = await Capture.open(write, force);
      if (tablePath === undefined) return new SniffFiles(undefined, capture, locks, before);
      const table = await TableFile.open(tablePath, {
        force,
        inner: options.inner === true,
        ...(rotateSize !== undefined && { rotateMegabytes: rotateSize }),
        ...(rotateHours !== undefined && { rotateHours }),
        ...(keep !== undefined && { keep }),
      });
      return new SniffFiles(table, capture, locks, before);
    } catch (error) {
      await capture?.close();
      locks.release();
      throw error;
    }
  }

  /** packets given to the files */
  get written(): number {
    return this.table?.rows ?? this.capture?.packets ?? 0;
  }

  /** bytes given to the files */
  get bytes(): number {
    return (this.table?.bytes ?? 0) + (this.capture?.bytes ?? 0);
  }

  /** packets left out of the capture: another link type than its first */
  get skipped(): number {
    return this.capture?.skipped ?? 0;
  }

  get wantsRecords(): boolean {
    return this.table !== undefined;
  }

  /** what was written to so far, safe to print */
  get names(): string[] {
    const tables = this.table && (this.table.paths.length > 0 ? this.table.paths : ['standard output']);
    return [...(tables ?? []), ...(this.capture ? [this.capture.path] : [])].map(printable);
  }

  /** As `TableFile.append`. */
  appendRecord(record: PacketRecord): Promise<void> | undefined {
    return this.table?.append(record);
  }

  appendPackets(batch: PacketBatch): Promise<void> | undefined {
    return this.capture?.append(batch);
  }

  /** Begins new files of the same names where the current ones were moved away; not while an append is under way. */
  async reopen(): Promise<void> {
    await this.table?.reopen();
    await this.capture?.reopen();
  }

  /** Gives everything to the system. @throws AnomalyError WRITE_FAILED, also for what was written in the background */
  async flush(): Promise<void> {
    await this.table?.flush();
    await this.capture?.flush();
  }

  /** Writes what is left and closes all, whatever fails; the first failure is thrown. */
  async close(): Promise<void> {
    const results = await Promise.allSettled([this.table?.close(), this.capture?.close()]);
    this.locks.release();
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }
}
