/** Records from packet tables (CSV, version 2). */

import type { PacketRecord, RecordBatch } from '../table/record.js';
import { BATCH_PACKETS } from './batch.js';
import { openFeeds } from './feeds.js';
import { type OpenInput, openInput } from './input.js';
import type { RecordSource, SourceFacts } from './packet-source.js';
import { mergeRuns } from './runs.js';
import { StopCounts } from './stops.js';
import { openTable, type RowBatch } from './table-reader.js';
import { TunnelShare } from './tunnel-share.js';

/** Rows of several tables, picked one by one. */
class PickedRows implements RecordBatch {
  count = 0;
  private readonly batches: RowBatch[] = [];
  private readonly rows = new Int32Array(BATCH_PACKETS);

  get full(): boolean {
    return this.count === BATCH_PACKETS;
  }

  add(batch: RowBatch, row: number): void {
    this.batches[this.count] = batch;
    this.rows[this.count++] = row;
  }

  read(index: number, into: PacketRecord): void {
    this.batches[index].read(this.rows[index], into);
  }
}

/**
 * Records of one or several packet tables, these in the order of time.
 * @throws AnomalyError NO_INPUT, NO_PERMISSION, BAD_DATA
 */
export async function openTables(
  paths: readonly string[],
  open: OpenInput = openInput,
  signal?: AbortSignal,
): Promise<RecordSource> {
  const stops = new StopCounts();
  const [first, ...others] = paths;
  const single = first !== undefined && others.length === 0 ? (await openTable(first, open)).source : undefined;
  const { feeds, facts, origins, settle, throwDamage, close } = single
    ? {
        feeds: [],
        facts: single.facts,
        origins: undefined,
        settle: () => undefined,
        throwDamage: () => undefined,
        close: () => single.close(),
      }
    : await openFeeds(paths, (path) => openTable(path, open), signal);

  async function* merged(): AsyncGenerator<RecordBatch> {
    const picked = new PickedRows();
    try {
      for await (const { rank, batch, from, to, exhausts } of mergeRuns(feeds)) {
        facts.received += to - from;
        origins?.add(rank, to - from, batch.lineOf(from));
        for (let k = from; k < to; k++) {
          picked.add(batch, k);
          if (picked.full || (exhausts && k === to - 1)) {
            yield picked;
            picked.count = 0;
          }
        }
      }
      if (picked.count > 0) yield picked;
    } finally {
      settle();
    }
    throwDamage();
  }

  return {
    facts,
    format: 'table',
    batches: counted(single ?? merged(), stops, facts),
    get stops() {
      return stops.toMap();
    },
    close,
  };
}

/** The same batches, counting the stops of the records that are read, and those in tunnels. */
async function* counted(
  batches: AsyncIterable<RecordBatch>,
  stops: StopCounts,
  facts: SourceFacts,
): AsyncGenerator<RecordBatch> {
  const tunnels = new TunnelShare();
  let inner: RecordBatch | undefined;
  let seen = 0;
  const outer: RecordBatch = {
    get count() {
      return inner?.count ?? 0;
    },
    read(index, into) {
      (inner as RecordBatch).read(index, into);
      if (index < seen) return;
      seen = index + 1;
      if (into.stopReason !== 0) stops.add(into);
      if (!facts.inner) tunnels.look(into);
    },
  };
  for await (inner of batches) {
    seen = 0;
    yield outer;
  }
  tunnels.tell(facts, true);
}
