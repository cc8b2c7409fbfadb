/** Zeek connections as a record kind. */
import { ConnectionFeatures } from '../features/connection/index.js';
import { COUNTS } from '../features/counts.js';
import { EXPLORED_CONNECTION } from '../features/explored.js';
import { openConnLogs } from '../zeek/reader.js';
import { ConnRecord } from '../zeek/record.js';
import type { RecordKindOf } from './record-kind.js';

export const CONNECTIONS: RecordKindOf<ConnRecord> = {
  kind: 'connection',
  counts: COUNTS,
  explored: EXPLORED_CONNECTION,
  newRecord: () => new ConnRecord(),
  extractor: (options, state) => new ConnectionFeatures(options, state),
  labelOf: (record) => record.label.toString(),
  open: (paths, _hooks, open) => openConnLogs(paths, open),
};
