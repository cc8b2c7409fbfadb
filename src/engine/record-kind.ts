/** The two record kinds, packets and Zeek connections, behind one shape: what train and detect need of either. */
import { COUNTS, type Count } from '../features/counts.js';
import { EXPLORED_PACKET, type Explored } from '../features/explored.js';
import type { FeatureExtractor, RecordKind } from '../features/extractor.js';
import { PacketFeatures } from '../features/packet/index.js';
import { type Input, type OpenInput, openInput } from '../source/input.js';
import { openRecords, type RecordHooks } from '../source/open.js';
import type { SourceFacts } from '../source/packet-source.js';
import { PacketRecord } from '../table/record.js';
import { isFolder } from '../zeek/paths.js';

export interface Batch<R> {
  readonly count: number;
  read(index: number, into: R): void;
}

export interface RecordStream<R> {
  readonly facts: SourceFacts;
  readonly batches: AsyncIterable<Batch<R>>;
  readonly stops: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

export interface ExtractorOptions {
  /** the monitored host's own addresses */
  readonly local?: readonly string[];
  readonly novelty: boolean;
}

export interface Extractor<R> extends FeatureExtractor<R> {
  /** Empties counters and flows, as before the first record. */
  restart(): void;
}

export interface RecordKindOf<R> {
  readonly kind: RecordKind;
  readonly counts: readonly Count[];
  newRecord(): R;
  extractor(options: ExtractorOptions, state?: unknown): Extractor<R>;
  /** what the exploratory report of training shows of a record */
  readonly explored: Explored<R>;
  /** the record's own label, where its log has labels */
  labelOf?(record: R): string;
  /** Opens files, or `-`, as one stream in time order. */
  open(paths: readonly string[], hooks?: RecordHooks, open?: OpenInput): Promise<RecordStream<R>>;
}

export const PACKETS: RecordKindOf<PacketRecord> = {
  kind: 'packet',
  counts: COUNTS,
  newRecord: () => new PacketRecord(),
  extractor: (options, state) => new PacketFeatures(options, state),
  explored: EXPLORED_PACKET,
  open: openRecords,
};

/** Tells what an input holds by its content, and keeps it open for whoever reads it first: standard input cannot be opened twice. */
export class FirstLook {
  private readonly kept = new Map<string, Input>();

  async kind(path: string): Promise<RecordKind> {
    // a folder is one of rotated Zeek logs; nothing else is read from folders
    if (path !== '-' && (await isFolder(path))) return 'connection';
    const input = await openInput(path);
    this.kept.set(path, input);
    return input.format.startsWith('zeek') ? 'connection' : 'packet';
  }

  readonly open: OpenInput = async (path) => {
    const input = this.kept.get(path);
    this.kept.delete(path);
    return input ?? openInput(path);
  };

  /** Closes what nobody took. */
  async close(): Promise<void> {
    for (const input of this.kept.values()) await input.close();
    this.kept.clear();
  }
}
