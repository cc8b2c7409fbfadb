/** Attacks of the program's own making as records: packets by the decoder that reads captures, connections as a log has them. */
import { decodePacket } from '../../decode/packet.js';
import { framesOf } from '../../power/frames.js';
import { fillConn, rowsOf } from '../../power/rows.js';
import type { FlowTable } from '../../source/flow-tables/formats.js';
import type { PacketRecord } from '../../table/record.js';
import { type ConnRecord, TCP } from '../../zeek/record.js';
import type { Weaver, Woven } from '../record-kind.js';

export const PACKET_WEAVER: Weaver<PacketRecord> = {
  survey: (record, into) => into.packet(record),
  timeUs: (record) => record.timestampUs,
  *records(acts, link, seed) {
    for (const { bytes, wireLen, linkType, timestampUs } of framesOf(acts, link, seed)) {
      yield {
        timestampUs,
        fill: (into) => {
          decodePacket(bytes, 0, bytes.length, wireLen, linkType, into);
          into.timestampUs = timestampUs;
          into.frameLen += link.around;
          into.capLen += link.around;
        },
      };
    }
  },
};

export const CONNECTION_WEAVER: Weaver<ConnRecord> = {
  survey: (record, into) => into.connection(record),
  timeUs: ({ timestampUs, duration }) => timestampUs + 1e6 * Math.max(0, duration),
  *records(acts) {
    // rows come when a connection is over, so all that overlap have to be known
    const rows: Woven<ConnRecord>[] = [];
    for (const act of acts) {
      if (act.type !== 'conversation') continue;
      for (const row of rowsOf(act)) {
        rows.push({ timestampUs: row.startUs + 1e6 * Math.max(0, row.duration), fill: (into) => fillConn(row, into) });
      }
    }
    yield* rows.sort((a, b) => a.timestampUs - b.timestampUs);
  },
};

/** The same as a flow table tells them. */
export function flowWeaver(table: FlowTable): Weaver<ConnRecord> {
  return {
    ...CONNECTION_WEAVER,
    *records(acts, link, seed) {
      const woven = { [Symbol.iterator]: () => CONNECTION_WEAVER.records(acts, link, seed) };
      for (const { timestampUs, fill } of woven) {
        yield {
          timestampUs,
          fill: (into) => {
            fill(into);
            forget(into, table);
          },
        };
      }
    },
  };
}

/** What such a table lacks is not there. */
function forget(record: ConnRecord, { columns, stateIs }: FlowTable): void {
  record.history.length = 0;
  if (columns.service === undefined) record.service.length = 0;
  if (stateIs === 'untold' && record.proto === TCP && record.respPkts > 0) record.connState = -1;
  record.localOrig = record.localResp = record.missedBytes = -1;
  record.hash();
}
