/** Zeek connections as a kind of records. */
import { ConnectionFeatures } from '../features/connection/index.js';
import { COUNTS } from '../features/counts.js';
import { EXPLORED_CONNECTION } from '../features/explored.js';
import { RECORD_KINDS } from '../features/record-kinds.js';
import { followConnLog } from '../zeek/follow.js';
import { openConnLogs } from '../zeek/reader.js';
import { ConnRecord } from '../zeek/record.js';
import { labelsOfLogs } from './log-labels.js';
import { CONNECTION_WEAVER } from './power/weavers.js';
import type { RecordKindOf } from './record-kind.js';

type ConnectionKind = RecordKindOf<ConnRecord> & Required<Pick<RecordKindOf<ConnRecord>, 'follow'>>;

export const CONNECTIONS: ConnectionKind = {
  ...RECORD_KINDS.connection,
  kind: 'connection',
  counts: COUNTS,
  explored: EXPLORED_CONNECTION,
  newRecord: () => new ConnRecord(),
  extractor: (options, state) => new ConnectionFeatures(options, state),
  idOf: (record) => record.uid,
  labelOf: (record) => record.label.toString(),
  labelsOf: labelsOfLogs,
  weaver: () => CONNECTION_WEAVER,
  open: (paths, _hooks, open) => openConnLogs(paths, open),
  follow: (path) => {
    const stream = followConnLog(path);
    return {
      kind: CONNECTIONS,
      names: [stream.facts.name],
      repeatable: false,
      open: async () => stream,
      close: () => stream.close(),
    };
  },
};
