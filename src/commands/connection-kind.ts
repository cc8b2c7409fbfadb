/** Zeek connections as a record kind. */
import { ConnectionFeatures } from '../features/connection/index.js';
import { COUNTS } from '../features/counts.js';
import { EXPLORED_CONNECTION } from '../features/explored.js';
import { followConnLog } from '../zeek/follow.js';
import type { ConnSource } from '../zeek/logs.js';
import { openConnLogs } from '../zeek/reader.js';
import { ConnRecord } from '../zeek/record.js';
import type { RecordKindOf, RecordStream } from './record-kind.js';

/** Zeek decoded the packets: there is nothing that decoding could have stopped at. */
const withoutStops = (source: ConnSource): RecordStream<ConnRecord> => ({
  facts: source.facts,
  batches: source.batches,
  stops: new Map(),
  close: () => source.close(),
});

export const CONNECTIONS: RecordKindOf<ConnRecord> = {
  kind: 'connection',
  counts: COUNTS,
  explored: EXPLORED_CONNECTION,
  newRecord: () => new ConnRecord(),
  extractor: (options, state) => new ConnectionFeatures(options, state),
  labelOf: (record) => record.label.toString(),
  open: async (paths, _hooks, open) => withoutStops(await openConnLogs(paths, open)),
};

/** A log that is being written, from now on, through rotation. */
export function followConnections(path: string): RecordStream<ConnRecord> {
  return withoutStops(followConnLog(path));
}
