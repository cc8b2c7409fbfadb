/** Sources of records: files told apart by their content, and parts of other sources. */
import { stat } from 'node:fs/promises';
import { AnomalyError } from '../base/errors.js';
import { printable } from '../base/text.js';
import type { RecordKind } from '../features/extractor.js';
import { isFlowFormat } from '../source/flow-tables/formats.js';
import { flowTablesIn, isFolder } from '../source/folders.js';
import { hasConnections } from '../source/formats.js';
import { type Input, type InputFormat, type OpenInput, openInput } from '../source/input.js';
import type { LiveOptions } from '../source/live/protocol.js';
import type { SourceFacts } from '../source/packet-source.js';
import { PassedOver } from '../source/passed-over.js';
import { hasLogs } from '../zeek/paths.js';
import { PACKETS } from './packets.js';
import type { Batch, RecordKindOf, RecordStream, Source } from './record-kind.js';

export interface SourceOptions {
  /**
   * describes the innermost packets of tunnels (VXLAN, Geneve, GRE, ERSPAN, IP in IP, MPLS) instead of the outermost ones; a packet
   * table says itself which it is of, and is refused here where it is of the outermost ones
   */
  readonly inner?: boolean | undefined;
}

const NO_PACKETS = '--inner is for packets: a conn.log has the connections that Zeek saw, inside tunnels too';

/**
 * Captures (pcap, pcapng), packet tables, Zeek conn.logs or flow tables, gzipped or not; a folder stands for the conn.logs in
 * it or, where there are none, for its captures or tables; `-` is standard input. What they are is told by the first one's first bytes; all must be of one kind. Several are read in the order of time.
 * @param names what messages and the model card call them; default: the paths
 * @param signal ends the waiting for a pipe's first bytes
 * @throws AnomalyError NO_INPUT, NO_PERMISSION; BAD_DATA for what is none of these; USAGE for `inner` of a conn.log
 */
export async function openSource(
  paths: string | readonly string[],
  names?: readonly string[],
  signal?: AbortSignal,
  { inner = false }: SourceOptions = {},
): Promise<Source> {
  const list = typeof paths === 'string' ? [paths] : paths;
  const first = new FirstInput();
  const kind = await first.kind(list, signal);
  const shown = (names ?? list).map(printable);
  if (inner && kind.kind !== 'packet') {
    await first.close();
    throw new AnomalyError('USAGE', `${shown.join(', ')}: ${NO_PACKETS}`);
  }
  return {
    kind,
    names: shown,
    repeatable: first.repeatable && !list.includes('-'),
    open: (hooks) => kind.open(list, { ...hooks, inner }, first.open),
    close: () => first.close(),
  };
}

export async function kindOf(kind: RecordKind): Promise<RecordKindOf<unknown>> {
  return kind === 'packet' ? PACKETS : await connections();
}

/** Of an input that ended before it said what it is: not one record. `names` as they are to be printed. */
export async function noRecords(kind: RecordKind, names: readonly string[], inner = false): Promise<Source> {
  const facts: SourceFacts = { name: names.join(', '), format: 'nothing', inner, received: 0, gaps: [], warnings: [] };
  return {
    kind: await kindOf(kind),
    names,
    repeatable: false,
    open: async () => ({ facts, batches: (async function* () {})(), stops: new Map(), close: async () => undefined }),
    close: async () => undefined,
  };
}

/**
 * A capture of an interface, through libpcap or tcpdump. When the promise resolves, the interface is open and root's rights
 * are given up (see `LiveOptions.user`).
 * @throws AnomalyError INTERFACE, NO_PERMISSION with the remedy, USAGE for a filter that does not compile
 */
export function openInterface(options: LiveOptions): Promise<Source> {
  return PACKETS.live(options);
}

/** A growing conn.log or eve.json, through rotation; a file that is not there yet is waited for, as a conn.log. */
export async function followLog(path: string): Promise<Source> {
  const { checkFollowed } = await import('../zeek/follow.js');
  await checkFollowed(path);
  const format = await formatNow(path);
  return (await connections(format)).follow(path);
}

/** What a regular file is by now; undefined: it is empty, not there, or nothing that is known. */
async function formatNow(path: string): Promise<InputFormat | undefined> {
  try {
    if (!(await stat(path)).isFile()) return undefined;
    const input = await openInput(path);
    await input.close();
    return input.format;
  } catch {
    return undefined;
  }
}

/** The first input, kept open from the look at its bytes until somebody reads it: standard input cannot be opened twice. */
class FirstInput {
  private readonly kept = new Map<string, Input>();
  repeatable = true;

  /** Told by the first one in which there is something. */
  async kind(paths: readonly string[], signal: AbortSignal | undefined): Promise<RecordKindOf<unknown>> {
    const [path = '-', ...others] = paths;
    if (path !== '-' && (await isFolder(path))) {
      if (await hasLogs(path)) return connections();
      const [table] = await flowTablesIn(path);
      return table ? connections(table.format) : PACKETS;
    }
    const passed = new PassedOver(paths);
    const input = await passed.leaveOut(() => openInput(path, signal));
    if (!input) return this.kind(others, signal);
    this.kept.set(path, input);
    this.repeatable = input.repeatable;
    return hasConnections(input.format) ? connections(input.format) : PACKETS;
  }

  readonly open: OpenInput = async (path, signal) => {
    const input = this.kept.get(path);
    this.kept.delete(path);
    return input ?? openInput(path, signal);
  };

  async close(): Promise<void> {
    for (const input of this.kept.values()) await input.close();
    this.kept.clear();
  }
}

/** Loaded when needed: it brings a WebAssembly module with it. */
async function connections(format?: InputFormat) {
  return (await import('./connections.js')).connectionsOf(format && isFlowFormat(format) ? format : undefined);
}

/**
 * The records of `source` that `accept` says true of, numbered anew.
 * @param accept `index`: number of the record in `source`, from 0
 */
export function filterSource<R>(source: Source<R>, accept: (record: R, index: number) => boolean): Source<R> {
  return {
    ...source,
    open: async (hooks) => {
      const stream = await source.open(hooks);
      return {
        facts: stream.facts,
        batches: accepted(stream, source.kind.newRecord(), accept),
        // counted while the batches are read
        get stops() {
          return stream.stops;
        },
        close: () => stream.close(),
      };
    },
  };
}

async function* accepted<R>(
  stream: RecordStream<R>,
  record: R,
  accept: (record: R, index: number) => boolean,
): AsyncGenerator<Batch<R>> {
  let index = 0;
  for await (const batch of stream.batches) {
    const kept: number[] = [];
    for (let k = 0; k < batch.count; k++) {
      batch.read(k, record);
      if (accept(record, index++)) kept.push(k);
    }
    if (kept.length > 0) yield { count: kept.length, read: (k, into) => batch.read(kept[k], into) };
  }
}
