/** A classic capture file on disk, packets appended one by one. */

import { MAX_SNAPLEN } from '../base/limits.js';
import { AppendFile } from '../table/append-file.js';
import { DoubleBuffer } from '../table/double-buffer.js';
import type { PacketBatch } from './packet-source.js';
import { PCAP_FILE_HEADER_BYTES, PCAP_PACKET_HEADER_BYTES, pcapFileHeader, putPacket } from './pcap-writer.js';

const BUFFER_BYTES = 512 * 1024;
const MARGIN_BYTES = MAX_SNAPLEN + PCAP_PACKET_HEADER_BYTES + PCAP_FILE_HEADER_BYTES;
const FLUSH_MS = 500;
const PACKETS_PER_CLOCK = 64;
const ETHERNET = 1;

/** Bytes of whole packets (and the file header) at the start of what was written. */
function wholePackets(bytes: Uint8Array, written: number, headerFirst: boolean): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let p = headerFirst ? PCAP_FILE_HEADER_BYTES : 0;
  if (p > written) return 0;
  while (p + PCAP_PACKET_HEADER_BYTES <= written) {
    const next = p + PCAP_PACKET_HEADER_BYTES + view.getUint32(p + 8, true);
    if (next > written) break;
    p = next;
  }
  return p;
}

export class PcapFile {
  packets = 0;
  /** packets of another link type than the first: this format holds one a file */
  skipped = 0;
  private linkType = -1;
  private headerWritten = false;
  private readonly buffer: DoubleBuffer;
  private readonly timer: NodeJS.Timeout;
  private readonly file: Promise<AppendFile>;

  private constructor(path: string, force: boolean) {
    this.file = AppendFile.create(path, (bytes, written) => wholePackets(bytes, written, !this.headerWritten), {
      force,
    });
    this.buffer = new DoubleBuffer(BUFFER_BYTES + MARGIN_BYTES, async (content) => {
      await (await this.file).write(content);
      this.headerWritten = true;
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
    const linkType = batch.linkType[index];
    if (this.linkType < 0) this.begin(linkType);
    if (linkType !== this.linkType) {
      this.skipped++;
      return undefined;
    }
    const { buffer } = this;
    const start = batch.offset[index];
    buffer.used = putPacket(
      buffer.bytes,
      buffer.used,
      batch.timestampUs[index],
      batch.data,
      start,
      start + batch.capLen[index],
      batch.wireLen[index],
    );
    this.packets++;
    if (buffer.used >= BUFFER_BYTES) return buffer.handOver();
    if (this.packets % PACKETS_PER_CLOCK === 0 && buffer.age() >= FLUSH_MS) return buffer.handOver();
    return undefined;
  }

  flush(): Promise<void> {
    return this.buffer.drain();
  }

  /** Writes what is left and closes; a file without packets is an empty Ethernet capture. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    try {
      if (this.linkType < 0) this.begin(ETHERNET);
      await this.flush();
    } finally {
      await (await this.file).close();
    }
  }

  private begin(linkType: number): void {
    this.linkType = linkType;
    this.buffer.bytes.set(pcapFileHeader(linkType), this.buffer.used);
    this.buffer.used += PCAP_FILE_HEADER_BYTES;
  }
}
