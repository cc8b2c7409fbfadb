/**
 * What the engine needs of a kind of records: how to read them, and how to make numbers of them. Generic code is written
 * for any R, takes its records from `newRecord` and never looks inside; methods, not properties that hold functions, so
 * that a source of packets is a source of records too.
 */
import type { Labels } from '../detect/evaluation.js';
import type { Count } from '../features/counts.js';
import type { Explored } from '../features/explored.js';
import type { FeatureExtractor, RecordContext, RecordKind } from '../features/extractor.js';
import type { RecordTraits } from '../features/record-kinds.js';
import type { Act, Link } from '../power/act.js';
import type { PartySurvey } from '../power/parties.js';
import type { OpenInput } from '../source/input.js';
import type { LiveOptions } from '../source/live/protocol.js';
import type { RecordHooks } from '../source/open.js';
import type { PacketHealth, SourceFacts, Undecoded } from '../source/packet-source.js';
import type { PacketRecord, TextField } from '../table/record.js';

/** Up to `count` records, one at a time: `read(k, into)` overwrites `into`. Valid until the next batch is asked for. */
export interface Batch<R> {
  readonly count: number;
  read(index: number, into: R): void;
  /** µs since the epoch, when a reader comes by it, where that is known without reading the record */
  timeUs?(index: number): number;
}

/** Records in the order of time, read once. */
export interface RecordStream<R = unknown> {
  /** complete once the batches ended */
  readonly facts: SourceFacts;
  readonly batches: AsyncIterable<Batch<R>> & Undecoded;
  /** B of the files that it is read from; undefined: not known */
  readonly bytes?: number | undefined;
  /** how many records stopped early, by `reason:layer` */
  readonly stops: ReadonlyMap<string, number>;
  /** of a live capture */
  health?(): PacketHealth;
  /** Ends the batches soon and frees what the stream holds; idempotent. */
  close(): Promise<void>;
}

/** Where records come from. */
export interface Source<R = unknown> {
  readonly kind: RecordKindOf<R>;
  /** of its parts, safe to print */
  readonly names: readonly string[];
  /** may be opened again and again; not so what is live, grows, or comes through a pipe */
  readonly repeatable: boolean;
  /** From the first record. @throws AnomalyError NO_INPUT, NO_PERMISSION, BAD_DATA, USAGE */
  open(hooks?: RecordHooks): Promise<RecordStream<R>>;
  /** Frees what no stream took over. */
  close(): Promise<void>;
}

export interface ExtractorOptions {
  /** the monitored host's own addresses, addresses or CIDR ranges; default: as trained, else private ranges */
  readonly local?: readonly string[];
  /** with the features about addresses never seen before */
  readonly novelty: boolean;
}

export interface QuietRows<R> {
  /** of the record last taken */
  readonly context: RecordContext;
  /** Writes the row of the record that the extractor has just transformed, if it takes it. */
  transform(record: R, out: Float32Array, at: number, block: number): boolean;
}

export interface Extractor<R> extends FeatureExtractor<R> {
  /** Empties counters and flows, as before the first record. */
  restart(): void;
  /** Part of the training's records as if the rest had not been, where busy hours teach too little about quiet ones. */
  quietHours?(): QuietRows<R>;
}

/** A record that nobody recorded. */
export interface Woven<R> {
  /** when a reader comes by it */
  readonly timestampUs: number;
  fill(into: R): void;
}

export interface Weaver<R> {
  /** Tells the survey who takes part in a record. */
  survey(record: R, into: PartySurvey): void;
  /** µs since the epoch, when a reader comes by it: of a connection its end, as logs are in that order */
  timeUs(record: R): number;
  /** The records of acts, which are sorted by their beginning. @param seed of payloads and the like */
  records(acts: Iterable<Act>, link: Link, seed: number): Iterator<Woven<R>>;
}

export interface RecordKindOf<R> extends RecordTraits {
  readonly kind: RecordKind;
  readonly counts: readonly Count[];
  /** what the exploratory report of training shows of a record */
  readonly explored: Explored<R>;
  newRecord(): R;
  /** @throws AnomalyError BAD_MODEL where `state` is not what such an extractor's `state()` gave */
  extractor(options: ExtractorOptions, state?: unknown): Extractor<R>;
  /** Opens files, or `-`, as one stream. `open`: another way to open a path, for an input that is open already. */
  open(paths: readonly string[], hooks?: RecordHooks, open?: OpenInput): Promise<RecordStream<R>>;
  /** A capture of an interface; the interface is open, and root's rights are dropped, when the promise resolves. */
  live?(options: LiveOptions): Promise<Source<R>>;
  /** A growing file, through rotation. */
  follow?(path: string): Source<R>;
  /** how its log names the record, for joining with other logs; empty where it does not */
  idOf?(record: R): TextField;
  /** the record's own label, where its log has labels */
  labelOf?(record: R): string;
  /** The labels that the files themselves carry; undefined where they have none. */
  labelsOf?(paths: readonly string[], signal?: AbortSignal): Promise<Labels | undefined>;
  /** What attacks of the program's own making are as records of this kind; loaded when asked for. */
  weaver(): Promise<Weaver<R>>;
  /** the record as a row of the packet table */
  tableRow?(record: R): PacketRecord;
}
