/**
 * The capture files of `--pcap-out`, and where in them each packet is. A .pcapng holds every link type; the classic format
 * holds one a file, so packets of a second one go into a file beside the first: `NAME.linktype-N.pcap`.
 */

import { basename, dirname, extname, join } from 'node:path';
import { printable } from '../base/text.js';
import { type OriginFile, Origins } from '../source/origins.js';
import type { PacketBatch } from '../source/packet-source.js';
import { isPcapngName, PcapFile } from '../source/pcap-file.js';

interface OpenFile {
  readonly file: PcapFile;
  readonly rank: number;
}

export class PacketFiles {
  /** where the frames of the input are in these files */
  readonly origins: Origins;
  private readonly named: OriginFile[] = [];
  private readonly byLinkType = new Map<number, OpenFile>();

  private constructor(
    private readonly path: string,
    private readonly first: PcapFile,
  ) {
    this.origins = new Origins(this.named);
    this.name(path);
  }

  /** @throws AnomalyError CANNOT_CREATE, for a file that exists too: a capture is never written over */
  static async open(path: string): Promise<PacketFiles> {
    return new PacketFiles(path, await PcapFile.open(path));
  }

  /** Packets written so far. */
  get packets(): number {
    return this.all.reduce((sum, file) => sum + file.packets, 0);
  }

  /** As they are opened. */
  get paths(): string[] {
    return this.named.map(({ path }) => path);
  }

  /** As `PcapFile.append`. @param frame its number in the input @throws AnomalyError CANNOT_CREATE for a file of another link type, too */
  append(batch: PacketBatch, index: number, frame: number): Promise<void> | undefined {
    const linkType = batch.linkType[index];
    const open = this.byLinkType.get(linkType);
    if (open) return this.put(open, batch, index, frame);
    if (this.byLinkType.size === 0 || isPcapngName(this.path)) {
      return this.put(this.holds(linkType, { file: this.first, rank: 0 }), batch, index, frame);
    }
    return this.beside(linkType).then((file) => this.put(file, batch, index, frame));
  }

  async flush(): Promise<void> {
    for (const file of this.all) await file.flush();
  }

  /** Closes all; the first failure is thrown. */
  async close(): Promise<void> {
    const results = await Promise.allSettled(this.all.map((file) => file.close()));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  /** Gives up and removes all. @returns bytes that they had */
  async discard(): Promise<number> {
    const bytes = await Promise.all(this.all.map((file) => file.discard()));
    return bytes.reduce((sum, n) => sum + n, 0);
  }

  private get all(): PcapFile[] {
    return [...new Set([this.first, ...[...this.byLinkType.values()].map(({ file }) => file)])];
  }

  private put({ file, rank }: OpenFile, batch: PacketBatch, index: number, frame: number): Promise<void> | undefined {
    this.origins.add(rank, 1, file.packets + 1, frame);
    return file.append(batch, index);
  }

  private async beside(linkType: number): Promise<OpenFile> {
    const { path } = this;
    const extension = extname(path);
    const name = `${basename(path, extension)}.linktype-${linkType}${extension}`;
    const file = await PcapFile.open(join(dirname(path), name));
    return this.holds(linkType, { file, rank: this.name(join(dirname(path), name)) });
  }

  private holds(linkType: number, file: OpenFile): OpenFile {
    this.byLinkType.set(linkType, file);
    return file;
  }

  private name(path: string): number {
    return this.named.push({ name: printable(path), path, format: isPcapngName(path) ? 'pcapng' : 'pcap' }) - 1;
  }
}
