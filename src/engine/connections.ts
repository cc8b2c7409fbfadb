/** Connections as a kind of records: of Zeek's conn.logs, and of flow tables, each of which lacks something of its own. */
import { AnomalyError } from '../base/errors.js';
import { ConnectionFeatures } from '../features/connection/index.js';
import { COUNTS } from '../features/counts.js';
import { EXPLORED_CONNECTION } from '../features/explored.js';
import { RECORD_KINDS } from '../features/record-kinds.js';
import { type FlowFormat, flowTable, isFlowFormat } from '../source/flow-tables/formats.js';
import { followConnLog } from '../zeek/follow.js';
import { openConnLogs } from '../zeek/reader.js';
import { ConnRecord } from '../zeek/record.js';
import { labelsOfLogs } from './log-labels.js';
import type { RecordKindOf } from './record-kind.js';

type ConnectionKind = RecordKindOf<ConnRecord> & Required<Pick<RecordKindOf<ConnRecord>, 'follow'>>;

/** @param format of flow tables; none: conn.logs */
export function connectionsOf(format?: FlowFormat): ConnectionKind {
  const kind: ConnectionKind = {
    ...RECORD_KINDS.connection,
    kind: 'connection',
    counts: COUNTS,
    explored: EXPLORED_CONNECTION,
    newRecord: () => new ConnRecord(),
    extractor: (options, state) => {
      if (state !== undefined) checkLog(state, format);
      return new ConnectionFeatures({ ...options, ...(format && { log: format }) }, state);
    },
    idOf: (record) => record.uid,
    labelOf: (record) => record.label.toString(),
    labelsOf: labelsOfLogs,
    weaver: async () => {
      const { CONNECTION_WEAVER, flowWeaver } = await import('./power/weavers.js');
      return format ? flowWeaver(flowTable(format)) : CONNECTION_WEAVER;
    },
    open: (paths, hooks, open) => openConnLogs(paths, open, hooks?.signal),
    follow: (path) => {
      const stream = followConnLog(path);
      return {
        kind,
        names: [stream.facts.name],
        repeatable: false,
        open: async () => stream,
        close: () => stream.close(),
      };
    },
  };
  return kind;
}

/**
 * What one kind of log lacks is absent in training and would be new in detection, or the other way round.
 * @throws BAD_MODEL where a model learned from another kind of log
 */
function checkLog(state: unknown, format: FlowFormat | undefined): void {
  const { log } = (state ?? {}) as { log?: unknown };
  if (log === format) return;
  const learned = typeof log === 'string' && isFlowFormat(log) ? flowTable(log).title : 'Zeek conn.log';
  const given = format ? flowTable(format).title : 'Zeek conn.log';
  throw new AnomalyError(
    'BAD_MODEL',
    `the model learned from a ${learned}, and this is a ${given}, which tells other things of a connection; train a model on the like of it`,
  );
}
