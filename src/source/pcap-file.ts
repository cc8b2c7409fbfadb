/** A capture file on disk, packets appended one by one: pcapng where its name ends so, else the classic format. */

import { MAX_SNAPLEN } from '../base/limits.js';
import { AppendFile } from '../table/append-file.js';
import { DoubleBuffer } from '../table/double-buffer.js';
import type { PacketBatch } from './packet-source.js';
import { type CaptureWriter, PcapWriter } from './pcap-writer.js';
import { PcapngWriter } from './pcapng-writer.js';

const BUFFER_BYTES = 512 * 1024;
const FLUSH_MS = 500;
const PACKETS_PER_CLOCK = 64;
const ETHERNET = 1;

/** Whether a file of this name holds packets of several link types. */
export function isPcapngName(path: string): boolean {
  return /\.pcapng$/i.test(path);
}

export class PcapFile {
  packets = 0;
  /** packets of another link type than the first, where the format holds one a file */
  skipped = 0;
  /** bytes given to the file */
  bytes = 0;
  private begun = false;
  private startWritten = false;
  private readonly writer: CaptureWriter;
  private readonly buffer: DoubleBuffer;
  private readonly timer: NodeJS.Timeout;
  private readonly file: Promise<AppendFile>;

  private constructor(path: string, force: boolean) {
    this.writer = isPcapngName(path) ? new PcapngWriter() : new PcapWriter();
    const { writer } = this;
    this.file = AppendFile.create(path, (bytes, written) => writer.whole(bytes, written, !this.startWritten), {
      force,
    });
    this.buffer = new DoubleBuffer(BUFFER_BYTES + MAX_SNAPLEN + writer.marginBytes, async (content) => {
      await (await this.file).write(content);
      this.startWritten = true;
    });
    this.timer = setInterval(() => this.buffer.tick(), FLUSH_MS).unref();
  }

  /** @throws AnomalyError CANNOT_CREATE */
  static async open(path: string, options: { force?: boolean } = {}): Promise<PcapFile> {
    const file = new PcapFile(path, options.force === true);
    try {
      await file.file;
    } catch (error) {
      clearInterval(file.timer);
      throw error;
    }
    return file;
  }

  /**
   * Adds packet `index` of `batch`. Must not be called again before the promise, if there is one, is kept.
   * @throws AnomalyError WRITE_FAILED, also for packets before; the file ends on a whole packet then
   */
  append(batch: PacketBatch, index: number): Promise<void> | undefined {
    const { buffer } = this;
    const end = this.writer.put(buffer.bytes, buffer.used, batch, index);
    if (end < 0) {
      this.skipped++;
      return undefined;
    }
    this.begun = true;
    this.bytes += end - buffer.used;
    buffer.used = end;
    this.packets++;
    if (buffer.used >= BUFFER_BYTES) return buffer.handOver();
    if (this.packets % PACKETS_PER_CLOCK === 0 && buffer.age() >= FLUSH_MS) return buffer.handOver();
    return undefined;
  }

  flush(): Promise<void> {
    return this.buffer.drain();
  }

  /** Gives up and removes the file. @returns bytes that it had */
  async discard(): Promise<number> {
    clearInterval(this.timer);
    return (await this.file).discard();
  }

  /** Writes what is left and closes; a file without packets is an empty Ethernet capture. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    try {
      if (!this.begun) this.bytes = this.buffer.used = this.writer.begin(this.buffer.bytes, 0, ETHERNET);
      this.begun = true;
      await this.flush();
    } finally {
      await (await this.file).close();
    }
  }
}
